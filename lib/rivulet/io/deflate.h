// How short deflate makes bytes: for comparisons of sizes, without writing them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rivulet::io {

/// Bytes of one final block of deflate (RFC 1951), with whichever of its three kinds is shortest:
/// stored, fixed codes, codes of its own. Repetitions are sought everywhere in the last 32 KB, at
/// each place the longest one, unless the next place has a longer one: what zlib's best level does.
/// For short inputs: the search is quadratic. Throws Error for more than 64 KB.
[[nodiscard]] size_t deflated_size(std::span<const uint8_t> bytes);

}  // namespace rivulet::io
