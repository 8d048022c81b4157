// Reading what deflate packed: the inside of gzip, PNG and zip files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rivulet/io/bytes.h"

namespace rivulet::io {

struct Inflated {
  Bytes bytes;
  size_t used = 0;  ///< bytes of the packed ones, up to the end of the last block
};

/// One stream of deflate (RFC 1951), and where it ended. The bytes are not trusted: nothing grows
/// beyond `max_bytes`, and every code, length and distance is checked. Throws Error.
[[nodiscard]] Inflated inflate(std::span<const std::byte> packed, uint64_t max_bytes);

/// A zlib stream (RFC 1950) that holds exactly `size` bytes and ends with the last of `packed`: its
/// head and its checksum are compared. Throws Error.
[[nodiscard]] Bytes unzlib(std::span<const std::byte> packed, uint64_t size);

}  // namespace rivulet::io
