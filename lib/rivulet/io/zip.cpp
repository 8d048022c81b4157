#include "rivulet/io/zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/io/crc.h"
#include "rivulet/io/inflate.h"

namespace rivulet::io {
namespace {

constexpr uint32_t local_mark = 0x04034b50;
constexpr uint32_t directory_mark = 0x02014b50;
constexpr uint32_t end_mark = 0x06054b50;
constexpr size_t local_size = 30;
constexpr size_t directory_size = 46;
constexpr size_t end_size = 22;
constexpr size_t longest_comment = 65535;

/// A number of the archive: little endian.
uint32_t number(std::span<const std::byte> file, uint64_t at, size_t width) {
  if (at + width > file.size()) fail("zip", "the archive is cut off");
  uint32_t value = 0;
  for (size_t i = width; i-- > 0;) {
    value = value << 8 | std::to_integer<uint32_t>(file[static_cast<size_t>(at) + i]);
  }
  return value;
}

std::span<const std::byte> part(std::span<const std::byte> file, uint64_t at, uint64_t size) {
  if (at > file.size() || size > file.size() - at) fail("zip", "the archive is cut off");
  return file.subspan(static_cast<size_t>(at), static_cast<size_t>(size));
}

/// Where the record is that ends an archive.
size_t find_end(std::span<const std::byte> file) {
  const size_t most = std::min(file.size(), end_size + longest_comment);
  for (size_t back = end_size; back <= most; ++back) {
    const size_t at = file.size() - back;
    if (number(file, at, 4) == end_mark && number(file, at + 20, 2) == back - end_size) return at;
  }
  fail("zip", "the archive is cut off: its directory is missing");
}

/// One file as the directory tells it.
struct Told {
  std::string name;
  uint32_t flags = 0;
  uint32_t method = 0;
  uint32_t checksum = 0;
  uint32_t packed = 0;
  uint32_t size = 0;
  uint32_t at = 0;
};

Bytes read_entry(std::span<const std::byte> file, const Told& told, uint64_t max_bytes) {
  const auto refuse = [&](const std::string& why) {
    fail("zip", fmt::format("{}: {}", told.name, why));
  };
  if ((told.flags & 1U) != 0) refuse("it is encrypted");
  if (told.packed == UINT32_MAX || told.size == UINT32_MAX || told.size > max_bytes) {
    refuse(fmt::format("too large (at most {} bytes)", max_bytes));
  }
  if (number(file, told.at, 4) != local_mark) refuse("it is not where the directory says");
  const uint64_t begin = uint64_t{told.at} + local_size + number(file, uint64_t{told.at} + 26, 2) +
                         number(file, uint64_t{told.at} + 28, 2);
  const auto packed = part(file, begin, told.packed);
  Bytes bytes;
  if (told.method == 0) {
    bytes.assign(packed.begin(), packed.end());
  } else if (told.method == 8) {
    Inflated found = inflate(packed, told.size);
    if (found.used != packed.size()) refuse("more follows the end of its packed data");
    bytes = std::move(found.bytes);
  } else {
    refuse(fmt::format("packed in way {} (stored and deflated are read)", told.method));
  }
  if (bytes.size() != told.size || crc32(bytes) != told.checksum) {
    refuse("it is damaged: its contents do not fit their checksum");
  }
  return bytes;
}

}  // namespace

bool is_zip(std::span<const std::byte> file) {
  return file.size() >= 4 && (number(file, 0, 4) == local_mark || number(file, 0, 4) == end_mark);
}

std::vector<ZipEntry> unzip(std::span<const std::byte> file, uint64_t max_bytes) {
  if (!is_zip(file)) fail("zip", "not a zip archive");
  const size_t end = find_end(file);
  const uint32_t count = number(file, end + 10, 2);
  uint64_t at = number(file, end + 16, 4);
  std::vector<ZipEntry> entries;
  for (uint32_t i = 0; i < count; ++i) {
    if (number(file, at, 4) != directory_mark) fail("zip", "the archive's directory is damaged");
    const uint32_t name_size = number(file, at + 28, 2);
    const auto name = part(file, at + directory_size, name_size);
    const Told told{.name = {reinterpret_cast<const char*>(name.data()), name.size()},
                    .flags = number(file, at + 8, 2),
                    .method = number(file, at + 10, 2),
                    .checksum = number(file, at + 16, 4),
                    .packed = number(file, at + 20, 4),
                    .size = number(file, at + 24, 4),
                    .at = number(file, at + 42, 4)};
    at += directory_size + name_size + number(file, at + 30, 2) + number(file, at + 32, 2);
    if (told.name.ends_with('/')) continue;
    Bytes bytes = read_entry(file, told, max_bytes);
    max_bytes -= bytes.size();
    entries.push_back({.name = told.name, .bytes = std::move(bytes)});
  }
  return entries;
}

}  // namespace rivulet::io
