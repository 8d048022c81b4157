// Pictures of 8 bits a channel, and PNG.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rivulet/io/bytes.h"

namespace rivulet::io {

struct Image {
  int width = 0;
  int height = 0;
  int channels = 3;             ///< 1 grey, 3 RGB, 4 RGBA
  std::vector<uint8_t> pixels;  ///< [height, width, channels]

  friend bool operator==(const Image&, const Image&) = default;
};

/// The longest side that is read or written.
inline constexpr int max_picture_side = 4096;

/// Reads any PNG as `channels` (1, 3 or 4; 0 keeps the file's own: what has any transparency is
/// RGBA, and alpha that is not asked for lies on white). Samples of other depths become the nearest
/// of 256 levels. The bytes are not trusted: sides are checked before decoding, memory is bounded,
/// every checksum is compared, and a file that is cut off is refused. Throws Error.
[[nodiscard]] Image decode_png(std::span<const std::byte> file, int channels = 0,
                               int max_side = max_picture_side);

/// Throws Error when sides, channels and the number of pixel values do not fit together.
[[nodiscard]] Bytes encode_png(const Image& image);

[[nodiscard]] Image load_png(const std::string& path, int channels = 0);
void save_png(const std::string& path, const Image& image);

}  // namespace rivulet::io
