#include "rivulet/io/crc.h"

#include <algorithm>
#include <array>

namespace rivulet::io {
namespace {

constexpr std::array<uint16_t, 256> table16 = [] {
  std::array<uint16_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i << 8;
    for (int bit = 0; bit < 8; ++bit) {
      value = value << 1 ^ ((value & 0x8000U) != 0 ? 0x1021U : 0U);
    }
    table[i] = static_cast<uint16_t>(value);
  }
  return table;
}();

constexpr std::array<uint32_t, 256> table32 = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = value >> 1 ^ ((value & 1U) != 0 ? 0xedb88320U : 0U);
    }
    table[i] = value;
  }
  return table;
}();

}  // namespace

uint16_t crc16(std::span<const std::byte> bytes, uint16_t before) {
  uint32_t crc = before;
  for (const std::byte byte : bytes) {
    crc = (crc << 8 & 0xffffU) ^ table16[crc >> 8 ^ std::to_integer<uint32_t>(byte)];
  }
  return static_cast<uint16_t>(crc);
}

uint32_t crc32(std::span<const std::byte> bytes, uint32_t before) {
  uint32_t crc = ~before;
  for (const std::byte byte : bytes) {
    crc = crc >> 8 ^ table32[(crc ^ std::to_integer<uint32_t>(byte)) & 255U];
  }
  return ~crc;
}

uint32_t adler32(std::span<const std::byte> bytes) {
  constexpr uint32_t modulus = 65521;
  constexpr size_t run = 5552;  // so many sums stay below 2^32
  uint32_t low = 1;
  uint32_t high = 0;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(run, bytes.size()));
    for (const std::byte byte : part) {
      low += std::to_integer<uint32_t>(byte);
      high += low;
    }
    low %= modulus;
    high %= modulus;
    bytes = bytes.subspan(part.size());
  }
  return high << 16 | low;
}

}  // namespace rivulet::io
