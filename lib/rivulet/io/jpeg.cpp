#include "rivulet/io/jpeg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "rivulet/core/error.h"
#include "rivulet/io/sniff.h"

#define STBI_MAX_DIMENSIONS 4096
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

namespace rivulet::io {
namespace {

/// Where two bytes stand for the last time; 0 where they do not.
size_t last_of(std::span<const std::byte> file, std::byte second) {
  for (size_t at = file.size(); at >= 2; --at) {
    if (file[at - 2] == std::byte{0xff} && file[at - 1] == second) return at - 2;
  }
  return 0;
}

}  // namespace

bool is_jpeg(std::span<const std::byte> file) { return kind_of_file(file) == FileKind::jpeg; }

Image decode_jpeg(std::span<const std::byte> file, int max_side) {
  constexpr size_t longest = size_t{1} << 28;
  if (!is_jpeg(file)) fail("jpeg", "not a JPEG file");
  if (file.size() > longest) fail("jpeg", fmt::format("a file of {} bytes", file.size()));
  const auto* bytes = reinterpret_cast<const stbi_uc*>(file.data());
  const int length = static_cast<int>(file.size());
  Image image;
  int own = 0;
  if (stbi_info_from_memory(bytes, length, &image.width, &image.height, &own) == 0) {
    fail("jpeg", fmt::format("the file is damaged ({})", stbi_failure_reason()));
  }
  const int limit = std::clamp(max_side, 1, max_picture_side);
  if (image.width < 1 || image.height < 1 || image.width > limit || image.height > limit) {
    fail("jpeg",
         fmt::format("a picture of {} x {} (1 to {} a side)", image.width, image.height, limit));
  }
  // The last scan begins before the mark that ends the picture, or that was cut off.
  constexpr std::byte scan{0xda};
  constexpr std::byte end{0xd9};
  if (last_of(file, end) < last_of(file, scan)) fail("jpeg", "the file is cut off");
  image.channels = own == 1 ? 1 : 3;
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(bytes, length, &image.width, &image.height, &own, image.channels),
      &stbi_image_free);
  if (!pixels) fail("jpeg", fmt::format("the file is damaged ({})", stbi_failure_reason()));
  const size_t count = static_cast<size_t>(image.width) * static_cast<size_t>(image.height) *
                       static_cast<size_t>(image.channels);
  image.pixels.assign(pixels.get(), pixels.get() + count);
  return image;
}

Image decode_picture(std::span<const std::byte> file, int max_side) {
  switch (const FileKind kind = kind_of_file(file)) {
    case FileKind::png:
      return decode_png(file, 0, max_side);
    case FileKind::jpeg:
      return decode_jpeg(file, max_side);
    default:
      fail("picture", fmt::format("it is {}, not a PNG or JPEG picture", in_words(kind)));
  }
}

}  // namespace rivulet::io
