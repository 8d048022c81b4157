// How well one order agrees with another.
#pragma once

#include <span>
#include <vector>

namespace rivulet::metrics {

/// 1 for the smallest, ..., N for the largest; equal values share the mean of their ranks.
[[nodiscard]] std::vector<float> ranks(std::span<const float> values);

/// Spearman's rank correlation, -1..1: Pearson's of the ranks. 0 where either side is constant.
/// Throws Error when sizes differ or are less than 2.
[[nodiscard]] float spearman(std::span<const float> a, std::span<const float> b);

}  // namespace rivulet::metrics
