// gzip, reading only.
#pragma once

#include "rivulet/io/bytes.h"

namespace rivulet::io {

/// Whether the bytes begin as a gzip file does.
[[nodiscard]] bool is_gzip(std::span<const std::byte> file);

/// What a gzip file holds, all members of it. The bytes are not trusted: nothing is unpacked beyond
/// `max_bytes`, and heads, lengths and checksums must fit. Throws Error.
[[nodiscard]] Bytes gunzip(std::span<const std::byte> file, uint64_t max_bytes = uint64_t{1} << 30);

}  // namespace rivulet::io
