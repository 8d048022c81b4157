// Nearest neighbours against plain loops; precision, recall and memorisation by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/metrics/manifold.h"
#include "rivulet/metrics/neighbours.h"

using namespace rivulet;
using namespace rivulet::metrics;

namespace {

std::vector<float> normal(size_t n, uint64_t seed, float shift = 0) {
  std::vector<float> x(n);
  Rng(seed).normal(x);
  for (float& value : x) value += shift;
  return x;
}

/// Points of a line.
Rows line(const std::vector<float>& points) { return rows_of(points, 1); }

}  // namespace

TEST_SUITE_BEGIN("manifold");

TEST_CASE("neighbours: agree with plain loops on every device, over many chunks") {
  constexpr int64_t dims = 7;
  // Far from zero, where |a|^2 - 2ab + |b|^2 itself would have no digits left.
  const std::vector<float> queries = normal(dims * 300, 1, 1000);
  const std::vector<float> set = normal(dims * 2500, 2, 1000);
  std::vector<std::vector<std::pair<double, int64_t>>> expected(300);
  for (size_t q = 0; q < 300; ++q) {
    for (size_t s = 0; s < 2500; ++s) {
      double squared = 0;
      for (size_t i = 0; i < dims; ++i) {
        squared += std::pow(double{queries[q * dims + i]} - double{set[s * dims + i]}, 2);
      }
      expected[q].emplace_back(std::sqrt(squared), s);
    }
    std::ranges::sort(expected[q]);
  }
  for (const Device* device : devices()) {
    CAPTURE(device->name);
    const Neighbours near = nearest(rows_of(queries, dims), rows_of(set, dims), {.k = 3}, *device);
    REQUIRE(near.index.size() == 900);
    for (size_t i = 0; i < 900; ++i) {
      CHECK(near.index[i] == expected[i / 3][i % 3].second);
      CHECK(near.distance[i] == doctest::Approx(expected[i / 3][i % 3].first).epsilon(1e-6));
    }
  }
}

TEST_CASE("neighbours: on a line, with itself, without itself, with a bias") {
  const std::vector<float> points{0, 1, 3, 10};
  const Neighbours with = nearest(line(points), line(points), {.k = 2}, cpu_device());
  CHECK(with.index == std::vector<int64_t>{0, 1, 1, 0, 2, 1, 3, 2});
  CHECK(with.distance == std::vector<float>{0, 1, 0, 1, 0, 2, 0, 7});
  const Neighbours without =
      nearest(line(points), line(points), {.k = 1, .leave_itself_out = true}, cpu_device());
  CHECK(without.index == std::vector<int64_t>{1, 0, 1, 2});
  CHECK(without.distance == std::vector<float>{1, 1, 2, 7});
  const std::vector<float> bias{0, 0, 0, -200};
  const Neighbours biased = nearest(line(points), line(points), {.bias = bias}, cpu_device());
  CHECK(biased.index == std::vector<int64_t>{3, 3, 3, 3});
  CHECK(nearest(line({}), line(points), {}, cpu_device()).index.empty());
}

TEST_CASE("neighbours: what does not fit is an error") {
  const std::vector<float> three{1, 2, 3};
  const std::vector<float> bad{1, std::numeric_limits<float>::quiet_NaN(), 3};
  const auto search = [](const Rows& queries, const Rows& set, const Search& how) {
    (void)nearest(queries, set, how, cpu_device());
  };
  CHECK_THROWS_AS((void)rows_of(three, 2), Error);
  CHECK_THROWS_AS(search(rows_of(three, 3), line(three), {}), Error);
  CHECK_THROWS_AS(search(line(three), line(three), {.k = 4}), Error);
  CHECK_THROWS_AS(search(line(three), line(three), {.k = 0}), Error);
  CHECK_THROWS_AS(search(line(three), line(three), {.k = 3, .leave_itself_out = true}), Error);
  CHECK_THROWS_AS(search(line({1}), line(three), {.leave_itself_out = true}), Error);
  CHECK_THROWS_AS(search(line(three), line(three), {.bias = std::span(bad).first(2)}), Error);
  CHECK_THROWS_AS(search(line(bad), line(three), {}), Error);
}

TEST_CASE("manifold: precision and recall by hand") {
  // Radii to the nearest other point: 1 1 1 6, so the data's manifold is [-1,3] and [2,14].
  const std::vector<float> data{0, 1, 2, 8};
  const Manifold manifold(line(data), 1, cpu_device());
  CHECK(std::vector<float>(manifold.radii().begin(), manifold.radii().end()) ==
        std::vector<float>{1, 1, 1, 6});
  CHECK(manifold.holds(line({-1})) == 1);  // the edge belongs to it
  CHECK(manifold.holds(line({-1.01F})) == 0);
  CHECK(manifold.holds(line({14, 14.01F, 0.5F, 5})) == 0.75F);
  CHECK(manifold.holds(line(data)) == 1);

  // Samples 0.5 and 0.75 hold 0.25..1 about them, of the data the point 1 alone.
  const std::vector<float> samples{0.5F, 0.75F};
  const PrecisionRecall score =
      precision_recall(manifold, line(data), line(samples), 1, cpu_device());
  CHECK(score.precision == 1);
  CHECK(score.recall == 0.25F);
  CHECK_THROWS_AS((void)Manifold(line({1, 2, 3}), 3, cpu_device()), Error);
  CHECK_THROWS_AS((void)manifold.holds(line({})), Error);
}

TEST_CASE("manifold: a set covers itself, a far one is out, half of the modes is half the recall") {
  constexpr int64_t dims = 16;
  const auto data = normal(dims * 600, 1);
  const auto far = normal(dims * 600, 2, 50);
  const Manifold manifold(rows_of(data, dims), 3, cpu_device());
  CHECK(manifold.holds(rows_of(data, dims)) == 1);
  CHECK(manifold.holds(rows_of(far, dims)) == 0);
  std::vector<float> both = data;
  both.insert(both.end(), far.begin(), far.end());
  const Manifold two_modes(rows_of(both, dims), 3, cpu_device());
  const PrecisionRecall one =
      precision_recall(two_modes, rows_of(both, dims), rows_of(data, dims), 3, cpu_device());
  CHECK(one.precision == 1);
  CHECK(one.recall == 0.5F);
}

TEST_CASE("memorisation: copies lie at distance 0, pictures are compared in [-1,1]") {
  data::Pictures training;
  training.side = 2;
  training.channels = 1;
  for (int i = 0; i < 40; ++i) {
    for (int p = 0; p < 4; ++p) training.pixels.push_back(static_cast<uint8_t>(6 * i));
  }
  const Rows rows = rows_of(training);
  CHECK(rows.count == 40);
  CHECK(rows.columns == 4);
  const NearestDistances copies = nearest_distances(rows, rows, cpu_device());
  CHECK(copies.median == 0);
  CHECK(copies.first_percentile == 0);
  // Each held-out picture lies 3 grey levels of 127.5 from one of the training set in 4 pixels.
  data::Pictures held_out = training;
  for (uint8_t& pixel : held_out.pixels) pixel = static_cast<uint8_t>(pixel + 3);
  const NearestDistances fresh = nearest_distances(rows_of(held_out), rows, cpu_device());
  CHECK(fresh.median == doctest::Approx(2 * 3 / 127.5));
  CHECK(fresh.first_percentile == doctest::Approx(2 * 3 / 127.5));
}

TEST_CASE("quantile: linear between values") {
  CHECK(quantile({3, 1, 2}, 0.5) == 2);
  CHECK(quantile({4, 1, 2, 3}, 0.5) == 2.5F);
  CHECK(quantile({4, 1, 2, 3}, 0) == 1);
  CHECK(quantile({4, 1, 2, 3}, 1) == 4);
  CHECK(quantile({7}, 0.01) == 7);
  CHECK_THROWS_AS((void)quantile({}, 0.5), Error);
  CHECK_THROWS_AS((void)quantile({1}, 1.5), Error);
}

TEST_SUITE_END();
