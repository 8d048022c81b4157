#include "rivulet/io/png.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "rivulet/core/error.h"

namespace {

// stb's memory comes from here: a small file must not unpack to more than the largest picture needs
// (two copies of 16-bit RGBA at the longest side, whatever the file claims).
constexpr size_t max_block = size_t{4096} * 4096 * 8 + (size_t{1} << 20);

void* bounded_realloc(void* block, size_t size) {
  return size <= max_block ? std::realloc(block, size) : nullptr;
}

}  // namespace

#define STBI_MALLOC(size) bounded_realloc(nullptr, size)
#define STBI_REALLOC(block, size) bounded_realloc(block, size)
#define STBI_FREE(block) std::free(block)
#define STBI_MAX_DIMENSIONS 4096
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

namespace rivulet::io {
namespace {

constexpr std::array<uint8_t, 16> head{0x89, 'P', 'N', 'G', 13,  10,  26,  10,
                                       0,    0,   0,   13,  'I', 'H', 'D', 'R'};

uint32_t big_endian(std::span<const std::byte> bytes) {
  uint32_t value = 0;
  for (const std::byte byte : bytes.first(4)) value = value << 8 | std::to_integer<uint32_t>(byte);
  return value;
}

void check_head(std::span<const std::byte> file, int max_side) {
  const auto expected = std::as_bytes(std::span(head));
  if (file.size() < 33 || !std::ranges::equal(file.first(head.size()), expected)) {
    fail("png", "not a PNG file");
  }
  const uint32_t width = big_endian(file.subspan(16));
  const uint32_t height = big_endian(file.subspan(20));
  const auto limit = static_cast<uint32_t>(std::clamp(max_side, 1, max_picture_side));
  if (width < 1 || height < 1 || width > limit || height > limit) {
    fail("png", fmt::format("a picture of {} x {} (1 to {} a side)", width, height, limit));
  }
}

// stb copies to a null pointer when the first IDAT chunk is empty, which no encoder writes.
void check_chunks(std::span<const std::byte> file) {
  constexpr uint32_t idat = 0x49444154;
  for (uint64_t at = 8; at + 12 <= file.size();) {
    const auto chunk = file.subspan(static_cast<size_t>(at));
    const uint32_t length = big_endian(chunk);
    if (big_endian(chunk.subspan(4)) == idat) {
      if (length == 0) fail("png", "the first IDAT chunk is empty");
      return;
    }
    at += uint64_t{12} + length;
  }
  fail("png", "there is no IDAT chunk");
}

bool known(int channels) { return channels == 1 || channels == 3 || channels == 4; }

}  // namespace

Image decode_png(std::span<const std::byte> file, int channels, int max_side) {
  if (channels != 0 && !known(channels)) {
    fail("png", fmt::format("{} channels asked for (1, 3, 4, or 0 for the file's own)", channels));
  }
  check_head(file, max_side);
  check_chunks(file);
  if (file.size() > max_block) fail("png", fmt::format("a file of {} bytes", file.size()));
  const auto* bytes = reinterpret_cast<const stbi_uc*>(file.data());
  const int length = static_cast<int>(file.size());
  Image image;
  if (channels == 0) {
    if (stbi_info_from_memory(bytes, length, &image.width, &image.height, &channels) == 0) {
      fail("png", stbi_failure_reason());
    }
    if (channels == 2) channels = 4;
  }
  int own_channels = 0;
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(bytes, length, &image.width, &image.height, &own_channels, channels),
      &stbi_image_free);
  if (!pixels) fail("png", stbi_failure_reason());
  image.channels = channels;
  const size_t count = static_cast<size_t>(image.width) * static_cast<size_t>(image.height) *
                       static_cast<size_t>(channels);
  image.pixels.assign(pixels.get(), pixels.get() + count);
  return image;
}

Bytes encode_png(const Image& image) {
  const bool sides = image.width >= 1 && image.height >= 1 && image.width <= max_picture_side &&
                     image.height <= max_picture_side;
  if (!sides || !known(image.channels) ||
      image.pixels.size() != static_cast<size_t>(image.width) * static_cast<size_t>(image.height) *
                                 static_cast<size_t>(image.channels)) {
    fail("png", fmt::format("cannot write {} values as {} x {} with {} channels",
                            image.pixels.size(), image.width, image.height, image.channels));
  }
  Bytes file;
  const auto append = [](void* context, void* data, int size) {
    const auto* first = static_cast<const std::byte*>(data);
    auto& out = *static_cast<Bytes*>(context);
    out.insert(out.end(), first, first + size);
  };
  if (stbi_write_png_to_func(append, &file, image.width, image.height, image.channels,
                             image.pixels.data(), image.width * image.channels) == 0) {
    fail("png", "out of memory");
  }
  return file;
}

Image load_png(const std::string& path, int channels) {
  return decode_png(read_file(path, max_block), channels);
}

void save_png(const std::string& path, const Image& image) { write_file(path, encode_png(image)); }

}  // namespace rivulet::io
