#include "rivulet/io/byte_array.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "rivulet/core/error.h"

namespace rivulet::io {

ByteArray byte_array(const char* where, std::span<const uint64_t> extents,
                     std::span<const std::byte> bytes) {
  if (extents.size() > Shape::max_rank) {
    fail(where, fmt::format("{} axes (at most {})", extents.size(), Shape::max_rank));
  }
  constexpr auto most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  uint64_t product = 1;  // of what is not zero: a zero beside it must not hide an overflow
  ByteArray array;
  for (const uint64_t extent : extents) {
    if (extent != 0 && product > most / extent) {
      fail(where, fmt::format("extents ({}) are beyond counting", fmt::join(extents, ",")));
    }
    product *= std::max<uint64_t>(extent, 1);
    array.shape.push_back(static_cast<int64_t>(extent));
  }
  const uint64_t count = std::ranges::find(extents, 0U) == extents.end() ? product : 0;
  if (count != bytes.size()) {
    fail(where, fmt::format("extents ({}) ask for {} bytes, the file holds {}",
                            fmt::join(extents, ","), count, bytes.size()));
  }
  array.values.resize(bytes.size());
  std::ranges::transform(bytes, array.values.begin(), std::to_integer<uint8_t>);
  return array;
}

}  // namespace rivulet::io
