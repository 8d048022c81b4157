// Products by a card's unit for small matrices: factors are rounded to half precision, and nothing
// else is.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "compare.h"
#include "kernel_machine.h"
#include "rivulet/core/error.h"
#include "rivulet/exec/gpu/matrix_tile.h"
#include "rivulet/graph/ops.h"
#include "rivulet/io/half.h"

using namespace rivulet;
using namespace rivulet::testing;
namespace gpu = rivulet::exec::gpu;

namespace {

/// As cards have them: NVIDIA's, Intel's, AMD's, small ones.
const std::vector<gpu::Abilities> cards{
    {.subgroup = 32, .unit = {.m = 16, .n = 16, .k = 16}},
    {.subgroup = 16, .unit = {.m = 8, .n = 16, .k = 16}},
    {.subgroup = 64, .unit = {.m = 16, .n = 16, .k = 16}},
    {.subgroup = 8, .unit = {.m = 8, .n = 8, .k = 8}},
};

struct Case {
  std::string name;
  int64_t m;
  int64_t k;
  int64_t n;
  int64_t batch = 1;
  bool transposed_a = false;
  bool transposed_b = false;
};

const std::vector<Case> cases{
    {.name = "whole tiles", .m = 64, .k = 64, .n = 128},
    {.name = "parts of tiles", .m = 70, .k = 39, .n = 67},
    {.name = "turned", .m = 35, .k = 40, .n = 50, .transposed_a = true, .transposed_b = true},
    {.name = "several", .m = 33, .k = 17, .n = 40, .batch = 3, .transposed_b = true},
    {.name = "a long sum, in parts", .m = 40, .k = 700, .n = 32},
    {.name = "many tiles, wide ones", .m = 1500, .k = 16, .n = 1400},
};

/// y = relu(x w + bias) + more, where `rounded` with what it is multiplied from rounded before.
void add_layer(Graph& g, const Case& one, bool rounded) {
  const auto factor = [&](int64_t rows, int64_t columns, bool turned, uint64_t seed) {
    Tensor tensor = turned ? normal({one.batch, columns, rows}, seed)
                           : normal({one.batch, rows, columns}, seed);
    for (float& x : tensor.span()) {
      if (rounded) x = io::from_half(io::to_half(x));
    }
    return tensor;
  };
  const auto turned = [](Value x, bool really) { return really ? transpose(x, {0, 2, 1}) : x; };
  const Value x = g.state("x", factor(one.m, one.k, one.transposed_a, 1));
  const Value w = g.state("w", factor(one.k, one.n, one.transposed_b, 2));
  const Value bias = g.state("bias", normal({one.n}, 3));
  const Value more = g.state("more", normal({one.batch, one.m, one.n}, 4));
  g.output("y",
           relu(matmul(turned(x, one.transposed_a), turned(w, one.transposed_b)) + bias) + more);
}

std::vector<float> result_of(const Case& one, bool rounded, const Device& device,
                             bool static_states = false) {
  Graph graph;
  add_layer(graph, one, rounded);
  Program program = compile(graph, device, {.static_states = static_states});
  program.run();
  const auto y = program.read("y");
  return {y.begin(), y.end()};
}

void check_rounds(const Device& device, const Case& one) {
  CAPTURE(device.name);
  CAPTURE(one.name);
  const std::vector<float> exact = result_of(one, false, cpu_device());
  const std::vector<float> rounded = result_of(one, true, cpu_device());
  const std::vector<float> got = result_of(one, false, device, true);
  check_close(got, rounded, 3e-6F);
  CHECK(largest_difference(got, exact) > 2e-5F * largest(exact));  // they were halves
  check_close(got, exact, 2e-3F);
}

}  // namespace

TEST_CASE("gpu: products of halves round their factors and nothing else, line by line") {
  for (const gpu::Abilities& card : cards) {
    CAPTURE(card.subgroup);
    REQUIRE(gpu::MatrixTile::takes(card, 32 << 10));
    const Device machine = kernel_machine_with(card);
    // The last of the cases takes a machine of plain code seconds.
    for (size_t i = 0; i + 1 < cases.size(); ++i) check_rounds(machine, cases[i]);
  }
  check_rounds(kernel_machine_with(cards.front()), cases.back());
}

TEST_CASE("gpu: products of halves on cards that have them") {
  for (const Device* device : all_devices()) {
    if (!device->rounds) continue;
    for (const Case& one : cases) check_rounds(*device, one);
  }
}

TEST_CASE("gpu: what is in training is not rounded") {
  const Device machine = kernel_machine_with(cards.front());
  const Case& one = cases.front();
  check_close(result_of(one, false, machine), result_of(one, false, cpu_device()), 3e-6F);
}

TEST_CASE("gpu: units whose matrices do not fill tiles are left alone") {
  const auto takes = [](int m, int n, int k, int subgroup, int64_t shared = 32 << 10) {
    return gpu::MatrixTile::takes({subgroup, {.m = m, .n = n, .k = k}}, shared);
  };
  CHECK(takes(16, 8, 16, 32));
  CHECK(takes(16, 8, 8, 32));
  CHECK_FALSE(takes(32, 8, 16, 32));
  CHECK_FALSE(takes(16, 16, 64, 32));
  CHECK_FALSE(takes(8, 8, 16, 128));
  CHECK_FALSE(takes(16, 16, 16, 0));
  CHECK_FALSE(takes(0, 0, 0, 32));
  CHECK_FALSE(takes(16, 16, 16, 32, 16 << 10));
}
