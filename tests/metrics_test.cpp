#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/metrics/points.h"

using namespace rivulet;
using namespace rivulet::metrics;

namespace {

std::vector<float> gaussian(size_t n, uint64_t seed, float scale = 1, float dx = 0, float dy = 0) {
  std::vector<float> xy(2 * n);
  Rng rng(seed);
  rng.normal(xy);
  for (size_t i = 0; i < n; ++i) {
    xy[2 * i] = scale * xy[2 * i] + dx;
    xy[2 * i + 1] = scale * xy[2 * i + 1] + dy;
  }
  return xy;
}

/// The definition, by std::sort and in double.
double sliced_by_definition(const std::vector<float>& a, const std::vector<float>& b,
                            int directions) {
  double sum = 0;
  const size_t n = a.size() / 2;
  for (int k = 0; k < directions; ++k) {
    const double angle = std::numbers::pi * k / directions;
    const auto projected = [&](const std::vector<float>& xy) {
      std::vector<double> row(n);
      for (size_t i = 0; i < n; ++i)
        row[i] = xy[2 * i] * std::cos(angle) + xy[2 * i + 1] * std::sin(angle);
      std::ranges::sort(row);
      return row;
    };
    const auto p = projected(a);
    const auto q = projected(b);
    for (size_t i = 0; i < n; ++i) sum += (p[i] - q[i]) * (p[i] - q[i]);
  }
  return std::sqrt(sum / static_cast<double>(n) / directions);
}

/// Modified Bessel function of the first kind by its series.
double bessel_i(int order, double x) {
  double term = order == 0 ? 1.0 : 0.5 * x;
  double sum = term;
  for (int k = 1; k < 60; ++k) {
    term *= 0.25 * x * x / (k * (k + order));
    sum += term;
  }
  return sum;
}

/// E|Z| for Z ~ N(m, s^2 I) in the plane (Rice): s sqrt(pi/2) L_{1/2}(-m^2 / (2 s^2)).
double mean_length(double m, double s) {
  const double x = m * m / (2.0 * s * s);
  return s * std::sqrt(std::numbers::pi / 2.0) * std::exp(-0.5 * x) *
         ((1.0 + x) * bessel_i(0, 0.5 * x) + x * bessel_i(1, 0.5 * x));
}

}  // namespace

TEST_SUITE_BEGIN("metrics");

TEST_CASE("sliced wasserstein: a translation by m is |m| / sqrt 2, exactly") {
  const std::vector<float> a = gaussian(1000, 1);
  for (const auto& [dx, dy] : {std::pair{0.5F, 0.0F}, {0.0F, -2.0F}, {3.0F, 4.0F}}) {
    std::vector<float> b = a;
    for (size_t i = 0; i < b.size(); i += 2) {
      b[i] += dx;
      b[i + 1] += dy;
    }
    const double expected = std::hypot(dx, dy) / std::sqrt(2.0);
    CHECK(sliced_wasserstein2(a, b) == doctest::Approx(expected).epsilon(1e-5));
    CHECK(sliced_wasserstein2(a, b, 7) == doctest::Approx(expected).epsilon(1e-5));
  }
  CHECK(sliced_wasserstein2(a, a) == 0.0F);
}

TEST_CASE("sliced wasserstein: a scaling by s is |s - 1| rms / sqrt 2, exactly") {
  const std::vector<float> a = gaussian(1000, 2);
  double square = 0;
  for (const float x : a) square += static_cast<double>(x) * x / 1000.0;
  for (const float s : {0.0F, 0.5F, 3.0F}) {
    std::vector<float> b = a;
    for (float& x : b) x *= s;
    CHECK(sliced_wasserstein2(a, b) ==
          doctest::Approx(std::abs(s - 1.0) * std::sqrt(square / 2.0)).epsilon(1e-5));
  }
}

TEST_CASE("sliced wasserstein: sorting moves no bit of a number") {
  // Of one point along one direction it is the difference itself, whatever the signs.
  for (const auto& [x, y] : {std::pair{1.0F, 0.5F}, {-1.0F, -0.5F}, {0.75F, -0.25F}}) {
    CHECK(sliced_wasserstein2(std::vector<float>{x, 9}, std::vector<float>{y, 9}, 1) ==
          std::abs(x - y));
    CHECK(sliced_wasserstein2(std::vector<float>{y, 9}, std::vector<float>{x, 9}, 1) ==
          std::abs(x - y));
  }
}

TEST_CASE("sliced wasserstein: two Gaussians with means m apart and scales s and t") {
  // In every direction W2^2 = <u,m>^2 + (s-t)^2; 4096 points are good for two digits.
  const float floor = sliced_wasserstein2(gaussian(4096, 3), gaussian(4096, 4));
  CHECK(floor < 0.08F);
  const float d = sliced_wasserstein2(gaussian(4096, 3), gaussian(4096, 4, 1.5F, 1.0F, 1.0F));
  CHECK(d == doctest::Approx(std::sqrt(1.0 + 0.25)).epsilon(0.03));
}

TEST_CASE("sliced wasserstein: agrees with its definition, whatever the order and the ties") {
  for (const size_t n : {1U, 2U, 3U, 31U, 257U}) {
    std::vector<float> a = gaussian(n, 5);
    std::vector<float> b = gaussian(n, 6, 2.0F, -1.0F);
    for (size_t i = 0; i < n / 2; ++i)
      a[i] = 0.25F * std::round(4.0F * a[i]);  // ties, signed zeros
    const double expected = sliced_by_definition(a, b, 16);
    CHECK(sliced_wasserstein2(a, b, 16) == doctest::Approx(expected).epsilon(1e-5));
    CHECK(sliced_wasserstein2(b, a, 16) == doctest::Approx(expected).epsilon(1e-5));
    std::vector<float> reversed;
    for (size_t i = n; i-- > 0;) reversed.insert(reversed.end(), {b[2 * i], b[2 * i + 1]});
    CHECK(sliced_wasserstein2(a, reversed, 16) == sliced_wasserstein2(a, b, 16));
    SlicedWasserstein2 to_a(a, 16);
    CHECK(to_a(b) == sliced_wasserstein2(a, b, 16));
    CHECK(to_a(a) == 0.0F);
  }
  // Magnitudes from 1e-30 to 1e15 sort as well.
  std::vector<float> wide;
  for (int i = 0; i < 90; ++i)
    wide.push_back(std::pow(10.0F, static_cast<float>(i / 2 - 30)) * (i % 4 < 2 ? 1.0F : -1.0F));
  const std::vector<float> zero(wide.size());
  CHECK(sliced_wasserstein2(wide, zero, 4) ==
        doctest::Approx(sliced_by_definition(wide, zero, 4)).epsilon(1e-5));
}

TEST_CASE("sliced wasserstein: a diverged sample is not a number, a wrong size is an error") {
  const std::vector<float> a = gaussian(100, 7);
  std::vector<float> b = a;
  b[17] = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(sliced_wasserstein2(a, b)));
  CHECK_THROWS_AS((void)sliced_wasserstein2(a, std::span(a).first(50)), Error);
  CHECK_THROWS_AS((void)sliced_wasserstein2(std::span(a).first(3), std::span(a).first(3)), Error);
  CHECK_THROWS_AS((void)sliced_wasserstein2({}, {}), Error);
  CHECK_THROWS_AS((void)sliced_wasserstein2(a, a, 0), Error);
}

TEST_CASE("energy distance: two points, by hand") {
  const std::vector<float> a{0, 0, 0, 0};
  const std::vector<float> b{3, 4, 3, 4};
  CHECK(energy_distance(a, b) == doctest::Approx(10.0));
  const std::vector<float> c{0, 0, 0, 2};  // 2 (5 + sqrt 13)/2 - 0 - 2
  CHECK(energy_distance(c, b) == doctest::Approx(5.0 + std::sqrt(13.0) - 2.0));
}

TEST_CASE("energy distance: two Gaussians in closed form") {
  const double m = 2.0;
  const double within = mean_length(0.0, std::sqrt(2.0));
  CHECK(within == doctest::Approx(std::sqrt(std::numbers::pi)));
  const double expected = 2.0 * mean_length(m, std::sqrt(2.0)) - 2.0 * within;
  CHECK(energy_distance(gaussian(2003, 8), gaussian(1999, 9, 1, 2)) ==
        doctest::Approx(expected).epsilon(0.05));
  const double wide =
      2.0 * mean_length(0.0, std::sqrt(5.0)) - within - mean_length(0.0, std::sqrt(8.0));
  CHECK(energy_distance(gaussian(2000, 8), gaussian(2000, 9, 2)) ==
        doctest::Approx(wide).epsilon(0.08));
}

TEST_CASE("mmd: the kernel of two points is the exponential to five digits") {
  const std::vector<float> far = {1000, 0, 2000, 0};  // of no weight
  for (int i = 1; i <= 40; ++i) {
    const float d = 0.1F * static_cast<float>(i);
    CHECK(mmd2(std::vector<float>{0, 0, d, 0}, far, 1) ==
          doctest::Approx(std::exp(-0.5 * double{d} * d)).scale(0).epsilon(2e-5));
  }
}

TEST_CASE("mmd: two Gaussians in closed form") {
  // E k(X,Y) for X - Y ~ N(m, v I): h^2/(h^2+v) exp(-m^2 / (2 (h^2+v))).
  for (const double h : {0.5, 1.0, 2.0}) {
    const double same = h * h / (h * h + 2.0);
    const double expected = 2.0 * same - 2.0 * same * std::exp(-1.0 / (2.0 * (h * h + 2.0)));
    const float measured =
        mmd2(gaussian(3001, 10), gaussian(2999, 11, 1, 0, 1), static_cast<float>(h));
    CHECK(measured == doctest::Approx(expected).epsilon(0.15));
  }
  const std::vector<float> a{0, 0, 0, 0};
  const std::vector<float> b{3, 4, 3, 4};
  for (const double h : {0.2, 1.0, 3.0, 30.0}) {
    CHECK(mmd2(a, b, static_cast<float>(h)) ==
          doctest::Approx(2.0 - 2.0 * std::exp(-12.5 / (h * h))).epsilon(1e-5));
  }
}

TEST_CASE("energy distance and mmd: without bias, zero on average between equal distributions") {
  double energy = 0;
  double energy_squares = 0;
  double mmd = 0;
  double mmd_squares = 0;
  const int trials = 60;
  for (int i = 0; i < trials; ++i) {
    const auto a = gaussian(50, static_cast<uint64_t>(100 + 2 * i));
    const auto b = gaussian(50, static_cast<uint64_t>(101 + 2 * i));
    const double e = energy_distance(a, b);
    const double k = mmd2(a, b);
    energy += e / trials;
    energy_squares += e * e / trials;
    mmd += k / trials;
    mmd_squares += k * k / trials;
  }
  CHECK(std::abs(energy) < 3.0 * std::sqrt(energy_squares / trials));
  CHECK(std::abs(mmd) < 3.0 * std::sqrt(mmd_squares / trials));
  CHECK(energy_squares > 0.0);
}

TEST_CASE("energy distance and mmd: divergence shows, too few points are an error") {
  const std::vector<float> a = gaussian(100, 12);
  std::vector<float> b = a;
  b[30] = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(energy_distance(a, b)));
  CHECK(std::isnan(mmd2(a, b)));
  CHECK(std::isnan(mmd2(b, a)));
  CHECK_THROWS_AS((void)energy_distance(a, std::span(a).first(2)), Error);
  CHECK_THROWS_AS((void)mmd2(std::span(a).first(5), a), Error);
  CHECK_THROWS_AS((void)mmd2(a, a, 0.0F), Error);
}

TEST_CASE("coverage: modes held, and samples on modes") {
  const data::Target2d target(data::Shape2d::eight_gaussians);
  std::vector<float> xy(8000);
  Rng rng(1);
  target.sample(rng, xy);
  const Coverage all = mode_coverage(xy, target.modes());
  CHECK(all.covered == 8);
  CHECK(all.modes == 8);
  CHECK(all.on_mode > 0.95F);

  std::vector<float> mean(8000);
  CHECK(mode_coverage(mean, target.modes()).covered == 0);
  CHECK(mode_coverage(mean, target.modes()).on_mode == 0.0F);

  // A fifth of the fair share is enough: 100 of 4000 at a mode, 99 are not.
  const std::vector<data::Point> modes = target.modes();
  for (const auto& [held, covered] : {std::pair{100, 2}, {99, 1}}) {
    std::vector<float> two;
    for (int i = 0; i < 4000; ++i) {
      const data::Point m = i < held ? modes[3] : modes[5];
      two.insert(two.end(), {m.x, m.y});
    }
    const Coverage some = mode_coverage(two, modes);
    CHECK(some.covered == covered);
    CHECK(some.on_mode == 1.0F);
  }
  CHECK(mode_coverage(xy, {}).modes == 0);
  CHECK(mode_coverage({}, modes).covered == 0);
  xy[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(mode_coverage(xy, modes).covered == 8);
}

TEST_SUITE_END();
