// A PNG of a stranger: read or refused; what was read is written and read again. Checksums would
// stop most inputs at once, so the same bytes are also put into a file whose checksums fit.
#include "rivulet/io/png.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "../byte_files.h"
#include "rivulet/core/error.h"

namespace {

constexpr int max_side = 256;  // larger ones only take longer

void read(std::span<const std::byte> file) {
  using namespace rivulet::io;
  try {
    const Image image = decode_png(file, 0, max_side);
    if (decode_png(encode_png(image)) != image) std::abort();
    for (const int channels : {1, 3, 4}) {
      if (decode_png(file, channels, max_side).channels != channels) std::abort();
    }
  } catch (const rivulet::Error&) {
  }
}

/// Bytes of all rows, each with its filter.
size_t row_bytes(size_t width, size_t height, size_t bits, bool interlaced) {
  struct Pass {
    size_t x, y, across, down;
  };
  constexpr std::array<Pass, 7> passes{{{0, 0, 8, 8},
                                        {4, 0, 8, 8},
                                        {0, 4, 4, 8},
                                        {2, 0, 4, 4},
                                        {0, 2, 2, 4},
                                        {1, 0, 2, 2},
                                        {0, 1, 1, 2}}};
  if (!interlaced) return height * (1 + (width * bits + 7) / 8);
  size_t bytes = 0;
  for (const auto& [x, y, across, down] : passes) {
    const size_t columns = (width + across - 1 - x) / across;
    const size_t rows = (height + down - 1 - y) / down;
    if (columns > 0) bytes += rows * (1 + (columns * bits + 7) / 8);
  }
  return bytes;
}

/// A head, a palette, a transparency and rows of these bytes.
rivulet::io::Bytes fitting(std::string bytes) {
  using namespace rivulet::test;
  const auto take = [&bytes] {
    const auto value = static_cast<unsigned char>(bytes.front());
    bytes.erase(0, 1);
    return static_cast<size_t>(value);
  };
  constexpr std::array<int, 5> depths{1, 2, 4, 8, 16};
  constexpr std::array<int, 5> colours{0, 2, 3, 4, 6};
  constexpr std::array<size_t, 5> samples{1, 3, 1, 2, 4};
  const size_t width = 1 + take() % 17;
  const size_t height = 1 + take() % 17;
  const int depth = depths[take() % 5];
  const size_t colour = take() % 5;
  const bool interlaced = take() % 2 != 0;
  std::string middle;
  for (const char* name : {"PLTE", "tRNS"}) {
    const size_t size = std::min(take() % 32 * (name[0] == 'P' ? 3 : 1), bytes.size());
    if (size > 0) middle += chunk_of(name, bytes.substr(0, size));
    bytes.erase(0, size);
    if (bytes.empty()) bytes = "\1";
  }
  bytes.resize(row_bytes(width, height, samples[colour] * static_cast<size_t>(depth), interlaced),
               '\2');
  return png_of(png_head(static_cast<uint32_t>(width), static_cast<uint32_t>(height), depth,
                         colours[colour], interlaced ? 1 : 0),
                middle, bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  read(std::as_bytes(std::span(data, size)));
  if (size >= 8) read(fitting({reinterpret_cast<const char*>(data), size}));
  return 0;
}
