// Whole numbers >= 0 of any size: just what counting and packing codes needs.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "rivulet/io/bit_stream.h"

namespace rivulet::io {

class Natural {
 public:
  explicit Natural(uint64_t value = 0);

  /// Of that many bits, the most significant first.
  static Natural read(BitReader& in, int64_t bits);
  /// The number must fit into them.
  void write(BitWriter& out, int64_t bits) const;

  Natural& operator+=(const Natural& other);
  /// Not less than `other`.
  Natural& operator-=(const Natural& other);
  Natural& operator*=(uint32_t factor);
  /// Divides, and returns the remainder; the divisor is not zero.
  uint32_t divide(uint32_t divisor);

  /// Bits of the number without leading zeros: 0 for 0.
  [[nodiscard]] int64_t bits() const;
  /// log2 of the number to about 15 digits; it is not zero.
  [[nodiscard]] double log2() const;

  friend bool operator==(const Natural&, const Natural&) = default;
  friend std::strong_ordering operator<=>(const Natural& a, const Natural& b);

 private:
  void trim();
  /// Zero beyond the last.
  [[nodiscard]] uint32_t limb(size_t i) const { return i < limbs_.size() ? limbs_[i] : 0; }

  std::vector<uint32_t> limbs_;  // the least significant first; the last one is not zero
};

/// ceil(log2 count): the bits that tell `count` things apart. The count is not zero.
[[nodiscard]] int64_t bits_for(Natural count);

}  // namespace rivulet::io
