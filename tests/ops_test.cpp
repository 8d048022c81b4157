// One table of cases serves every operation on every device: forward against the oracle, gradient
// against central differences, forward mode against reverse mode, at odd shapes.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "card.h"
#include "kernel_machine.h"
#include "op_cases.h"
#include "rivulet/core/random.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"

using namespace rivulet;
using namespace rivulet::testing;

namespace {

void feed(Program& program, const std::string& prefix,
          const std::vector<std::vector<float>>& data) {
  for (size_t i = 0; i < data.size(); ++i) program.write(prefix + std::to_string(i), data[i]);
}

double dot(std::span<const float> a, std::span<const float> b) {
  double total = 0;
  for (size_t i = 0; i < a.size(); ++i) total += double{a[i]} * double{b[i]};
  return total;
}

double norm(std::span<const float> a) { return std::sqrt(dot(a, a)); }

// Largest error relative to the element or, where that is small, to the typical element.
double relative_error(std::span<const float> got, std::span<const float> want) {
  REQUIRE(got.size() == want.size());
  const double typical =
      want.empty() ? 0 : norm(want) / std::sqrt(static_cast<double>(want.size()));
  double worst = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    const double scale = std::max({std::fabs(double{want[i]}), typical, 1e-30});
    const double error = std::fabs(double{got[i]} - double{want[i]}) / scale;
    if (!(error <= worst)) worst = error;  // keeps NaN
  }
  return worst;
}

std::string describe(const OpCase& c, const Device& device) {
  std::string text = std::string(name_of(c.op)) + " on " + device.name;
  for (const Shape& shape : c.inputs) text += " " + shape.str();
  return text;
}

std::vector<float> forward(const OpCase& c, const Device& device) {
  Graph graph;
  graph.output("y", c.build(declare(graph, c, "x")));
  Program program = compile(graph, device);
  feed(program, "x", data_of(c));
  program.run();
  const auto y = program.read("y");
  return {y.begin(), y.end()};
}

void check_forward(const OpCase& c, const Device& device) {
  CAPTURE(describe(c, device));
  CHECK(relative_error(forward(c, device), forward(c, reference_device())) < 1e-5);
}

// L = <w, f(x)>: its gradient by reverse mode against central differences of the same device.
void check_gradient(const OpCase& c, const Device& device) {
  CAPTURE(describe(c, device));
  Graph graph;
  const std::vector<Value> x = declare(graph, c, "x");
  const Value y = c.build(x);
  const Value w = graph.input("w", y.shape());
  const std::vector<Value> gradients = vjp({&y, 1}, {&w, 1}, x);
  graph.output("y", y);
  for (size_t i = 0; i < x.size(); ++i) graph.output("g" + std::to_string(i), gradients[i]);
  Program program = compile(graph, device);

  std::vector<std::vector<float>> data = data_of(c);
  const std::vector<float> weights =
      uniform({.op = c.op, .inputs = {}, .build = {}}, y.shape(), 99);
  program.write("w", weights);
  feed(program, "x", data);
  program.run();
  std::vector<std::vector<float>> got;
  for (size_t i = 0; i < x.size(); ++i) {
    const auto g = program.read("g" + std::to_string(i));
    got.emplace_back(g.begin(), g.end());
  }
  const auto loss = [&] {
    feed(program, "x", data);
    program.run();
    return dot(weights, program.read("y"));
  };
  for (size_t i = 0; i < x.size(); ++i) {
    if (static_cast<int>(i) == c.indices) continue;
    std::vector<float> want(data[i].size());
    for (size_t k = 0; k < data[i].size(); ++k) {
      const float here = data[i][k];
      const float h = 5e-3F;
      data[i][k] = here + h;
      const double up = loss();
      const double high = data[i][k];
      data[i][k] = here - h;
      const double down = loss();
      want[k] = static_cast<float>((up - down) / (high - data[i][k]));
      data[i][k] = here;
    }
    CAPTURE(i);
    CHECK(relative_error(got[i], want) < 1e-3);
  }
}

// <u, J v> = <J' u, v>.
void check_jvp(const OpCase& c, const Device& device) {
  CAPTURE(describe(c, device));
  Graph graph;
  const std::vector<Value> x = declare(graph, c, "x");
  std::vector<Value> v = declare(graph, c, "v");
  const Value y = c.build(x);
  const Value u = graph.input("u", y.shape());
  if (c.indices >= 0)
    v[static_cast<size_t>(c.indices)] = graph.fill(c.inputs[static_cast<size_t>(c.indices)], 0);
  graph.output("Jv", jvp(y, x, v));
  const std::vector<Value> back = vjp({&y, 1}, {&u, 1}, x);
  for (size_t i = 0; i < x.size(); ++i) graph.output("JTu" + std::to_string(i), back[i]);
  Program program = compile(graph, device);

  feed(program, "x", data_of(c));
  std::vector<std::vector<float>> tangents;
  for (size_t i = 0; i < x.size(); ++i) {
    tangents.push_back(uniform({.op = c.op, .inputs = {}, .build = {}}, c.inputs[i], 50 + i));
  }
  feed(program, "v", tangents);
  const std::vector<float> weights =
      uniform({.op = c.op, .inputs = {}, .build = {}}, y.shape(), 98);
  program.write("u", weights);
  program.run();
  const double left = dot(weights, program.read("Jv"));
  double right = 0;
  double scale = norm(weights) * norm(program.read("Jv"));
  for (size_t i = 0; i < x.size(); ++i) {
    if (static_cast<int>(i) == c.indices) continue;
    right += dot(program.read("JTu" + std::to_string(i)), tangents[i]);
  }
  scale = std::max(scale, 1e-20);
  CHECK(std::fabs(left - right) / scale < 1e-5);
}
void check_composites(const Device& device) {
  for (const OpCase& one : composite_cases()) {
    check_gradient(one, device);
    check_jvp(one, device);
  }
}

// Tiny, huge and special arguments, where polynomials go wrong first.
void check_range(const Device& device) {
  const std::vector<float> points{-1e30F, -200,    -88, -20,    -5,    -1,    -0.3F, -1e-3F,
                                  -1e-7F, -1e-20F, 0,   1e-20F, 1e-7F, 1e-3F, 0.3F,  0.625F,
                                  1,      2.5F,    5,   20,     88,    88.7F};
  const auto n = static_cast<int64_t>(points.size());
  Value (*const functions[])(Value) = {exp,  tanh,     sigmoid, erf, silu,
                                       gelu, softplus, sin,     cos, abs};
  for (size_t f = 0; f < std::size(functions); ++f) {
    std::vector<float> x = points;
    if (functions[f] == static_cast<Value (*)(Value)>(sin) ||
        functions[f] == static_cast<Value (*)(Value)>(cos)) {
      for (float& value : x) value = std::fmod(value, 100.0F);
    }
    std::vector<float> results[2];
    for (int oracle = 0; oracle < 2; ++oracle) {
      Graph graph;
      graph.output("y", functions[f](graph.input("x", {n})));
      Program program = compile(graph, oracle != 0 ? reference_device() : device);
      program.write("x", x);
      program.run();
      const auto y = program.read("y");
      results[oracle].assign(y.begin(), y.end());
    }
    for (size_t i = 0; i < points.size(); ++i) {
      CAPTURE(device.name);
      CAPTURE(f);
      CAPTURE(x[i]);
      const float want = results[1][i];
      const float tolerance =
          2e-6F * std::fabs(want) + 3e-7F * std::min(1.0F, std::fabs(x[i])) + 1e-37F;
      CHECK(std::fabs(results[0][i] - want) <= tolerance);
    }
  }
}

void for_each_device(const std::function<void(const Device&)>& check) {
  for (const Device* device : devices()) check(*device);
}

}  // namespace

TEST_CASE("ops: the table names every operation that computes") {
  std::set<Op> named;
  for (const OpCase& c : small_cases(3, 4)) named.insert(c.op);
  for (int i = 0; i < op_count; ++i) {
    const Op op = static_cast<Op>(i);
    const bool leaf = op == Op::input || op == Op::state || op == Op::constant || op == Op::fill;
    CAPTURE(name_of(op));
    CHECK(named.contains(op) == !leaf);
  }
}

TEST_CASE("ops: forward equals the oracle at odd shapes") {
  for_each_device([](const Device& device) {
    if (device.name == "reference") return;
    for (int64_t c = 1; c <= 33; ++c) {
      const int64_t r = 1 + (c * 11) % 33;
      for (const OpCase& one : pointwise_cases({r, c})) check_forward(one, device);
      for (const OpCase& one : shaped_cases(r, c)) check_forward(one, device);
      for (const OpCase& one : product_cases(r, c, 1 + (c * 5) % 33)) check_forward(one, device);
      for (const OpCase& one : product_cases(c, 1 + (c * 23) % 33, r)) check_forward(one, device);
    }
  });
}

TEST_CASE("ops: forward equals the oracle at large shapes") {
  for_each_device([](const Device& device) {
    if (device.name == "reference") return;
    for (const OpCase& one : pointwise_cases({70, 257})) check_forward(one, device);
    for (const OpCase& one : shaped_cases(130, 67)) check_forward(one, device);
    for (const OpCase& one : product_cases(65, 130, 67)) check_forward(one, device);
  });
}

TEST_CASE("ops: functions hold their accuracy over their whole range") {
  for_each_device(check_range);
}

TEST_CASE("ops: gradients equal central differences") {
  for_each_device([](const Device& device) {
    for (const auto& [r, c] : {std::pair{3, 5}, std::pair{1, 7}}) {
      for (const OpCase& one : small_cases(r, c)) {
        if (one.op != Op::stop_gradient) check_gradient(one, device);  // differs by design
      }
    }
  });
}

TEST_CASE("ops: forward mode is the transpose of reverse mode") {
  for_each_device([](const Device& device) {
    for (const OpCase& one : small_cases(3, 5)) check_jvp(one, device);
    for (const OpCase& one : small_cases(17, 33)) check_jvp(one, device);
  });
}

TEST_CASE("ops: composites have the right gradients") { for_each_device(check_composites); }

// The same table on a card. Where the processor plays it, a kernel takes long to compile: few
// shapes.

TEST_CASE("gpu: every operation equals the oracle") {
  const Device* card = card_at_hand();
  if (card == nullptr) return;
  for (const auto& [r, c] : {std::pair{12, 1}, std::pair{3, 5}, std::pair{7, 33}}) {
    for (const OpCase& one : pointwise_cases({r, c})) check_forward(one, *card);
    for (const OpCase& one : shaped_cases(r, c)) check_forward(one, *card);
    for (const OpCase& one : product_cases(r, c, 3 + c / 2)) check_forward(one, *card);
  }
  for (const OpCase& one : shaped_cases(70, 67)) check_forward(one, *card);
  for (const OpCase& one : product_cases(33, 70, 67)) check_forward(one, *card);
  check_range(*card);
}

TEST_CASE("gpu: every operation, line by line") {
  if (kernel_machine() == nullptr) return;
  const Device& machine = *kernel_machine();
  for (const auto& [r, c] : {std::pair{12, 1}, std::pair{3, 5}, std::pair{7, 33}}) {
    for (const OpCase& one : small_cases(r, c)) check_forward(one, machine);
  }
  for (const OpCase& one : shaped_cases(70, 67)) check_forward(one, machine);
  for (const OpCase& one : product_cases(33, 70, 67)) check_forward(one, machine);
  for (const OpCase& one : small_cases(3, 5)) check_jvp(one, machine);
  check_range(machine);
}

TEST_CASE("gpu: NaN, infinities and zeros go where the oracle has them go") {
  const Device* card = card_at_hand();
  if (card == nullptr) return;
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> points{nan, infinity, -infinity, 0.0F, -0.0F, 1.0F, -2.0F, 3e38F};
  const auto n = static_cast<int64_t>(points.size());
  std::vector<float> results[2];
  for (const bool oracle : {false, true}) {
    Graph graph;
    const Value x = graph.input("x", {n, n});
    const Value y = transpose(x, {1, 0});
    const std::vector<Value> all{maximum(x, y), minimum(x, y), less(x, y), select(x, y, x + y),
                                 sign(x),       step(x),       abs(x),     exp(x),
                                 log(x),        sqrt(x),       tanh(x),    sigmoid(x),
                                 x * y,         x / y,         argsort(x), argsort(y),
                                 floor(x)};
    graph.output("y", concat(all, 0));
    graph.output("max", max(x, {1}));
    Program program = compile(graph, oracle ? reference_device() : *card);
    for (int64_t i = 0; i < n * n; ++i)
      program.input("x")[static_cast<size_t>(i)] = points[static_cast<size_t>(i % n)];
    program.run();
    for (const char* name : {"y", "max"}) {
      const auto y_values = program.read(name);
      results[oracle].insert(results[oracle].end(), y_values.begin(), y_values.end());
    }
  }
  REQUIRE(results[0].size() == results[1].size());
  for (size_t i = 0; i < results[0].size(); ++i) {
    CAPTURE(i);
    const float got = results[0][i];
    const float want = results[1][i];
    const bool both_nan = std::isnan(got) && std::isnan(want);
    // Vulkan leaves it to a card whether it has numbers below the normal ones.
    const bool flushed = got == 0 && std::fabs(want) < std::numeric_limits<float>::min();
    CHECK((both_nan || got == want || flushed || std::fabs(got - want) <= 1e-6F * std::fabs(want)));
  }
}

TEST_CASE("gpu: gradients of every operation") {
  const Device* card = card_at_hand();
  if (card == nullptr) return;
  for (const OpCase& one : small_cases(3, 5)) {
    check_jvp(one, *card);
    if (one.op != Op::stop_gradient) check_gradient(one, *card);
  }
  check_composites(*card);
}
