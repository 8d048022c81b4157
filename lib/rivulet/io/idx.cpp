#include "rivulet/io/idx.h"

#include <fmt/format.h>

#include "rivulet/core/error.h"

namespace rivulet::io {
namespace {

constexpr auto of_bytes = std::byte{0x08};

ValueType value_type(std::byte code) {
  using Kind = ValueType::Kind;
  switch (std::to_integer<int>(code)) {
    case 0x08:
      return {};
    case 0x09:
      return {.kind = Kind::signed_whole, .width = 1, .big_endian = true};
    case 0x0b:
      return {.kind = Kind::signed_whole, .width = 2, .big_endian = true};
    case 0x0c:
      return {.kind = Kind::signed_whole, .width = 4, .big_endian = true};
    case 0x0d:
      return {.kind = Kind::real, .width = 4, .big_endian = true};
    case 0x0e:
      return {.kind = Kind::real, .width = 8, .big_endian = true};
    default:
      fail("idx",
           fmt::format("values of type 0x{:02x}, which there is not", std::to_integer<int>(code)));
  }
}

}  // namespace

bool is_idx(std::span<const std::byte> file) {
  return file.size() >= 4 && file[0] == std::byte{0} && file[1] == std::byte{0} &&
         file[2] >= of_bytes && file[2] <= std::byte{0x0e};
}

ByteArray parse_idx(std::span<const std::byte> file, Meaning meaning) {
  constexpr size_t before_extents = 4;
  if (file.size() < before_extents || file[0] != std::byte{0} || file[1] != std::byte{0}) {
    fail("idx", "not an idx file");
  }
  const ValueType type = value_type(file[2]);
  const auto axes = std::to_integer<size_t>(file[3]);
  const size_t head = before_extents + 4 * axes;
  if (file.size() < head) {
    fail("idx",
         fmt::format("{} axes need a head of {} bytes, the file has {}", axes, head, file.size()));
  }
  std::vector<uint64_t> extents(axes);
  for (size_t i = 4; i < head; ++i) {
    uint64_t& extent = extents[i / 4 - 1];
    extent = extent << 8 | std::to_integer<uint64_t>(file[i]);
  }
  return byte_array("idx", extents, file.subspan(head), type, meaning);
}

Bytes idx_bytes(const ByteArray& array) {
  Bytes file{std::byte{0}, std::byte{0}, of_bytes, static_cast<std::byte>(array.shape.rank())};
  for (const int64_t extent : array.shape.dims()) {
    if (extent < 0 || extent > UINT32_MAX) {
      fail("idx", fmt::format("no place for an extent of {}", extent));
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
      file.push_back(static_cast<std::byte>(extent >> shift & 255));
    }
  }
  const auto values = std::as_bytes(std::span(array.values));
  file.insert(file.end(), values.begin(), values.end());
  return file;
}

}  // namespace rivulet::io
