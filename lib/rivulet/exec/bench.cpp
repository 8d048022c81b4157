#include "rivulet/exec/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "rivulet/core/random.h"
#include "rivulet/exec/step.h"
#include "rivulet/exec/xnnpack/kernels.h"
#include "rivulet/graph/ops.h"

namespace rivulet::exec {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Value operand(Graph& g, const Shape& shape) {
  Tensor values(shape);
  Rng(static_cast<uint64_t>(g.size())).normal(values.span());
  return g.state("x" + std::to_string(g.size()), std::move(values));
}

OpCase product(int64_t m, int64_t k, int64_t n, MatmulFlags flags = {}, int64_t batch = 1) {
  const auto matrix = [](int64_t rows, int64_t columns, bool transposed) {
    return transposed ? fmt::format("({}x{})'", columns, rows)
                      : fmt::format("{}x{}", rows, columns);
  };
  const auto shape = [batch](int64_t rows, int64_t columns, bool transposed) {
    const Shape matrix_shape = transposed ? Shape{columns, rows} : Shape{rows, columns};
    return batch > 1 ? Shape{batch, matrix_shape[0], matrix_shape[1]} : matrix_shape;
  };
  return {.name = fmt::format("matmul {}{} {}", batch > 1 ? fmt::format("{} of ", batch) : "",
                              matrix(m, k, flags.transpose_a), matrix(k, n, flags.transpose_b)),
          .bound = OpCase::Bound::flops,
          .build = [=](Graph& g) {
            return matmul(operand(g, shape(m, k, flags.transpose_a)),
                          operand(g, shape(k, n, flags.transpose_b)), flags);
          }};
}

OpCase large(OpCase op) {
  op.large = true;
  return op;
}

constexpr int64_t grouped_rows = 2048;

/// Where groups of equal numbers of rows end.
Value equal_groups(Graph& g, int64_t groups) {
  Tensor ends({groups});
  for (int64_t e = 0; e < groups; ++e)
    ends[e] = static_cast<float>(grouped_rows * (e + 1) / groups);
  return g.constant(std::move(ends));
}

OpCase grouped_product(int64_t groups, int64_t k, int64_t n, bool transposed = false) {
  return {.name = transposed
                      ? fmt::format("grouped {}x{} {} of ({}x{})'", grouped_rows, k, groups, n, k)
                      : fmt::format("grouped {}x{} {} of {}x{}", grouped_rows, k, groups, k, n),
          .bound = OpCase::Bound::flops,
          .build = [=](Graph& g) {
            return grouped_matmul(
                operand(g, {grouped_rows, k}),
                operand(g, transposed ? Shape{groups, n, k} : Shape{groups, k, n}),
                equal_groups(g, groups), transposed);
          }};
}

OpCase grouped_outer_case(int64_t groups, int64_t m, int64_t n) {
  return {
      .name = fmt::format("grouped ({}x{})' {}x{} in {}", grouped_rows, m, grouped_rows, n, groups),
      .bound = OpCase::Bound::flops,
      .build = [=](Graph& g) {
        return grouped_outer(operand(g, {grouped_rows, m}), operand(g, {grouped_rows, n}),
                             equal_groups(g, groups));
      }};
}

OpCase memory_case(std::string name, std::function<Value(Graph&)> build) {
  return {.name = std::move(name), .bound = OpCase::Bound::bytes, .build = std::move(build)};
}

constexpr int64_t columns = 256;
constexpr int64_t rows = bench_elements / columns;

OpCase unary(const std::string& name, Value (*f)(Value)) {
  return memory_case(name, [f](Graph& g) { return f(operand(g, {rows, columns})); });
}

Value layer_norm(Value x) {
  const Value centred = x - mean(x, {-1});
  return centred * rsqrt(mean(square(centred), {-1}) + 1e-5F);
}

std::vector<OpCase> make_cases() {
  const MatmulFlags ta{.transpose_a = true};
  const MatmulFlags tb{.transpose_b = true};
  const Shape shape{rows, columns};
  return {
      product(512, 128, 128),
      product(512, 128, 128, tb),
      product(128, 512, 128, ta),
      product(512, 128, 2),
      product(512, 2, 128),
      product(1, 512, 512),
      product(256, 512, 512),
      product(512, 512, 512),
      product(64, 32, 64, tb, 48),
      product(64, 64, 32, {}, 48),
      large(product(1024, 1024, 1024)),
      large(product(4096, 4096, 4096)),
      large(product(8192, 128, 512)),
      large(product(128, 8192, 512, ta)),
      product(grouped_rows, 128, 256),
      grouped_product(8, 128, 256),
      grouped_product(64, 128, 256),
      product(grouped_rows, 256, 128, tb),
      grouped_product(8, 256, 128, true),
      grouped_product(64, 256, 128, true),
      product(128, grouped_rows, 256, ta),
      grouped_outer_case(8, 128, 256),
      grouped_outer_case(64, 128, 256),
      memory_case("add", [=](Graph& g) { return operand(g, shape) + operand(g, shape); }),
      memory_case(
          "a b + c",
          [=](Graph& g) { return operand(g, shape) * operand(g, shape) + operand(g, shape); }),
      memory_case("add row", [=](Graph& g) { return operand(g, shape) + operand(g, {columns}); }),
      memory_case("add column",
                  [=](Graph& g) {
                    return operand(g, shape) + operand(g, {rows, 1});
                  }),
      unary("exp", exp),
      unary("tanh", tanh),
      unary("sin", sin),
      unary("silu", silu),
      unary("gelu", gelu),
      unary("softmax", softmax),
      unary("layer norm", layer_norm),
      memory_case("sum of rows", [=](Graph& g) { return sum(operand(g, shape), {1}); }),
      memory_case("sum of columns", [=](Graph& g) { return sum(operand(g, shape), {0}); }),
      memory_case("max of rows", [=](Graph& g) { return max(operand(g, shape), {1}); }),
      memory_case("transpose",
                  [=](Graph& g) {
                    return transpose(operand(g, shape), {1, 0});
                  }),
      memory_case("split heads",
                  [=](Graph& g) {
                    return transpose(operand(g, {rows / 64, 64, 4, 64}), {0, 2, 1, 3});
                  }),
      memory_case("concat",
                  [=](Graph& g) {
                    return concat({operand(g, {rows, 64}), operand(g, {rows, 192})}, 1);
                  }),
      memory_case("gather",
                  [=](Graph& g) {
                    Tensor index({rows});
                    Rng rng(1);
                    for (float& i : index.span()) i = static_cast<float>(rng.below(512));
                    return gather(operand(g, {512, columns}), g.constant(std::move(index)));
                  }),
      memory_case("argsort of rows of 8",
                  [](Graph& g) {
                    return argsort(operand(g, {2048, 8}));
                  }),
      memory_case("argsort of rows of 64",
                  [](Graph& g) {
                    return argsort(operand(g, {2048, 64}));
                  }),
      memory_case("argsort of 2048", [](Graph& g) { return argsort(operand(g, {2048})); }),
      memory_case("argsort of 65536", [](Graph& g) { return argsort(operand(g, {65536})); }),
  };
}

/// Each leaf read once, the result written once.
double bytes_of(const Graph& graph, Value result) {
  int64_t elements = result.shape().numel();
  for (const Node& node : graph.nodes()) {
    if (node.op == Op::state || node.op == Op::constant) elements += node.shape.numel();
  }
  return static_cast<double>(elements) * sizeof(float);
}

/// The largest difference from what the processor computes, beside the largest of its numbers.
/// Infinite where a number overflowed.
double error_of(const Graph& graph, std::span<const float> result) {
  if (!std::ranges::all_of(result, [](float x) { return std::isfinite(x); })) {
    return std::numeric_limits<double>::infinity();
  }
  Program exact = compile(graph, cpu_device());
  exact.run();
  double largest = 0;
  double difference = 0;
  const std::span<const float> expected = exact.read("result");
  for (size_t i = 0; i < result.size(); ++i) {
    largest = std::max(largest, std::fabs(double{expected[i]}));
    difference = std::max(difference, std::fabs(double{expected[i]} - double{result[i]}));
  }
  return difference > 0 ? difference / largest : 0;
}

}  // namespace

double fastest(const std::function<void()>& call, double seconds) {
  double best = std::numeric_limits<double>::infinity();
  const auto begin = Clock::now();
  call();  // warms up
  // Groups of calls, long enough for coarse clocks.
  int group = std::max(1, static_cast<int>(50e-6 / std::max(since(begin), 1e-9)));
  do {
    const auto start = Clock::now();
    for (int i = 0; i < group; ++i) call();
    best = std::min(best, since(start) / group);
  } while (since(begin) < seconds);
  return best;
}

Peak measure_peak(double seconds) {
  const xnnpack::Kernels& kernels = xnnpack::best_kernels();
  std::vector<float> a(bench_elements + over_read, 1.0F);
  std::vector<float> b(a.size(), 0.5F);
  std::vector<float> c(a.size(), 0.25F);
  std::vector<float> d(a.size());
  Peak peak{.instructions = kernels.name};
  constexpr int64_t rounds = 20000;
  int64_t operations = 0;
  const double loop = fastest([&] { operations = kernels.peak_loop(rounds, d.data()); }, seconds);
  peak.flops = static_cast<double>(operations) / loop;
  const auto triad = kernels.tile[static_cast<size_t>(xnnpack::Kernel::mul_add)][0];
  const double pass =
      fastest([&] { triad(d.data(), a.data(), b.data(), c.data(), bench_elements); }, seconds);
  peak.bytes = 4.0 * sizeof(float) * bench_elements / pass;
  return peak;
}

std::span<const OpCase> op_cases() {
  static const std::vector<OpCase> cases = make_cases();
  return cases;
}

OpTiming time_op(const OpCase& op, const Device& device, const Peak& peak,
                 const CompileOptions& wanted, double seconds) {
  CompileOptions options = wanted;
  if (device.rounds) options.static_states = true;
  Graph graph;
  const Value result = op.build(graph);
  graph.output("result", result);
  Program program = compile(graph, device, options);
  OpTiming timing{.name = op.name, .bound = op.bound, .seconds = 0, .rate = 0, .share = 0};
  timing.seconds = fastest([&] { program.run(); }, seconds);
  const bool by_flops = op.bound == OpCase::Bound::flops;
  timing.rate =
      (by_flops ? static_cast<double>(flops(graph)) : bytes_of(graph, result)) / timing.seconds;
  timing.share =
      timing.rate / ((by_flops ? peak.flops : peak.bytes) * std::max(options.threads, 1));
  if (device.rounds) timing.error = error_of(graph, program.read("result"));
  return timing;
}

}  // namespace rivulet::exec
