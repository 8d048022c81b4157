// The idx format of the MNIST family: two zero bytes, the type of the values, the number of axes,
// their extents (32 bits, big endian), the values.
#pragma once

#include "rivulet/io/byte_array.h"
#include "rivulet/io/bytes.h"

namespace rivulet::io {

/// Reads an idx file whose values, of any of its types, are bytes. The bytes are not trusted;
/// throws Error.
[[nodiscard]] ByteArray parse_idx(std::span<const std::byte> file,
                                  Meaning meaning = Meaning::numbers);
/// Whether the bytes begin as an idx file does.
[[nodiscard]] bool is_idx(std::span<const std::byte> file);

/// Throws Error for an extent that 32 bits do not hold.
[[nodiscard]] Bytes idx_bytes(const ByteArray& array);

}  // namespace rivulet::io
