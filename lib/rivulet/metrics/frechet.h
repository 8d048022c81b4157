// The Frechet distance between sets of feature vectors, seen as Gaussians.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rivulet::metrics {

/// Eigenvalues (ascending) and eigenvectors of a symmetric matrix.
struct Eigen {
  std::vector<double> values;   ///< [F]
  std::vector<double> vectors;  ///< [F,F]: row i belongs to values[i]; orthonormal
};
/// By Jacobi's rotations, accurate to rounding; O(F^3) a sweep, less than ten of them. Reads
/// `matrix` [F,F] as symmetric. Throws Error when its size is not F^2 or a number is not finite.
[[nodiscard]] Eigen symmetric_eigen(std::span<const double> matrix, int64_t size);

/// Mean and covariance of rows that pass by, in double precision.
class Gaussian {
 public:
  explicit Gaussian(int64_t features);

  /// rows [n,F], as many as there are. Throws Error when they are no whole rows.
  void add(std::span<const float> rows);
  [[nodiscard]] int64_t features() const { return features_; }
  [[nodiscard]] int64_t count() const { return count_; }
  [[nodiscard]] std::vector<double> mean() const;
  /// [F,F], unbiased. Needs two rows.
  [[nodiscard]] std::vector<double> covariance() const;

 private:
  int64_t features_;
  int64_t count_ = 0;
  std::vector<double> origin_;    // the first row: sums of what is left lose no digits
  std::vector<double> sums_;      // of x - origin
  std::vector<double> products_;  // [F,F], of (x - origin)(x - origin)', lower half
  std::vector<double> row_;
};

/// ||m1 - m2||^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), the squared Wasserstein-2 distance of two
/// Gaussians (Dowson and Landau 1982; Heusel et al. 2017). Covariances [F,F] may be singular.
[[nodiscard]] double frechet_distance(std::span<const double> mean1,
                                      std::span<const double> covariance1,
                                      std::span<const double> mean2,
                                      std::span<const double> covariance2);
[[nodiscard]] double frechet_distance(const Gaussian& a, const Gaussian& b);

}  // namespace rivulet::metrics
