#include "rivulet/io/bit_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "rivulet/core/error.h"

namespace rivulet::io {

void BitWriter::write(uint32_t value, int bits) {
  assert(bits >= 0 && bits <= 32 && (uint64_t{value} >> bits) == 0);
  while (bits > 0) {
    const int used = static_cast<int>(written_ % 8);
    if (used == 0) bytes_.push_back(std::byte{0});
    const int take = std::min(bits, 8 - used);
    const uint32_t part = value >> (bits - take) & ((1U << take) - 1U);
    bytes_.back() |= static_cast<std::byte>(part << (8 - used - take));
    bits -= take;
    written_ += take;
  }
}

uint32_t BitReader::read(int bits) {
  assert(bits >= 0 && bits <= 32);
  if (bits > left()) {
    fail("bits", fmt::format("{} bits end before the {} that follow bit {}", bytes_.size() * 8,
                             bits, position_));
  }
  uint32_t value = 0;
  while (bits > 0) {
    const int used = static_cast<int>(position_ % 8);
    const int take = std::min(bits, 8 - used);
    const auto byte = std::to_integer<uint32_t>(bytes_[static_cast<size_t>(position_ / 8)]);
    value = value << take | (byte >> (8 - used - take) & ((1U << take) - 1U));
    bits -= take;
    position_ += take;
  }
  return value;
}

void BitReader::finish() const {
  BitReader rest = *this;
  if (left() >= 8) {
    fail("bits",
         fmt::format("{} bytes hold {} bits and more that mean nothing", bytes_.size(), position_));
  }
  if (rest.read(static_cast<int>(left())) != 0) {
    fail("bits", "the bits that fill the last byte are not zeros");
  }
}

}  // namespace rivulet::io
