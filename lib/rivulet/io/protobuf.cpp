#include "rivulet/io/protobuf.h"

#include <bit>

namespace rivulet::io {

void ProtoMessage::varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::byte>(value | 0x80));
  bytes_.push_back(static_cast<std::byte>(value));
}

void ProtoMessage::tag(int field, Wire wire) {
  varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(wire));
}

void ProtoMessage::integer(int field, int64_t value) {
  tag(field, Wire::varint);
  varint(static_cast<uint64_t>(value));  // negative numbers take ten bytes, as they should
}

void ProtoMessage::number(int field, float value) {
  tag(field, Wire::fixed32);
  const auto bits = std::bit_cast<uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) {
    bytes_.push_back(static_cast<std::byte>(bits >> shift));
  }
}

void ProtoMessage::text(int field, std::string_view text) {
  bytes(field, std::as_bytes(std::span(text)));
}

void ProtoMessage::bytes(int field, std::span<const std::byte> bytes) {
  tag(field, Wire::length);
  varint(bytes.size());
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

}  // namespace rivulet::io
