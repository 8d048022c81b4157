// What idx and npy files hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "rivulet/core/shape.h"

namespace rivulet::io {

/// How the values of a file lie in it.
struct ValueType {
  enum class Kind : uint8_t { truth, whole, signed_whole, real } kind = Kind::whole;
  size_t width = 1;  ///< bytes of a value: 1, 2, 4, 8
  bool big_endian = false;
};

/// What the values of a file are for.
enum class Meaning : uint8_t {
  numbers,  ///< what is no whole number of 0..255 is refused
  /// The same; but truths are 0 and 255, and reals that lie within 0..1 or -1..1, as programs that
  /// learn often keep pictures, are stretched to 0..255.
  pixels,
};

/// A row-major array of bytes.
struct ByteArray {
  Shape shape;
  std::vector<uint8_t> values;
  std::string_view stretched = {};  ///< from this range, "0..1" or "-1..1"; empty: not at all

  friend bool operator==(const ByteArray&, const ByteArray&) = default;
};

/// The array of these extents whose values are all of `bytes`. Throws Error("[where] ...") when
/// there are more axes than a Shape has, when the extents ask for another number of bytes, or when
/// a value does not fit.
[[nodiscard]] ByteArray byte_array(const char* where, std::span<const uint64_t> extents,
                                   std::span<const std::byte> bytes, ValueType type = {},
                                   Meaning meaning = Meaning::numbers);

/// The same array of one that was stored columns first.
[[nodiscard]] ByteArray rows_first(const ByteArray& array);

}  // namespace rivulet::io
