// Folds by threads that read each other's values: the same, to the bit, as by way of shared memory.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "compare.h"
#include "kernel_machine.h"
#include "rivulet/exec/gpu/draft.h"
#include "rivulet/graph/ops.h"

using namespace rivulet;
using namespace rivulet::testing;
namespace gpu = rivulet::exec::gpu;

namespace {

/// All that folds: rows and columns of all lengths, norms, softmax, few rows, sums in parts.
void add_folds(Graph& g) {
  for (const int64_t length : {2, 7, 33, 64, 200, 700}) {
    const std::string name = std::to_string(length);
    const Value x = g.input("x" + name, {9, length});
    g.output("sum" + name, sum(x, {1}));
    g.output("columns" + name, sum(x, {0}));
    g.output("max" + name, max(x, {1}));
    g.output("softmax" + name, softmax(x));
    const Value centred = x - mean(x, {-1});
    g.output("norm" + name, centred * rsqrt(mean(square(centred), {-1}) + 1e-5F));
    g.output("product" + name, matmul(g.input("w" + name, {3, length}), transpose(x, {1, 0})));
  }
  g.output("all", sum(g.input("long", {40000})));
  g.output("parts", matmul(g.input("a", {12, 5000}), g.input("b", {5000, 10})));
}

std::vector<std::vector<float>> results_on(const Device& device) {
  Graph graph;
  add_folds(graph);
  Program program = compile(graph, device);
  feed(program, graph, 11);
  program.run();
  std::vector<std::vector<float>> results;
  for (const Output& output : graph.outputs()) {
    const auto values = program.read(output.name);
    results.emplace_back(values.begin(), values.end());
  }
  return results;
}

/// Kernel of a fold by `lanes` of 256 threads, where a subgroup has so many of them.
gpu::Kernel fold_kernel(int lanes, int subgroup) {
  gpu::Draft draft("fold", 256, subgroup);
  gpu::Builder& b = draft.builder();
  const int x = draft.operand({.node = 0});
  const int y = draft.operand({.node = 1, .written = true});
  std::optional<gpu::Shared> shared;
  const gpu::Val mine = b.load(x, b.lane());
  const gpu::Val folded =
      fold_lanes(b, shared, {b.lane() % lanes, lanes, 1}, exec::plan::Fold::max, mine);
  b.store(y, b.lane(), folded);
  return draft.finish(1).kernel;
}

}  // namespace

TEST_CASE("gpu: folds among the threads of subgroups change no bit") {
  const std::vector<std::vector<float>> plain = results_on(*kernel_machine());
  for (const int subgroup : {4, 8, 16, 32, 64, 128}) {
    CAPTURE(subgroup);
    CHECK(results_on(kernel_machine_with({.subgroup = subgroup})) == plain);
  }
}

TEST_CASE("gpu: a fold within a subgroup shares no memory and waits for nobody") {
  const auto count = [](const gpu::Kernel& kernel, gpu::Code code) {
    return std::ranges::count(kernel.lines, code, &gpu::Line::code);
  };
  const gpu::Kernel within = fold_kernel(32, 32);
  CHECK(within.subgroup == 32);
  CHECK(within.shared.empty());
  CHECK(count(within, gpu::Code::barrier) == 0);
  CHECK(count(within, gpu::Code::shuffle) == 6);
  const gpu::Kernel beyond = fold_kernel(256, 32);
  CHECK(count(beyond, gpu::Code::barrier) == 6);
  const gpu::Kernel strangers = fold_kernel(256, 0);
  CHECK(strangers.subgroup == 0);
  CHECK(count(strangers, gpu::Code::barrier) == 10);
  CHECK(fold_kernel(256, 96).subgroup == 0);  // the last one would not be full
}

TEST_CASE("gpu: a fold gives all of its threads the result") {
  std::vector<float> x(256);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>((i * 37) % 256);
  for (const int subgroup : {0, 8, 32, 64}) {
    for (const int lanes : {2, 16, 32, 128, 256}) {
      CAPTURE(subgroup);
      CAPTURE(lanes);
      std::vector<std::vector<float>> operands{x, std::vector<float>(256)};
      play(fold_kernel(lanes, subgroup), operands);
      for (size_t i = 0; i < x.size(); ++i) {
        const auto first = x.begin() + static_cast<std::ptrdiff_t>(i / lanes * lanes);
        REQUIRE(operands[1][i] == *std::max_element(first, first + lanes));
      }
    }
  }
}
