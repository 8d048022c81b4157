#include "rivulet/io/byte_array.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/io/half.h"

namespace rivulet::io {
namespace {

using Kind = ValueType::Kind;

constexpr double largest = 255;

/// Value i, as wide as doubles are: whole numbers beyond 2^53 are none of 0..255 before and after.
double value_at(std::span<const std::byte> bytes, size_t i, ValueType type) {
  uint64_t bits = 0;
  for (size_t k = 0; k < type.width; ++k) {
    const std::byte byte = bytes[i * type.width + (type.big_endian ? k : type.width - 1 - k)];
    bits = bits << 8 | std::to_integer<uint64_t>(byte);
  }
  switch (type.kind) {
    case Kind::truth:
    case Kind::whole:
      return static_cast<double>(bits);
    case Kind::signed_whole: {
      const size_t unused = 64 - 8 * type.width;
      return static_cast<double>(static_cast<int64_t>(bits << unused) >> unused);
    }
    case Kind::real:
      break;
  }
  if (type.width == 2) return from_half(static_cast<uint16_t>(bits));
  if (type.width == 4) return std::bit_cast<float>(static_cast<uint32_t>(bits));
  return std::bit_cast<double>(bits);
}

/// What values there are.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  bool numbers = true;
  bool whole = true;
};

Range range_of(std::span<const std::byte> bytes, size_t count, ValueType type) {
  Range range;
  for (size_t i = 0; i < count; ++i) {
    const double value = value_at(bytes, i, type);
    range.numbers = range.numbers && std::isfinite(value);
    range.whole = range.whole && value == std::floor(value);
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  return range;
}

void convert(const char* where, std::span<const std::byte> bytes, ValueType type, Meaning meaning,
             ByteArray& array) {
  const size_t count = array.values.size();
  if (count == 0) return;
  const Range range = range_of(bytes, count, type);
  if (!range.numbers) fail(where, "a value is no number (NaN or infinite)");
  const bool pixels = meaning == Meaning::pixels;
  double scale = 1;
  double first = 0;
  if (pixels && type.kind == Kind::truth && range.high <= 1) {
    scale = largest;
  } else if (pixels && type.kind == Kind::real && range.low >= -1 && range.high <= 1) {
    first = range.low < 0 ? -1 : 0;
    scale = largest / (1 - first);
    array.stretched = first < 0 ? "-1..1" : "0..1";
  } else if (!range.whole || range.low < 0 || range.high > largest) {
    fail(where, fmt::format("values from {:.6g} to {:.6g}{}; whole numbers of 0 to 255 fit{}",
                            range.low, range.high, range.whole ? "" : ", not all of them whole",
                            pixels ? ", and fractions of 0 to 1 or of -1 to 1" : ""));
  }
  for (size_t i = 0; i < count; ++i) {
    array.values[i] = static_cast<uint8_t>(std::lround((value_at(bytes, i, type) - first) * scale));
  }
}

}  // namespace

ByteArray byte_array(const char* where, std::span<const uint64_t> extents,
                     std::span<const std::byte> bytes, ValueType type, Meaning meaning) {
  if (extents.size() > Shape::max_rank) {
    fail(where, fmt::format("{} axes (at most {})", extents.size(), Shape::max_rank));
  }
  constexpr auto most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  uint64_t product = type.width;  // of what is not zero: a zero beside it must not hide an overflow
  ByteArray array;
  for (const uint64_t extent : extents) {
    if (extent != 0 && product > most / extent) {
      fail(where, fmt::format("extents ({}) are beyond counting", fmt::join(extents, ",")));
    }
    product *= std::max<uint64_t>(extent, 1);
    array.shape.push_back(static_cast<int64_t>(extent));
  }
  const uint64_t size = std::ranges::find(extents, 0U) == extents.end() ? product : 0;
  if (size != bytes.size()) {
    fail(where,
         fmt::format("extents ({}) ask for {} bytes, the file holds {}{}", fmt::join(extents, ","),
                     size, bytes.size(), size > bytes.size() ? ": it is cut off" : ""));
  }
  array.values.resize(bytes.size() / type.width);
  if (type.width == 1 && type.kind == Kind::whole) {
    std::ranges::transform(bytes, array.values.begin(), std::to_integer<uint8_t>);
  } else {
    convert(where, bytes, type, meaning, array);
  }
  return array;
}

ByteArray rows_first(const ByteArray& array) {
  ByteArray turned = array;
  const auto dims = array.shape.dims();
  std::vector<int64_t> index(dims.size());
  for (const uint8_t value : array.values) {  // the first axis is the fastest
    int64_t place = 0;
    for (size_t k = 0; k < dims.size(); ++k) place = place * dims[k] + index[k];
    turned.values[static_cast<size_t>(place)] = value;
    for (size_t k = 0; k < dims.size() && ++index[k] == dims[k]; ++k) index[k] = 0;
  }
  return turned;
}

}  // namespace rivulet::io
