// Other formats of pictures, to compare codes with. They need libjpeg, libwebp and zlib, which
// nothing else here does: a build without them knows none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace rivulet::formats {

/// A picture of 8 bits a channel, 1 grey or 3 RGB.
struct Picture {
  int side = 0;
  int channels = 3;
  std::span<const uint8_t> pixels;  ///< [side,side,channels]
};

struct Stored {
  size_t bytes = 0;             ///< of the file
  size_t payload = 0;           ///< without what every file of this kind must begin and end with
  std::vector<uint8_t> pixels;  ///< what a reader gets
};

struct Format {
  std::string name;     ///< "JPEG"
  std::string setting;  ///< "quality 50"; empty where there is none
  bool lossless = false;
  std::function<Stored(const Picture&)> store;
};

/// Those that this build knows: JPEG and lossy WebP on ladders of quality; lossless WebP, PNG, and
/// a palette with packed indices in a bare deflate stream, also with the colours of a palette [n,3]
/// (none: empty) that reader and writer share, as they share a model.
[[nodiscard]] std::vector<Format> all(const std::vector<uint8_t>& palette);

}  // namespace rivulet::formats
