// Whether samples look like data, cover the data, or are copies of it.
#pragma once

#include "rivulet/exec/program.h"
#include "rivulet/metrics/neighbours.h"

namespace rivulet::metrics {

struct PrecisionRecall {
  float precision = 0;  ///< share of samples that lie on the data's manifold
  float recall = 0;     ///< share of the data that lies on the samples' manifold
};

/// The manifold of a set is the union of balls about its rows, each as wide as the distance to the
/// row's k-th nearest neighbour in the set (Kynkaanniemi et al. 2019).
class Manifold {
 public:
  /// Throws Error when the set has k rows or fewer. The rows are read again by `holds`.
  Manifold(Rows set, int64_t k, const Device& device, const CompileOptions& options = {});

  /// The share of rows that lie in some ball.
  [[nodiscard]] float holds(const Rows& rows) const;
  [[nodiscard]] std::span<const float> radii() const { return radii_; }

 private:
  Rows set_;
  std::vector<float> radii_;  // [N]
  std::vector<float> bias_;   // [N], minus the squares
  const Device* device_;
  CompileOptions options_;
};

/// Both shares. `data` is a manifold made once, of rows `data_rows`.
[[nodiscard]] PrecisionRecall precision_recall(const Manifold& data, const Rows& data_rows,
                                               const Rows& samples, int64_t k, const Device& device,
                                               const CompileOptions& options = {});

/// How far rows are from their nearest neighbour in the training set. Samples that are much nearer
/// than held-out data are copies.
struct NearestDistances {
  float median = 0;
  float first_percentile = 0;
};
[[nodiscard]] NearestDistances nearest_distances(const Rows& rows, const Rows& training,
                                                 const Device& device,
                                                 const CompileOptions& options = {});

/// The value below which a share of the values lies, 0 <= share <= 1, linear between neighbours.
/// Throws Error when there are none.
[[nodiscard]] float quantile(std::vector<float> values, double share);

}  // namespace rivulet::metrics
