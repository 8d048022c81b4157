#include "rivulet/core/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

using rivulet::philox;
using rivulet::Rng;

namespace {

using Block = std::array<uint32_t, 4>;

std::vector<float> normals(Rng rng, size_t n) {
  std::vector<float> values(n);
  rng.normal(values);
  return values;
}

double correlation(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

/// Pearson's statistic less its mean, in standard deviations, for equal expectations.
double chi_square_excess(const std::vector<int>& counts, size_t total) {
  const double expected = static_cast<double>(total) / static_cast<double>(counts.size());
  double statistic = 0;
  for (const int count : counts) statistic += (count - expected) * (count - expected) / expected;
  const auto freedom = static_cast<double>(counts.size() - 1);
  return (statistic - freedom) / std::sqrt(2.0 * freedom);
}

}  // namespace

TEST_SUITE_BEGIN("random");

TEST_CASE("philox: known answers of the Random123 distribution") {
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("rng: words are the blocks of the counter (position, stream) under the key seed") {
  const uint64_t seed = 0x0123456789abcdefULL;
  const uint64_t stream = 0xfedcba9876543210ULL;
  Rng rng(seed, stream);
  for (uint32_t block = 0; block < 5; ++block) {
    const Block expected = philox({block, 0, 0x76543210, 0xfedcba98}, {0x89abcdef, 0x01234567});
    for (const uint32_t word : expected) CHECK(rng.bits() == word);
  }
}

TEST_CASE("rng: any position can be sought") {
  Rng straight(7, 3);
  std::vector<uint32_t> words(50);
  for (uint32_t& word : words) word = straight.bits();
  CHECK(straight.position() == 50);
  Rng jumping(7, 3);
  for (const size_t at : {49U, 0U, 3U, 4U, 17U, 16U, 18U}) {
    jumping.seek(at);
    CHECK(jumping.bits() == words[at]);
  }
  jumping.seek((uint64_t{1} << 34) + 1);  // block 2^32: the counter's second word
  const Block far = philox({0, 1, 3, 0}, {7, 0});
  CHECK(jumping.bits() == far[1]);
}

TEST_CASE("rng: spans of any length and start agree with one another") {
  // Two words make two values of a span, so a span may be cut after any even number of values.
  const std::vector<float> whole = normals(Rng(11), 600);
  for (const size_t cut : {2U, 4U, 6U, 38U, 66U, 198U, 598U}) {
    Rng rng(11);
    std::vector<float> parts(600);
    rng.normal(std::span(parts).first(cut));
    rng.normal(std::span(parts).subspan(cut));
    CHECK(parts == whole);
    CHECK(rng.position() == 600);
  }
  for (uint32_t start = 0; start < 8; ++start) {
    Rng one(5);
    Rng many(5);
    one.seek(start);
    many.seek(start);
    std::vector<float> values(701);
    many.uniform(values);
    for (const float value : values) REQUIRE(value == one.uniform());
    CHECK(many.position() == one.position());
    many.normal(std::span(values).first(699));
    for (size_t i = 0; i + 1 < 699; i += 2) REQUIRE(values[i] == one.normal());
    CHECK(values[698] == one.normal());
    CHECK(many.position() == one.position());
  }
}

TEST_CASE("rng: uniform is in [0,1) and even") {
  Rng rng(1);
  std::vector<int> counts(1000);
  for (int i = 0; i < 200000; ++i) {
    const float u = rng.uniform();
    REQUIRE(u >= 0.0F);
    REQUIRE(u < 1.0F);
    ++counts[static_cast<size_t>(u * 1000.0F)];
  }
  CHECK(std::abs(chi_square_excess(counts, 200000)) < 4.0);
}

TEST_CASE("rng: below is even and within bounds") {
  Rng rng(2);
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts.at(rng.below(7));
  CHECK(std::abs(chi_square_excess(counts, 70000)) < 4.0);
  CHECK(rng.below(1) == 0);
}

TEST_CASE("rng: normal has the moments and the distribution function of N(0,1)") {
  const size_t n = 400000;
  std::vector<float> values = normals(Rng(3), n);
  double m1 = 0;
  double m2 = 0;
  double m3 = 0;
  double m4 = 0;
  for (const double x : values) {
    m1 += x;
    m2 += x * x;
    m3 += x * x * x;
    m4 += x * x * x * x;
  }
  const auto count = static_cast<double>(n);
  const double root = std::sqrt(count);
  CHECK(std::abs(m1 / count) < 4.0 / root);
  CHECK(std::abs(m2 / count - 1.0) < 4.0 * std::sqrt(2.0) / root);
  CHECK(std::abs(m3 / count) < 4.0 * std::sqrt(15.0) / root);
  CHECK(std::abs(m4 / count - 3.0) < 4.0 * std::sqrt(96.0) / root);
  CHECK(*std::ranges::max_element(values) < 6.0F);

  std::ranges::sort(values);  // Kolmogorov and Smirnov; 1.63 is exceeded once in a hundred
  double worst = 0;
  for (size_t i = 0; i < n; ++i) {
    const double cdf = 0.5 * std::erfc(-static_cast<double>(values[i]) / std::sqrt(2.0));
    worst = std::max(
        {worst, cdf - static_cast<double>(i) / count, static_cast<double>(i + 1) / count - cdf});
  }
  CHECK(worst * root < 1.63);
}

TEST_CASE("rng: Box-Muller's twins and neighbours are uncorrelated, squares too") {
  const std::vector<float> values = normals(Rng(4), 200000);
  for (const size_t lag : {1U, 2U, 3U, 4U}) {
    std::vector<float> head(values.begin(), values.end() - static_cast<long>(lag));
    std::vector<float> tail(values.begin() + static_cast<long>(lag), values.end());
    CHECK(std::abs(correlation(head, tail)) < 4.0 / std::sqrt(200000.0));
    for (float& x : head) x = x * x - 1.0F;
    for (float& x : tail) x = x * x - 1.0F;
    CHECK(std::abs(correlation(head, tail)) < 4.0 / std::sqrt(200000.0));
  }
}

TEST_CASE("rng: normal is Box-Muller's formula to float accuracy") {
  Rng rng(8);
  Rng words(8);
  for (int i = 0; i < 20000; ++i) {
    const double u = (static_cast<double>(words.bits() >> 8) + 0.5) * 0x1p-24;
    const double angle = 2.0 * 3.14159265358979323846 * (words.bits() >> 8) * 0x1p-24;
    const double exact = std::sqrt(-2.0 * std::log(u)) * std::cos(angle);
    REQUIRE(std::abs(rng.normal() - exact) < 2e-6);
  }
}

TEST_CASE("rng: the same bits on every machine") {
  std::vector<float> values = normals(Rng(2024, 7), 9);
  std::vector<uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<uint32_t>(value));
  CHECK(bits == std::vector<uint32_t>{0xbf692111, 0x3fa7dcf4, 0xbe3dd44d, 0xbea93cb7, 0xbf5c7bc4,
                                      0x3ffcfed5, 0x3ec8c1f1, 0x3f3204bd, 0xc02247d1});
  // A sum over the bits of many: any change anywhere shows.
  uint32_t digest = 0;
  for (const float value : normals(Rng(2024, 8), 100001)) {
    digest = digest * 31 + std::bit_cast<uint32_t>(value);
  }
  CHECK(digest == 0x22610e4c);
  CHECK(std::bit_cast<uint32_t>(Rng(5).fork(1).uniform()) == 0x3f347c30);
}

TEST_CASE("rng: seeds and forks are independent streams") {
  const size_t n = 50000;
  const Rng root(6);
  const std::vector<std::vector<float>> streams{
      normals(root, n),         normals(root.fork(0), n),         normals(root.fork(1), n),
      normals(root.fork(2), n), normals(root.fork(1).fork(0), n), normals(Rng(7), n),
      normals(Rng(6, 1), n),    normals(Rng(7).fork(1), n)};
  for (size_t i = 0; i < streams.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK(std::abs(correlation(streams[i], streams[j])) < 4.0 / std::sqrt(double{n}));
    }
  }
}

TEST_CASE("rng: a fork depends on its parent's stream and purpose, not on its position") {
  Rng root(9);
  const Rng early = root.fork(3);
  (void)root.bits();
  CHECK(normals(root.fork(3), 10) == normals(early, 10));
  CHECK(normals(root.fork(4), 10) != normals(early, 10));
  CHECK(normals(Rng(9, 1).fork(3), 10) != normals(early, 10));
}

TEST_SUITE_END();
