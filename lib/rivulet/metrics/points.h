// Distances between point sets in the plane.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/data/target2d.h"

namespace rivulet::metrics {

/// Sliced Wasserstein-2 distance between two point sets of equal size [N,2]: the root of the mean,
/// over `projections` evenly spaced directions, of the squared 1-D Wasserstein-2 distance (sorted
/// projections; Bonneel et al. 2015). Units of the plane. O(N) for each direction (radix sort).
/// NaN or infinite where a coordinate is; throws Error when sizes differ, are odd or zero.
[[nodiscard]] float sliced_wasserstein2(std::span<const float> a, std::span<const float> b,
                                        int projections = 64);

/// The same against a set that stays: its projections are sorted once, and calls allocate nothing.
class SlicedWasserstein2 {
 public:
  explicit SlicedWasserstein2(std::span<const float> reference, int projections = 64);
  [[nodiscard]] float operator()(std::span<const float> xy);

 private:
  std::vector<data::Point> directions_;
  std::vector<float> reference_;  // [projections, N], sorted rows
  std::vector<float> row_;
  std::vector<uint32_t> keys_;
};

/// Energy distance 2E|X-Y| - E|X-X'| - E|Y-Y'| (Szekely and Rizzo 2013), unbiased; >= 0 up to
/// noise. [N,2] and [M,2] with N, M >= 2; O((N+M)^2). Throws Error when odd or too few.
[[nodiscard]] float energy_distance(std::span<const float> a, std::span<const float> b);

/// Squared maximum mean discrepancy, unbiased, kernel exp(-|x-y|^2 / (2 bandwidth^2))
/// (Gretton et al. 2012). Sizes as above.
[[nodiscard]] float mmd2(std::span<const float> a, std::span<const float> b,
                         float bandwidth = 0.5F);

struct Coverage {
  int covered = 0;    ///< modes that hold at least a fifth of their fair share
  int modes = 0;      ///< 0 where the target has none
  float on_mode = 0;  ///< share of samples within `radius` of some mode
};
/// Each sample within `radius` of a mode counts for its nearest one.
[[nodiscard]] Coverage mode_coverage(std::span<const float> xy, std::span<const data::Point> modes,
                                     float radius = 0.35F);

}  // namespace rivulet::metrics
