#include "rivulet/exec/xnnpack/argsort.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>
#include <span>
#include <utility>

namespace rivulet::exec::xnnpack {
namespace {

/// An element on its way to its place.
struct Keyed {
  uint32_t key;
  uint32_t place;
};
static_assert(sizeof(Keyed) == 2 * sizeof(float));

/// Whole numbers in the order of falling x, -0 and 0 as one, NaN last.
uint32_t falling_key(float x) {
  constexpr uint32_t sign = 0x80000000;
  if (std::isnan(x)) return ~uint32_t{0};
  const auto bits = std::bit_cast<uint32_t>(x + 0.0F);
  return (bits & sign) != 0 ? bits : ~(bits | sign);
}

constexpr int digits = 4;  // bytes
constexpr size_t digit_of(uint32_t key, int digit) { return key >> (8 * digit) & 255; }

using Counts = std::array<uint32_t, 256>;

/// How often each value of each digit is there.
std::array<Counts, digits> count_digits(std::span<const Keyed> elements) {
  std::array<Counts, digits> counts{};
  for (const Keyed& x : elements) {
    for (int digit = 0; digit < digits; ++digit) {
      ++counts[static_cast<size_t>(digit)][digit_of(x.key, digit)];
    }
  }
  return counts;
}

/// Radix sort from the last digit on, which keeps the order of equal keys. Digits that all keys
/// share (whole numbers have many) cost nothing.
void argsort_row(float* out, const float* x, std::span<Keyed> from, std::span<Keyed> to) {
  for (size_t i = 0; i < from.size(); ++i) {
    from[i] = {.key = falling_key(x[i]), .place = static_cast<uint32_t>(i)};
  }
  std::array<Counts, digits> counts = count_digits(from);
  for (int digit = 0; digit < digits; ++digit) {
    Counts& starts = counts[static_cast<size_t>(digit)];
    if (starts[digit_of(from[0].key, digit)] == from.size()) continue;
    uint32_t start = 0;
    for (uint32_t& count : starts) start += std::exchange(count, start);
    for (const Keyed& element : from) to[starts[digit_of(element.key, digit)]++] = element;
    std::swap(from, to);
  }
  for (size_t i = 0; i < from.size(); ++i) out[i] = static_cast<float>(from[i].place);
}

/// Room for n elements in scratch memory.
std::span<Keyed> keyed_at(float* scratch, int64_t n) {
  auto* elements = reinterpret_cast<Keyed*>(scratch);
  std::uninitialized_default_construct_n(elements, n);
  return {elements, static_cast<size_t>(n)};
}

}  // namespace

Step argsort_step(const plan::Argsort& sort, const Kernels& kernels,
                  std::shared_ptr<const Pool> pool) {
  const int64_t length = sort.shape[-1];
  const int64_t rows = length == 0 ? 0 : sort.shape.numel() / length;
  const int64_t parts = pool->parts(rows * length * sorting, rows);
  const bool is_short = length <= longest_ranked;
  const int64_t room = is_short ? 0 : 4 * length;  // floats, for elements in two places
  Step step;
  step.scratch = parts * room;
  step.run = [=, &kernels, pool = std::move(pool)](const Storage& at) {
    pool->each(parts, [&](int64_t part) {
      const int64_t begin = rows * part / parts;
      const int64_t end = rows * (part + 1) / parts;
      const float* from = at[sort.x.node] + sort.x.offset;
      float* out = at[sort.out];
      if (is_short) {
        kernels.argsort_rows(out + begin * length, from + begin * length, end - begin, length);
        return;
      }
      float* scratch = at.scratch() + part * room;
      const std::span<Keyed> one = keyed_at(scratch, length);
      const std::span<Keyed> other = keyed_at(scratch + room / 2, length);
      for (int64_t r = begin; r < end; ++r) {
        argsort_row(out + r * length, from + r * length, one, other);
      }
    });
  };
  return step;
}

}  // namespace rivulet::exec::xnnpack
