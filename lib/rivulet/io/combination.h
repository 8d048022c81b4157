// Combinations as numbers: any m of n things in the fewest whole bits (combinatorial number
// system).
#pragma once

#include <cstdint>
#include <span>

#include "rivulet/io/bit_stream.h"

namespace rivulet::io {

inline constexpr int64_t max_things = 65536;
inline constexpr int64_t max_chosen = 64;

/// ceil(log2 binom(n, m)), exactly. Throws Error unless 0 <= m <= n, n <= 65536 and m <= 64.
[[nodiscard]] int64_t combination_bits(int64_t n, int64_t m);

/// Writes ascending numbers below n in combination_bits(n, their count) bits, as their place among
/// all such lists: the sum of binom(c_i, i+1). Throws Error for numbers that do not ascend.
void write_combination(BitWriter& out, int64_t n, std::span<const uint32_t> ascending);

/// The inverse: fills all of `ascending`. Throws Error for a number that is no combination's.
void read_combination(BitReader& in, int64_t n, std::span<uint32_t> ascending);

}  // namespace rivulet::io
