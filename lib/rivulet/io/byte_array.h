// What idx and npy files hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/core/shape.h"

namespace rivulet::io {

/// A row-major array of bytes.
struct ByteArray {
  Shape shape;
  std::vector<uint8_t> values;

  friend bool operator==(const ByteArray&, const ByteArray&) = default;
};

/// The array of these extents whose values are all of `bytes`. Throws Error("[where] ...") when
/// there are more axes than a Shape has, or when the extents ask for another number of bytes.
[[nodiscard]] ByteArray byte_array(const char* where, std::span<const uint64_t> extents,
                                   std::span<const std::byte> bytes);

}  // namespace rivulet::io
