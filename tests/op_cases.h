// The table: cases of every operation, at any size.
#pragma once

#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/core/random.h"
#include "rivulet/graph/ops.h"

namespace rivulet::testing {

using Values = std::span<const Value>;

struct OpCase {
  Op op;
  std::vector<Shape> inputs;
  std::function<Value(Values)> build;
  float low = -2;  // inputs are uniform in [low, high] ...
  float high = 2;
  float apart = 0;   // ... and kept this far from 0 and from each other (kinks)
  int indices = -1;  // this input holds row numbers
  int64_t rows = 0;
};

inline OpCase unary(Op op, Value (*f)(Value), const Shape& shape, float low, float high,
                    float apart = 0) {
  return {.op = op,
          .inputs = {shape},
          .build = [f](Values x) { return f(x[0]); },
          .low = low,
          .high = high,
          .apart = apart};
}

inline OpCase binary(Op op, Value (*f)(Value, Value), const Shape& a, const Shape& b,
                     float low = -2, float high = 2, float apart = 0) {
  return {.op = op,
          .inputs = {a, b},
          .build = [f](Values x) { return f(x[0], x[1]); },
          .low = low,
          .high = high,
          .apart = apart};
}

inline std::vector<OpCase> pointwise_cases(const Shape& s) {
  const float kink = 0.06F;
  return {
      unary(Op::neg, neg, s, -2, 2),
      unary(Op::abs, abs, s, -2, 2, kink),
      unary(Op::sign, sign, s, -2, 2, kink),
      unary(Op::step, step, s, -2, 2, kink),
      unary(Op::floor, floor, s, 0.1F, 0.9F),
      unary(Op::exp, exp, s, -3, 2),
      unary(Op::log, log, s, 0.3F, 3),
      unary(Op::sqrt, sqrt, s, 0.3F, 3),
      unary(Op::rsqrt, rsqrt, s, 0.4F, 3),
      unary(Op::reciprocal, reciprocal, s, 0.5F, 3),
      unary(Op::square, square, s, -2, 2),
      unary(Op::sin, sin, s, -4, 4),
      unary(Op::cos, cos, s, -4, 4),
      unary(Op::tanh, tanh, s, -2, 2),
      unary(Op::sigmoid, sigmoid, s, -3, 3),
      unary(Op::erf, erf, s, -1.5F, 1.5F),
      unary(Op::stop_gradient, stop_gradient, s, -2, 2),
      binary(Op::add, add, s, s),
      binary(Op::sub, sub, s, s),
      binary(Op::mul, mul, s, s),
      binary(Op::div, div, s, s, 0.5F, 2),
      binary(Op::maximum, maximum, s, s, -2, 2, kink),
      binary(Op::minimum, minimum, s, s, -2, 2, kink),
      binary(Op::less, less, s, s, -2, 2, kink),
      {.op = Op::select,
       .inputs = {s, s, s},
       .build = [](Values x) { return select(step(x[0]), x[1], x[2]); },
       .apart = kink},
  };
}

inline OpCase matmul_case(int64_t m, int64_t k, int64_t n, MatmulFlags flags, int64_t batch = 0) {
  Shape a = flags.transpose_a ? Shape{k, m} : Shape{m, k};
  Shape b = flags.transpose_b ? Shape{n, k} : Shape{k, n};
  if (batch > 0) {
    a = {batch, a[0], a[1]};
    b = {batch, b[0], b[1]};
  }
  return {.op = Op::matmul, .inputs = {a, b}, .build = [flags](Values x) {
            return matmul(x[0], x[1], flags);
          }};
}

inline OpCase grouped_case(Op op, std::vector<Shape> inputs, std::vector<float> ends,
                           std::function<Value(Values, Value)> build) {
  return {.op = op, .inputs = std::move(inputs), .build = [=](Values x) {
            const auto groups = static_cast<int64_t>(ends.size());
            return build(x, x[0].graph->constant(Tensor({groups}, ends)));
          }};
}

inline std::vector<OpCase> shaped_cases(int64_t r, int64_t c) {
  std::vector<OpCase> cases{
      {.op = Op::reshape,
       .inputs = {{r, c}},
       .build =
           [r, c](Values x) {
             return sin(reshape(x[0], {c, 1, r}));
           }},
      {.op = Op::broadcast, .inputs = {{r, 1}, {c}}, .build = [](Values x) { return x[0] * x[1]; }},
      {.op = Op::broadcast, .inputs = {{r, c}, {}}, .build = [](Values x) { return x[0] * x[1]; }},
      {.op = Op::broadcast,
       .inputs = {{2, 1, c}, {2, r, c}},
       .build = [](Values x) { return x[0] * x[1]; }},
      {.op = Op::broadcast,
       .inputs = {{1, r, 1, c}, {2, 1, 3, 1}},
       .build = [](Values x) { return x[0] - x[1]; }},
      {.op = Op::transpose,
       .inputs = {{r, c}},
       .build =
           [](Values x) {
             return transpose(x[0], {1, 0});
           }},
      {.op = Op::transpose,
       .inputs = {{2, r, c}},
       .build =
           [](Values x) {
             return transpose(x[0], {2, 0, 1});
           }},
      {.op = Op::transpose,
       .inputs = {{2, r, 3, c}},
       .build =
           [](Values x) {
             return transpose(x[0], {0, 2, 1, 3});
           }},
      {.op = Op::slice,
       .inputs = {{r, c}},
       .build = [r](Values x) { return slice(x[0], 0, r / 2, r - r / 2); }},
      {.op = Op::slice,
       .inputs = {{r, c}},
       .build = [c](Values x) { return slice(x[0], 1, c / 3, (c + 1) / 2); }},
      {.op = Op::pad,
       .inputs = {{r, c}},
       .build = [](Values x) { return pad(pad(x[0], 1, 2, 1), 0, 0, 3); }},
      {.op = Op::concat,
       .inputs = {{r, c}, {r, 2}, {r, 1}},
       .build = [](Values x) { return concat(x, 1); }},
      {.op = Op::concat,
       .inputs = {{r, c}, {3, c}},
       .build = [](Values x) { return concat(x, 0); }},
      {.op = Op::sum, .inputs = {{r, c}}, .build = [](Values x) { return sum(x[0]); }},
      {.op = Op::sum, .inputs = {{r, c}}, .build = [](Values x) { return sum(x[0], {0}); }},
      {.op = Op::sum, .inputs = {{r, c}}, .build = [](Values x) { return sum(x[0], {-1}); }},
      {.op = Op::sum, .inputs = {{2, r, c}}, .build = [](Values x) { return sum(x[0], {1}); }},
      {.op = Op::sum,
       .inputs = {{2, r, c}},
       .build =
           [](Values x) {
             return sum(x[0], {0, 2});
           }},
      {.op = Op::softmax, .inputs = {{r, c}}, .build = [](Values x) { return softmax(x[0]); }},
      {.op = Op::gather,
       .inputs = {{r, c}, {7}},
       .build = [](Values x) { return gather(x[0], x[1]); },
       .indices = 1,
       .rows = r},
      {.op = Op::argsort,
       .inputs = {{r, c}},
       .build =
           [](Values x) {
             Tensor ramp({x[0].shape()[1]});  // no two are nearer than a step of differences
             for (int64_t i = 0; i < ramp.numel(); ++i)
               ramp[i] = 0.4F * static_cast<float>(i) / static_cast<float>(ramp.numel());
             return argsort(x[0] + x[0].graph->constant(std::move(ramp)));
           },
       .apart = 0.5F},
      grouped_case(Op::grouped_matmul, {{r + 3, c}, {3, c, r}}, {2, 2, static_cast<float>(r + 1)},
                   [](Values x, Value ends) { return grouped_matmul(x[0], x[1], ends); }),
      grouped_case(Op::grouped_matmul, {{2 * r, c}, {2, r, c}},
                   {static_cast<float>(r), static_cast<float>(3 * r)},
                   [](Values x, Value ends) { return grouped_matmul(x[0], x[1], ends, true); }),
      grouped_case(Op::grouped_outer, {{r + 3, c}, {r + 3, 5}},
                   {0, static_cast<float>(r), static_cast<float>(r), static_cast<float>(r + 2)},
                   [](Values x, Value ends) { return grouped_outer(x[0], x[1], ends); }),
      {.op = Op::attend,
       .inputs = {{2, 2, 3, r}, {2, 2, 3, r}, {2, 2, 3, r}, {2, 2, r, c}, {2, 2, c, r}, {1}},
       .build = [](Values x) { return attend(x[0], x[1], x[2], x[3], x[4], x[5]); },
       .indices = 5,
       .rows = c},
      {.op = Op::attend,
       .inputs = {{1, 3, 1, c}, {1, 3, 1, c}, {1, 3, 1, c}, {1, 3, c, r}, {1, 3, r, c}, {1}},
       .build = [](Values x) { return attend(x[0], x[1], x[2], x[3], x[4], x[5]); },
       .indices = 5,
       .rows = r},
      {.op = Op::slice_update,
       .inputs = {{2, r, c}, {2, 3, c}, {1}},
       .build = [](Values x) { return slice_update(x[0], x[1], x[2], 1); },
       .indices = 2,
       .rows = r},
      {.op = Op::slice_update,
       .inputs = {{r, c}, {r, 2}, {1}},
       .build = [](Values x) { return slice_update(x[0], x[1], x[2], -1); },
       .indices = 2,
       .rows = c},
      {.op = Op::scatter_add,
       .inputs = {{9, c}, {9}},
       .build = [r](Values x) { return scatter_add(x[0], x[1], r); },
       .indices = 1,
       .rows = r},
  };
  // Maxima must be apart by more than the step of the finite difference: distinct by construction.
  const auto lifted = [](Value x) {
    Tensor ramp(x.shape());
    for (int64_t i = 0; i < ramp.numel(); ++i)
      ramp[i] = static_cast<float>((i * 7) % 31) * 0.2F - 3.0F;
    return 0.045F * x + x.graph->constant(ramp);
  };
  cases.push_back({.op = Op::max, .inputs = {{r, c}}, .build = [lifted](Values x) {
                     return max(lifted(x[0]), {-1});
                   }});
  cases.push_back({.op = Op::max, .inputs = {{r, c}}, .build = [lifted](Values x) {
                     return max(lifted(x[0]), {0});
                   }});
  return cases;
}

inline std::vector<OpCase> product_cases(int64_t m, int64_t k, int64_t n) {
  std::vector<OpCase> cases;
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      cases.push_back(matmul_case(m, k, n, {ta, tb}));
      cases.push_back(matmul_case(m, k, n, {ta, tb}, 3));
    }
  }
  cases.push_back({.op = Op::matmul, .inputs = {{2, m, k}, {k, n}}, .build = [](Values x) {
                     return matmul(x[0], x[1]);
                   }});
  return cases;
}

// All cases at one size, for gradients.
inline std::vector<OpCase> small_cases(int64_t r, int64_t c) {
  std::vector<OpCase> cases = pointwise_cases({r, c});
  for (OpCase& other : shaped_cases(r, c)) cases.push_back(std::move(other));
  for (OpCase& other : product_cases(r, c, 3)) cases.push_back(std::move(other));
  return cases;
}

inline std::vector<OpCase> composite_cases() {
  const Shape s{3, 5};
  return {
      {.op = Op::mul, .inputs = {s}, .build = [](Values x) { return silu(x[0]); }},
      {.op = Op::mul, .inputs = {s}, .build = [](Values x) { return gelu(x[0]); }},
      {.op = Op::log,
       .inputs = {s},
       .build = [](Values x) { return softplus(x[0]); },
       .apart = 0.06F},
      {.op = Op::log, .inputs = {s}, .build = [](Values x) { return log_softmax(x[0]); }},
      {.op = Op::maximum,
       .inputs = {s},
       .build = [](Values x) { return relu(x[0]); },
       .apart = 0.06F},
      {.op = Op::log,
       .inputs = {s, s},
       .build = [](Values x) { return softmax_cross_entropy(x[0], softmax(x[1])); }},
  };
}

// What a case is fed: inputs PREFIX0, PREFIX1, ...

inline std::vector<float> uniform(const OpCase& c, const Shape& shape, uint64_t stream) {
  Rng rng(7, stream);
  std::vector<float> x(static_cast<size_t>(shape.numel()));
  for (float& value : x) {
    do value = c.low + (c.high - c.low) * rng.uniform();
    while (std::fabs(value) < c.apart);
    // Kinks of binary ops lie where the operands meet: put them on separate half-lattices.
    if (c.apart > 0) {
      const float half = stream % 2 == 0 ? 0.25F : 0.75F;
      value = std::copysign((std::floor(std::fabs(value) / c.apart) + half) * c.apart, value);
    }
  }
  return x;
}

inline std::vector<float> row_numbers(const OpCase& c, const Shape& shape) {
  Rng rng(8);
  std::vector<float> x(static_cast<size_t>(shape.numel()));
  // One index in eight lies outside, where gather must give zeros.
  for (float& value : x)
    value = static_cast<float>(rng.below(static_cast<uint32_t>(c.rows) + 2)) - 1;
  return x;
}

inline std::vector<std::vector<float>> data_of(const OpCase& c) {
  std::vector<std::vector<float>> data;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    data.push_back(static_cast<int>(i) == c.indices ? row_numbers(c, c.inputs[i])
                                                    : uniform(c, c.inputs[i], i));
  }
  return data;
}

inline std::vector<Value> declare(Graph& graph, const OpCase& c, const std::string& prefix) {
  std::vector<Value> values;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    values.push_back(graph.input(prefix + std::to_string(i), c.inputs[i]));
  }
  return values;
}

}  // namespace rivulet::testing
