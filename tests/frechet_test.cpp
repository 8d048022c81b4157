// Eigenvalues, Gaussians and their Frechet distance against closed forms.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/metrics/frechet.h"

using namespace rivulet;
using metrics::Eigen;
using metrics::frechet_distance;
using metrics::Gaussian;

namespace {

using Matrix = std::vector<double>;

std::vector<float> normal(size_t n, uint64_t seed) {
  std::vector<float> x(n);
  Rng(seed).normal(x);
  return x;
}

/// A rotation of n axes: many plane rotations by angles of a seed.
Matrix rotation(size_t n, uint64_t seed) {
  Matrix r(n * n);
  for (size_t i = 0; i < n; ++i) r[i * n + i] = 1;
  Rng rng(seed);
  for (size_t p = 0; p < n; ++p) {
    for (size_t q = p + 1; q < n; ++q) {
      const double angle = 2 * std::numbers::pi * double{rng.uniform()};
      for (size_t i = 0; i < n; ++i) {
        const double x = r[p * n + i];
        const double y = r[q * n + i];
        r[p * n + i] = std::cos(angle) * x - std::sin(angle) * y;
        r[q * n + i] = std::sin(angle) * x + std::cos(angle) * y;
      }
    }
  }
  return r;
}

/// r' diag(values) r
Matrix with_eigenvalues(const std::vector<double>& values, const Matrix& r) {
  const size_t n = values.size();
  Matrix a(n * n);
  for (size_t e = 0; e < n; ++e) {
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) a[i * n + j] += values[e] * r[e * n + i] * r[e * n + j];
    }
  }
  return a;
}

void check_eigen(const Matrix& a, const Eigen& eigen) {
  const size_t n = eigen.values.size();
  for (size_t e = 0; e < n; ++e) {
    const double* v = &eigen.vectors[e * n];
    for (size_t i = 0; i < n; ++i) {
      double av = 0;
      double unit = 0;
      for (size_t j = 0; j < n; ++j) {
        av += a[i * n + j] * v[j];
        unit += eigen.vectors[i * n + j] * v[j];
      }
      CHECK(std::fabs(av - eigen.values[e] * v[i]) < 1e-12);
      CHECK(std::fabs(unit - (i == e ? 1.0 : 0.0)) < 1e-12);
    }
  }
}

}  // namespace

TEST_SUITE_BEGIN("frechet");

TEST_CASE("eigenvalues: known systems") {
  const Matrix two{2, 1, 1, 2};
  const Eigen small = metrics::symmetric_eigen(two, 2);
  CHECK(small.values[0] == doctest::Approx(1));
  CHECK(small.values[1] == doctest::Approx(3));
  check_eigen(two, small);
  CHECK(metrics::symmetric_eigen(Matrix{-7}, 1).values == std::vector<double>{-7});

  // The second difference of n points: 2 - 2 cos(pi k / (n+1)).
  constexpr size_t n = 40;
  Matrix string(n * n);
  for (size_t i = 0; i < n; ++i) {
    string[i * n + i] = 2;
    if (i > 0) string[i * n + i - 1] = string[(i - 1) * n + i] = -1;
  }
  const Eigen waves = metrics::symmetric_eigen(string, n);
  for (size_t k = 0; k < n; ++k) {
    const double angle = std::numbers::pi * static_cast<double>(k + 1) / (n + 1);
    CHECK(waves.values[k] == doctest::Approx(2 - 2 * std::cos(angle)).epsilon(1e-12));
  }
  check_eigen(string, waves);
}

TEST_CASE("eigenvalues: repeated, zero and of many magnitudes") {
  const std::vector<double> values{0, 0, 0, 1e-9, 1e-4, 0.5, 0.5, 0.5, 1, 1, 2, 3};
  const Matrix a = with_eigenvalues(values, rotation(values.size(), 3));
  const Eigen eigen = metrics::symmetric_eigen(a, static_cast<int64_t>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) CHECK(std::fabs(eigen.values[i] - values[i]) < 1e-13);
  check_eigen(a, eigen);
  for (const double value : metrics::symmetric_eigen(Matrix(25), 5).values) CHECK(value == 0);
}

TEST_CASE("eigenvalues: what is no finite square is an error") {
  CHECK_THROWS_AS((void)metrics::symmetric_eigen(Matrix(6), 2), Error);
  CHECK_THROWS_AS((void)metrics::symmetric_eigen(Matrix{}, 0), Error);
  CHECK_THROWS_AS(
      (void)metrics::symmetric_eigen(Matrix{std::numeric_limits<double>::quiet_NaN()}, 1), Error);
}

TEST_CASE("gaussian: mean and covariance of rows, whatever the pieces and the offset") {
  Gaussian whole(2);
  whole.add(std::vector<float>{1, 2, 3, 6, 5, 1});  // columns 1 3 5 and 2 6 1
  CHECK(whole.mean() == std::vector<double>{3, 3});
  CHECK(whole.covariance() == std::vector<double>{4, -1, -1, 7});

  // Rows 10^4 deviations away from zero lose no digits.
  const std::vector<float> rows = normal(300, 1);
  Gaussian near(3);
  near.add(rows);
  Gaussian far(3);
  for (size_t i = 0; i < rows.size(); i += 3) {
    far.add(std::vector<float>{rows[i] + 8192, rows[i + 1] + 8192, rows[i + 2] + 8192});
  }
  CHECK(far.count() == 100);
  for (size_t i = 0; i < 9; ++i) {
    CHECK(far.covariance()[i] == doctest::Approx(near.covariance()[i]).epsilon(2e-3));
  }
  CHECK_THROWS_AS(far.add(std::vector<float>(4)), Error);
  CHECK_THROWS_AS((void)Gaussian(3).mean(), Error);
  CHECK_THROWS_AS(Gaussian(0), Error);
  Gaussian one(2);
  one.add(std::vector<float>{1, 2});
  CHECK_THROWS_AS((void)one.covariance(), Error);
}

TEST_CASE("frechet distance: axis-parallel Gaussians in closed form") {
  // |m|^2 + sum (s - t)^2 of standard deviations.
  const std::vector<double> zero(3);
  const std::vector<double> m{1, -2, 0.5};
  const Matrix a{4, 0, 0, 0, 1, 0, 0, 0, 0.25};
  const Matrix b{1, 0, 0, 0, 9, 0, 0, 0, 0.25};
  CHECK(frechet_distance(zero, a, m, b) == doctest::Approx(5.25 + 1 + 4).epsilon(1e-12));
  CHECK(frechet_distance(zero, a, m, a) == doctest::Approx(5.25).epsilon(1e-12));
}

TEST_CASE("frechet distance: rotated Gaussians that commute, in closed form") {
  const std::vector<double> s{0.1, 0.5, 1, 2, 3, 0.7};
  const std::vector<double> t{0.4, 0.5, 3, 1, 2, 0};
  const Matrix r = rotation(6, 5);
  std::vector<double> s2;
  std::vector<double> t2;
  double expected = 0;
  for (size_t i = 0; i < 6; ++i) {
    s2.push_back(s[i] * s[i]);
    t2.push_back(t[i] * t[i]);
    expected += (s[i] - t[i]) * (s[i] - t[i]);
  }
  const std::vector<double> zero(6);
  CHECK(frechet_distance(zero, with_eigenvalues(s2, r), zero, with_eigenvalues(t2, r)) ==
        doctest::Approx(expected).epsilon(1e-7));
}

TEST_CASE("frechet distance: two Gaussians of the plane that do not commute, in closed form") {
  // tr (C1 C2)^(1/2) of 2x2 matrices is sqrt(tr C1 C2 + 2 sqrt(det C1 C2)).
  const Matrix a{2, 0.5, 0.5, 1};
  const Matrix b{1, -0.7, -0.7, 3};
  const double product_trace = 2 * 1 + 2 * 0.5 * -0.7 + 1 * 3;
  const double determinants = (2 - 0.25) * (3 - 0.49);
  const double expected = 3 + 4 - 2 * std::sqrt(product_trace + 2 * std::sqrt(determinants));
  const std::vector<double> zero(2);
  CHECK(frechet_distance(zero, a, zero, b) == doctest::Approx(expected).epsilon(1e-12));
  CHECK(frechet_distance(zero, b, zero, a) == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("frechet distance: equal sets give 0, symmetric, singular covariances too") {
  // 20 rows of 32 features: a covariance of rank 19.
  Gaussian a(32);
  a.add(normal(640, 1));
  Gaussian b(32);
  b.add(normal(640, 2));
  CHECK(frechet_distance(a, a) < 1e-5);
  CHECK(frechet_distance(a, b) > 1);
  CHECK(frechet_distance(a, b) == doctest::Approx(frechet_distance(b, a)).epsilon(1e-6));
  // Points: only the means differ.
  const std::vector<double> zero(2);
  const std::vector<double> away{3, 4};
  CHECK(frechet_distance(zero, Matrix(4), away, Matrix(4)) == doctest::Approx(25));
}

TEST_CASE("frechet distance: samples of two Gaussians come near the closed form") {
  constexpr size_t n = 20000;
  const std::vector<float> xs = normal(2 * n, 7);
  const std::vector<float> ys = normal(2 * n, 8);
  Gaussian a(2);
  a.add(xs);
  Gaussian b(2);
  for (size_t i = 0; i < 2 * n; i += 2) {
    b.add(std::vector<float>{2 * ys[i] + 1, 0.5F * ys[i + 1] - 1});
  }
  CHECK(frechet_distance(a, b) == doctest::Approx(2 + 1 + 0.25).epsilon(0.02));
}

TEST_CASE("frechet distance: sizes that differ are an error") {
  const std::vector<double> two(2);
  const std::vector<double> three(3);
  CHECK_THROWS_AS((void)frechet_distance(two, Matrix(4), three, Matrix(9)), Error);
  CHECK_THROWS_AS((void)frechet_distance(two, Matrix(4), two, Matrix(9)), Error);
  Matrix diverged(4);
  diverged[3] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS((void)frechet_distance(two, Matrix(4), two, diverged), Error);
}

TEST_SUITE_END();
