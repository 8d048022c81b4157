// JPEG, reading only.
#pragma once

#include "rivulet/io/png.h"

namespace rivulet::io {

[[nodiscard]] bool is_jpeg(std::span<const std::byte> file);

/// Reads a JPEG as grey or RGB. The bytes are not trusted: sides are checked before decoding, and a
/// file that is cut off is refused (the format has no checksums). Throws Error.
[[nodiscard]] Image decode_jpeg(std::span<const std::byte> file, int max_side = max_picture_side);

/// Either of the two, whichever it is; throws Error that says what it is, if it is neither.
[[nodiscard]] Image decode_picture(std::span<const std::byte> file,
                                   int max_side = max_picture_side);

}  // namespace rivulet::io
