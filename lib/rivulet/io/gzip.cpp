#include "rivulet/io/gzip.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "rivulet/core/error.h"
#include "rivulet/io/crc.h"

// The decoder of deflate, without the picture formats around it.
#define STBI_NO_JPEG
#define STBI_NO_PNG
#define STBI_NO_BMP
#define STBI_NO_PSD
#define STBI_NO_TGA
#define STBI_NO_GIF
#define STBI_NO_HDR
#define STBI_NO_PIC
#define STBI_NO_PNM
#define STBI_SUPPORT_ZLIB
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

namespace rivulet::io {
namespace {

constexpr size_t fixed_head = 10;
constexpr size_t trailer = 8;

uint32_t little_endian(std::span<const std::byte> bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) {
    value = value << 8 | std::to_integer<uint32_t>(bytes[static_cast<size_t>(i)]);
  }
  return value;
}

/// Bytes before the compressed ones (RFC 1952, 2.3).
size_t head_size(std::span<const std::byte> file) {
  enum Flag : unsigned { checked = 2, extra = 4, named = 8, commented = 16, reserved = 0xe0 };
  if (!is_gzip(file) || file.size() < fixed_head + trailer) fail("gzip", "not a gzip file");
  const auto flags = std::to_integer<unsigned>(file[3]);
  if (file[2] != std::byte{8} || (flags & reserved) != 0) {
    fail("gzip", "compressed in a way that is not known");
  }
  const auto body = file.first(file.size() - trailer);
  size_t at = fixed_head;
  const auto skip = [&](size_t count) {
    if (count > body.size() - at) fail("gzip", "the file ends within its head");
    at += count;
  };
  if ((flags & extra) != 0) {
    skip(2);
    skip(std::to_integer<size_t>(body[at - 2]) | std::to_integer<size_t>(body[at - 1]) << 8);
  }
  for (const unsigned text : {named, commented}) {
    if ((flags & text) == 0) continue;
    const auto rest = body.subspan(at);
    skip(static_cast<size_t>(std::ranges::find(rest, std::byte{0}) - rest.begin()) + 1);
  }
  if ((flags & checked) != 0) skip(2);
  return at;
}

}  // namespace

bool is_gzip(std::span<const std::byte> file) {
  return file.size() >= 2 && file[0] == std::byte{0x1f} && file[1] == std::byte{0x8b};
}

Bytes gunzip(std::span<const std::byte> file, uint64_t max_bytes) {
  constexpr uint64_t most = std::numeric_limits<int>::max();  // stb counts in int
  constexpr uint64_t best_ratio = 1032;                       // of deflate
  const size_t begin = head_size(file);
  // With the trailer, since stb looks two bytes beyond the code that it reads.
  const auto packed = file.subspan(begin);
  const auto end = file.last(trailer);
  const uint32_t claimed = little_endian(end.subspan(4));
  if (packed.size() > most || claimed > std::min(max_bytes, most)) {
    fail("gzip", fmt::format("{} bytes unpack to {} (at most {})", file.size(), claimed,
                             std::min(max_bytes, most)));
  }
  if (claimed > best_ratio * packed.size()) {
    fail("gzip", fmt::format("{} bytes cannot unpack to the {} that the trailer claims",
                             file.size(), claimed));
  }
  // One byte more: the buffer of an empty file needs an address, too.
  Bytes bytes(size_t{claimed} + 1);
  const int unpacked = stbi_zlib_decode_noheader_buffer(
      reinterpret_cast<char*>(bytes.data()),
      static_cast<int>(std::min<uint64_t>(bytes.size(), most)),
      reinterpret_cast<const char*>(packed.data()), static_cast<int>(packed.size()));
  bytes.resize(claimed);
  if (unpacked < 0 || static_cast<uint32_t>(unpacked) != claimed ||
      crc32(bytes) != little_endian(end)) {
    fail("gzip", "the file is damaged: its contents do not fit its checksum");
  }
  return bytes;
}

}  // namespace rivulet::io
