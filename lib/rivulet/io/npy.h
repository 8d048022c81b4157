// NumPy's array file: a magic word, a version, a Python dictionary as text, the values.
#pragma once

#include "rivulet/io/byte_array.h"
#include "rivulet/io/bytes.h"

namespace rivulet::io {

/// Reads an array of unsigned bytes ('|u1') in row-major order, versions 1 to 3. The bytes are not
/// trusted; throws Error.
[[nodiscard]] ByteArray parse_npy(std::span<const std::byte> file);

/// The same bytes as numpy.save writes.
[[nodiscard]] Bytes npy_bytes(const ByteArray& array);

}  // namespace rivulet::io
