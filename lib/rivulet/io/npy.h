// NumPy's array file: a magic word, a version, a Python dictionary as text, the values.
#pragma once

#include "rivulet/io/byte_array.h"
#include "rivulet/io/bytes.h"

namespace rivulet::io {

/// Reads an array of numbers or truths whose values are bytes, versions 1 to 3, whichever axis is
/// stored first. The bytes are not trusted; throws Error.
[[nodiscard]] ByteArray parse_npy(std::span<const std::byte> file,
                                  Meaning meaning = Meaning::numbers);
[[nodiscard]] bool is_npy(std::span<const std::byte> file);

/// The same bytes as numpy.save writes.
[[nodiscard]] Bytes npy_bytes(const ByteArray& array);

}  // namespace rivulet::io
