// Numbers of any number of bits in bytes, the most significant bit first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rivulet/io/bytes.h"

namespace rivulet::io {

class BitWriter {
 public:
  /// The lowest `bits` bits of a value, 0..32; the others must be zero.
  void write(uint32_t value, int bits);

  [[nodiscard]] int64_t written() const { return written_; }  ///< bits so far
  /// What was written, filled with zeros to a whole byte.
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  int64_t written_ = 0;
};

/// Reads what BitWriter wrote; does not own the bytes.
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// The next `bits` bits, 0..32. Throws Error when fewer are left.
  [[nodiscard]] uint32_t read(int bits);
  /// Throws Error unless less than a byte is left, and all of it zeros.
  void finish() const;

 private:
  [[nodiscard]] int64_t left() const { return static_cast<int64_t>(bytes_.size()) * 8 - position_; }

  std::span<const std::byte> bytes_;
  int64_t position_ = 0;
};

}  // namespace rivulet::io
