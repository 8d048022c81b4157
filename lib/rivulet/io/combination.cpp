#include "rivulet/io/combination.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/core/error.h"
#include "rivulet/io/natural.h"

namespace rivulet::io {
namespace {

void check(int64_t n, int64_t m) {
  if (m < 0 || m > n || n > max_things || m > max_chosen) {
    fail("combination", fmt::format("{} of {} things: at most {} of at most {} can be counted", m,
                                    n, max_chosen, max_things));
  }
}

Natural binomial(int64_t n, int64_t m) {
  if (m > n) return Natural(0);
  Natural product(1);
  for (int64_t i = 1; i <= m; ++i) {
    product *= static_cast<uint32_t>(n - m + i);
    product.divide(static_cast<uint32_t>(i));
  }
  return product;
}

/// The largest c < limit with binom(c, m) <= rank; m >= 1 and binom(limit, m) > rank. Takes what it
/// found off the rank.
int64_t take_largest(Natural& rank, int64_t m, int64_t limit) {
  if (rank == Natural(0)) return m - 1;
  // c (c-1) ... (c-m+1) is nearly (c - (m-1)/2)^m: a guess that is off by a few where it is off,
  // and then goes one by one.
  const auto count = static_cast<double>(m);
  const double log_factorial = std::lgamma(count + 1) / std::log(2.0);
  const double guess = std::exp2((rank.log2() + log_factorial) / count) + (count - 1) / 2;
  int64_t c = std::clamp(static_cast<int64_t>(guess), m, limit - 1);
  Natural below = binomial(c, m);
  while (below > rank) {
    below *= static_cast<uint32_t>(c - m);
    below.divide(static_cast<uint32_t>(c--));
  }
  for (Natural next = below; c + 1 < limit; ++c) {
    next *= static_cast<uint32_t>(c + 1);
    next.divide(static_cast<uint32_t>(c + 1 - m));
    if (next > rank) break;
    below = next;
  }
  rank -= below;
  return c;
}

}  // namespace

int64_t combination_bits(int64_t n, int64_t m) {
  check(n, m);
  return bits_for(binomial(n, m));
}

void write_combination(BitWriter& out, int64_t n, std::span<const uint32_t> ascending) {
  const auto m = static_cast<int64_t>(ascending.size());
  check(n, m);
  Natural rank;
  int64_t previous = -1;
  for (int64_t i = 0; i < m; ++i) {
    const int64_t c = ascending[static_cast<size_t>(i)];
    if (c <= previous || c >= n) {
      fail("combination", fmt::format("{} follows {} of {} things", c, previous, n));
    }
    rank += binomial(c, i + 1);
    previous = c;
  }
  rank.write(out, combination_bits(n, m));
}

void read_combination(BitReader& in, int64_t n, std::span<uint32_t> ascending) {
  const auto m = static_cast<int64_t>(ascending.size());
  check(n, m);
  const Natural count = binomial(n, m);
  Natural rank = Natural::read(in, bits_for(count));
  if (rank >= count) {
    fail("combination",
         fmt::format("a number of {} bits is beyond all choices of {} in {}", rank.bits(), m, n));
  }
  int64_t limit = n;
  for (int64_t i = m; i > 0; --i) {
    limit = take_largest(rank, i, limit);
    ascending[static_cast<size_t>(i - 1)] = static_cast<uint32_t>(limit);
  }
}

}  // namespace rivulet::io
