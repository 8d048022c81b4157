// Comparing devices: inputs from seeds, differences relative to the largest value.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "rivulet/core/random.h"
#include "rivulet/exec/program.h"

namespace rivulet::testing {

inline Tensor normal(const Shape& shape, uint64_t seed, float size = 1.0F) {
  Tensor tensor(shape);
  Rng(seed).normal(tensor.span());
  for (float& x : tensor.span()) x *= size;
  return tensor;
}

inline void feed(Program& program, const Graph& graph, uint64_t seed, float size = 1.0F) {
  for (const Node& node : graph.nodes()) {
    if (node.op == Op::input) program.write(node.name, normal(node.shape, ++seed, size).span());
  }
}

inline float largest(std::span<const float> values) {
  float most = 0;
  for (const float x : values) most = std::max(most, std::fabs(x));
  return most;
}

inline float largest_difference(std::span<const float> got, std::span<const float> want) {
  REQUIRE(got.size() == want.size());
  float difference = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    const bool same = got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]));
    if (same) continue;
    if (!std::isfinite(got[i] - want[i])) return std::numeric_limits<float>::infinity();
    difference = std::max(difference, std::fabs(got[i] - want[i]));
  }
  return difference;
}

/// Compares by the largest difference, relative to the largest value (or one).
inline void check_close(std::span<const float> got, std::span<const float> want, float tolerance) {
  CHECK(largest_difference(got, want) <= tolerance * std::max(largest(want), 1.0F));
}

}  // namespace rivulet::testing
