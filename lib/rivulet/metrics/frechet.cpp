#include "rivulet/metrics/frechet.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "rivulet/core/error.h"

namespace rivulet::metrics {
namespace {

using Matrix = std::vector<double>;  // [n,n]

size_t square_size(const char* where, std::span<const double> matrix, int64_t size) {
  if (size < 1 || std::cmp_not_equal(matrix.size(), size * size)) {
    fail(where, std::to_string(matrix.size()) + " numbers where a matrix of " +
                    std::to_string(size) + " x " + std::to_string(size) + " was due");
  }
  if (!std::ranges::all_of(matrix, [](double x) { return std::isfinite(x); })) {
    fail(where, "a number is not finite");
  }
  return static_cast<size_t>(size);
}

/// x <- c x - s y, y <- s x + c y.
void rotate(double* x, double* y, size_t n, double c, double s) {
  for (size_t i = 0; i < n; ++i) {
    const double old = x[i];
    x[i] = c * old - s * y[i];
    y[i] = s * old + c * y[i];
  }
}

/// Makes a[p,q] zero: a <- J' a J, and v <- J' v. Both halves of `a` are kept.
void annihilate(Matrix& a, Matrix& v, size_t n, size_t p, size_t q) {
  const double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
  const double t = std::copysign(1 / (std::fabs(theta) + std::hypot(theta, 1.0)), theta);
  const double c = 1 / std::hypot(t, 1.0);
  const double s = t * c;
  rotate(&a[p * n], &a[q * n], n, c, s);
  for (size_t i = 0; i < n; ++i) rotate(&a[i * n + p], &a[i * n + q], 1, c, s);
  rotate(&v[p * n], &v[q * n], n, c, s);
  a[p * n + q] = 0;
  a[q * n + p] = 0;
}

/// One rotation for each pair; false when all that is off the diagonal was negligible already.
bool sweep(Matrix& a, Matrix& v, size_t n, double negligible) {
  bool rotated = false;
  for (size_t p = 0; p + 1 < n; ++p) {
    for (size_t q = p + 1; q < n; ++q) {
      if (std::fabs(a[p * n + q]) <= negligible) continue;
      annihilate(a, v, n, p, q);
      rotated = true;
    }
  }
  return rotated;
}

Matrix product(const Matrix& a, std::span<const double> b, size_t n) {
  Matrix c(n * n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < n; ++k) {
      const double factor = a[i * n + k];
      for (size_t j = 0; j < n; ++j) c[i * n + j] += factor * b[k * n + j];
    }
  }
  return c;
}

double root(double eigenvalue) { return std::sqrt(std::max(eigenvalue, 0.0)); }

/// The symmetric root of a positive semidefinite matrix: sum of sqrt(l_i) v_i v_i'.
Matrix square_root(std::span<const double> matrix, size_t n) {
  const Eigen eigen = symmetric_eigen(matrix, static_cast<int64_t>(n));
  Matrix result(n * n);
  for (size_t e = 0; e < n; ++e) {
    const double* v = &eigen.vectors[e * n];
    for (size_t i = 0; i < n; ++i) {
      const double factor = root(eigen.values[e]) * v[i];
      for (size_t j = 0; j < n; ++j) result[i * n + j] += factor * v[j];
    }
  }
  return result;
}

double trace(std::span<const double> matrix, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += matrix[i * n + i];
  return sum;
}

}  // namespace

Eigen symmetric_eigen(std::span<const double> matrix, int64_t size) {
  const size_t n = square_size("eigenvalues", matrix, size);
  Matrix a(matrix.begin(), matrix.end());
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < i; ++j) a[j * n + i] = a[i * n + j];
  }
  Matrix v(n * n);
  for (size_t i = 0; i < n; ++i) v[i * n + i] = 1;
  double norm = 0;
  for (const double x : a) norm = std::hypot(norm, x);
  constexpr int most_sweeps = 60;  // convergence is quadratic: far fewer are ever needed
  for (int i = 0; i < most_sweeps && sweep(a, v, n, 1e-17 * norm); ++i) {
  }

  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return a[i * n + i]; });
  Eigen result{.values = {}, .vectors = {}};
  for (const size_t i : order) {
    result.values.push_back(a[i * n + i]);
    result.vectors.insert(result.vectors.end(), &v[i * n], &v[i * n] + n);
  }
  return result;
}

Gaussian::Gaussian(int64_t features) : features_(features) {
  if (features < 1 || features > 4096) {
    fail("gaussian", "the number of features must be 1..4096, not " + std::to_string(features));
  }
  const auto n = static_cast<size_t>(features);
  sums_.resize(n);
  products_.resize(n * n);
  row_.resize(n);
}

void Gaussian::add(std::span<const float> rows) {
  const auto n = static_cast<size_t>(features_);
  if (rows.size() % n != 0) {
    fail("gaussian", std::to_string(rows.size()) + " numbers are no rows of " +
                         std::to_string(features_) + " features");
  }
  if (origin_.empty() && !rows.empty()) origin_.assign(rows.begin(), rows.begin() + features_);
  for (; !rows.empty(); rows = rows.subspan(n)) {
    for (size_t i = 0; i < n; ++i) {
      row_[i] = double{rows[i]} - origin_[i];
      sums_[i] += row_[i];
      for (size_t j = 0; j <= i; ++j) products_[i * n + j] += row_[i] * row_[j];
    }
    ++count_;
  }
}

std::vector<double> Gaussian::mean() const {
  if (count_ < 1) fail("gaussian", "no rows were added");
  std::vector<double> mean = origin_;
  for (size_t i = 0; i < mean.size(); ++i) mean[i] += sums_[i] / static_cast<double>(count_);
  return mean;
}

std::vector<double> Gaussian::covariance() const {
  if (count_ < 2) {
    fail("gaussian", "a covariance needs two rows, not " + std::to_string(count_));
  }
  const auto n = static_cast<size_t>(features_);
  const auto rows = static_cast<double>(count_);
  std::vector<double> covariance(n * n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      const double value = (products_[i * n + j] - sums_[i] * sums_[j] / rows) / (rows - 1);
      covariance[i * n + j] = value;
      covariance[j * n + i] = value;
    }
  }
  return covariance;
}

double frechet_distance(std::span<const double> mean1, std::span<const double> covariance1,
                        std::span<const double> mean2, std::span<const double> covariance2) {
  if (mean1.size() != mean2.size()) {
    fail("frechet distance",
         std::to_string(mean1.size()) + " features against " + std::to_string(mean2.size()));
  }
  const auto size = static_cast<int64_t>(mean1.size());
  const size_t n = square_size("frechet distance", covariance1, size);
  (void)square_size("frechet distance", covariance2, size);
  double between = 0;
  for (size_t i = 0; i < n; ++i) between += (mean1[i] - mean2[i]) * (mean1[i] - mean2[i]);

  // C1 C2 has the eigenvalues of the symmetric C1^(1/2) C2 C1^(1/2), whatever is singular.
  const Matrix root1 = square_root(covariance1, n);
  const Matrix inner = product(product(root1, covariance2, n), root1, n);
  double roots = 0;
  for (const double value : symmetric_eigen(inner, size).values) roots += root(value);
  return std::max(0.0, between + trace(covariance1, n) + trace(covariance2, n) - 2 * roots);
}

double frechet_distance(const Gaussian& a, const Gaussian& b) {
  return frechet_distance(a.mean(), a.covariance(), b.mean(), b.covariance());
}

}  // namespace rivulet::metrics
