#include "rivulet/io/gzip.h"

#include <fmt/format.h>

#include <algorithm>

#include "rivulet/core/error.h"
#include "rivulet/io/crc.h"
#include "rivulet/io/inflate.h"

namespace rivulet::io {
namespace {

constexpr size_t fixed_head = 10;
constexpr size_t trailer = 8;

uint32_t little_endian(std::span<const std::byte> bytes, size_t count) {
  uint32_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | std::to_integer<uint32_t>(bytes[i]);
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
    skip(little_endian(body.subspan(at - 2), 2));
  }
  for (const unsigned text : {named, commented}) {
    if ((flags & text) == 0) continue;
    const auto rest = body.subspan(at);
    skip(static_cast<size_t>(std::ranges::find(rest, std::byte{0}) - rest.begin()) + 1);
  }
  if ((flags & checked) != 0) {
    skip(2);
    if ((crc32(body.first(at - 2)) & 0xffffU) != little_endian(body.subspan(at - 2), 2)) {
      fail("gzip", "the file is damaged: its head does not fit its checksum");
    }
  }
  return at;
}

}  // namespace

bool is_gzip(std::span<const std::byte> file) {
  return file.size() >= 2 && file[0] == std::byte{0x1f} && file[1] == std::byte{0x8b};
}

Bytes gunzip(std::span<const std::byte> file, uint64_t max_bytes) {
  Bytes all;
  do {
    const size_t begin = head_size(file);
    Inflated member = inflate(file.subspan(begin), max_bytes - all.size());
    const auto end = file.subspan(begin + member.used);
    if (end.size() < trailer) fail("gzip", "the file is cut off before its checksum");
    if (crc32(member.bytes) != little_endian(end, 4) ||
        static_cast<uint32_t>(member.bytes.size()) != little_endian(end.subspan(4), 4)) {
      fail("gzip", "the file is damaged: its contents do not fit its checksum");
    }
    if (all.empty()) {
      all = std::move(member.bytes);
    } else {
      all.insert(all.end(), member.bytes.begin(), member.bytes.end());
    }
    file = end.subspan(trailer);
    // Zeros fill up the last block of a tape; anything else is another member, or damage.
    if (std::ranges::all_of(file, [](std::byte b) { return b == std::byte{0}; })) return all;
  } while (is_gzip(file));
  fail("gzip", fmt::format("{} bytes follow the end that are no gzip", file.size()));
}

}  // namespace rivulet::io
