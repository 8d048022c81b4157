#include "rivulet/io/half.h"

#include <bit>

namespace rivulet::io {

uint16_t to_half(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000U);
  const uint32_t magnitude = bits & 0x7fffffffU;
  uint32_t half = 0;
  if (magnitude > 0x7f800000U) {
    half = 0x7e00U | ((magnitude >> 13) & 0x01ffU);  // NaN: quiet, the payload's head is kept
  } else if (magnitude >= 0x47800000U) {
    half = 0x7c00U;  // 2^16 and more
  } else if (magnitude >= 0x38800000U) {
    // Normal: rebias the exponent, then add just less than half a unit, or half when odd. A carry
    // runs into the exponent, and from 65520 on into infinity, as it should.
    const uint32_t rebased = magnitude - 0x38000000U;
    half = (rebased + 0x0fffU + ((rebased >> 13) & 1U)) >> 13;
  } else {
    // Subnormal: adding 1/2 aligns the last bit of a half (2^-24) with that of the sum, and the
    // addition itself rounds to nearest even.
    const float aligned = std::bit_cast<float>(magnitude) + 0.5F;
    half = std::bit_cast<uint32_t>(aligned) - 0x3f000000U;
  }
  return static_cast<uint16_t>(sign | half);
}

float from_half(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000U) << 16;
  const uint32_t magnitude = half & 0x7fffU;
  uint32_t bits = 0;
  if (magnitude >= 0x7c00U) {
    bits = 0x7f800000U | (magnitude & 0x03ffU) << 13;  // infinity or NaN
  } else if (magnitude >= 0x0400U) {
    bits = (magnitude << 13) + 0x38000000U;  // exponent bias 15 -> 127
  } else {
    bits = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude | 0x3f000000U) - 0.5F);
  }
  return std::bit_cast<float>(sign | bits);
}

}  // namespace rivulet::io
