#include <cmath>

#include "rivulet/exec/reference/reference.h"

namespace rivulet::exec::reference {
namespace {

template <class F>
void map(const Call& call, F f) {
  const int64_t n = call.node.shape.numel();
  for (int64_t i = 0; i < n; ++i) call.out[i] = static_cast<float>(f(double{call.inputs[0][i]}));
}

template <class F>
void zip(const Call& call, F f) {
  const int64_t n = call.node.shape.numel();
  for (int64_t i = 0; i < n; ++i) call.out[i] = f(call.inputs[0][i], call.inputs[1][i]);
}

}  // namespace

void neg(const Call& c) {
  map(c, [](double x) { return -x; });
}
void abs(const Call& c) {
  map(c, [](double x) { return std::fabs(x); });
}
void sign(const Call& c) {
  map(c, [](double x) { return static_cast<double>((x > 0) - (x < 0)); });
}
void step(const Call& c) {
  map(c, [](double x) { return x > 0 ? 1.0 : 0.0; });
}
void floor(const Call& c) {
  map(c, [](double x) { return std::floor(x); });
}
void exp(const Call& c) {
  map(c, [](double x) { return std::exp(x); });
}
void log(const Call& c) {
  map(c, [](double x) { return std::log(x); });
}
void sqrt(const Call& c) {
  map(c, [](double x) { return std::sqrt(x); });
}
void rsqrt(const Call& c) {
  map(c, [](double x) { return 1 / std::sqrt(x); });
}
void reciprocal(const Call& c) {
  map(c, [](double x) { return 1 / x; });
}
void square(const Call& c) {
  map(c, [](double x) { return x * x; });
}
void sin(const Call& c) {
  map(c, [](double x) { return std::sin(x); });
}
void cos(const Call& c) {
  map(c, [](double x) { return std::cos(x); });
}
void tanh(const Call& c) {
  map(c, [](double x) { return std::tanh(x); });
}
void sigmoid(const Call& c) {
  map(c, [](double x) { return 1 / (1 + std::exp(-x)); });
}
void erf(const Call& c) {
  map(c, [](double x) { return std::erf(x); });
}
void stop_gradient(const Call& c) {
  map(c, [](double x) { return x; });
}

void add(const Call& c) {
  zip(c, [](float a, float b) { return a + b; });
}
void sub(const Call& c) {
  zip(c, [](float a, float b) { return a - b; });
}
void mul(const Call& c) {
  zip(c, [](float a, float b) { return a * b; });
}
void div(const Call& c) {
  zip(c, [](float a, float b) { return a / b; });
}
void maximum(const Call& c) {
  zip(c, [](float a, float b) { return a < b ? b : a; });
}
void minimum(const Call& c) {
  zip(c, [](float a, float b) { return b < a ? b : a; });
}
void less(const Call& c) {
  zip(c, [](float a, float b) { return a < b ? 1.0F : 0.0F; });
}

void select(const Call& c) {
  const int64_t n = c.node.shape.numel();
  for (int64_t i = 0; i < n; ++i) {
    c.out[i] = c.inputs[0][i] != 0 ? c.inputs[1][i] : c.inputs[2][i];
  }
}

}  // namespace rivulet::exec::reference
