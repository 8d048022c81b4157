// Writing Protocol Buffers: just the wire format, for files that other programs read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "rivulet/io/bytes.h"

namespace rivulet::io {

/// The fields of one message, in the order in which they are added. A repeated field is added once
/// for each element.
class ProtoMessage {
 public:
  void integer(int field, int64_t value);
  void number(int field, float value);
  void text(int field, std::string_view text);
  void bytes(int field, std::span<const std::byte> bytes);
  void message(int field, const ProtoMessage& child) { bytes(field, child.bytes_); }

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  enum class Wire : uint8_t { varint = 0, length = 2, fixed32 = 5 };
  void varint(uint64_t value);
  void tag(int field, Wire wire);

  Bytes bytes_;
};

}  // namespace rivulet::io
