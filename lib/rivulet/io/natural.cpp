#include "rivulet/io/natural.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace rivulet::io {

Natural::Natural(uint64_t value)
    : limbs_{static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32)} {
  trim();
}

void Natural::trim() {
  while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
}

Natural Natural::read(BitReader& in, int64_t bits) {
  Natural number;
  // Not made before it is known to be there: `bits` may be anybody's claim.
  for (int64_t left = bits; left > 0;) {
    const int take = static_cast<int>((left - 1) % 32) + 1;
    number.limbs_.push_back(in.read(take));
    left -= take;
  }
  std::ranges::reverse(number.limbs_);
  number.trim();
  return number;
}

void Natural::write(BitWriter& out, int64_t bits) const {
  assert(this->bits() <= bits);
  for (int64_t left = bits; left > 0;) {
    const int take = static_cast<int>((left - 1) % 32) + 1;
    left -= take;
    out.write(limb(static_cast<size_t>(left / 32)), take);
  }
}

Natural& Natural::operator+=(const Natural& other) {
  limbs_.resize(std::max(limbs_.size(), other.limbs_.size()) + 1);
  uint64_t carry = 0;
  size_t i = 0;
  for (uint32_t& limb : limbs_) {
    carry += uint64_t{limb} + other.limb(i++);
    limb = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  trim();
  return *this;
}

Natural& Natural::operator-=(const Natural& other) {
  assert(*this >= other);
  uint32_t borrow = 0;
  size_t i = 0;
  for (uint32_t& limb : limbs_) {
    const uint64_t taken = uint64_t{other.limb(i++)} + borrow;
    borrow = limb < taken ? 1 : 0;
    limb -= static_cast<uint32_t>(taken);
  }
  trim();
  return *this;
}

Natural& Natural::operator*=(uint32_t factor) {
  uint64_t carry = 0;
  for (uint32_t& limb : limbs_) {
    carry += uint64_t{limb} * factor;
    limb = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  limbs_.push_back(static_cast<uint32_t>(carry));
  trim();
  return *this;
}

uint32_t Natural::divide(uint32_t divisor) {
  uint64_t remainder = 0;
  for (size_t i = limbs_.size(); i-- > 0;) {
    remainder = remainder << 32 | limbs_[i];
    limbs_[i] = static_cast<uint32_t>(remainder / divisor);
    remainder %= divisor;
  }
  trim();
  return static_cast<uint32_t>(remainder);
}

int64_t Natural::bits() const {
  if (limbs_.empty()) return 0;
  return static_cast<int64_t>(limbs_.size()) * 32 - std::countl_zero(limbs_.back());
}

double Natural::log2() const {
  assert(!limbs_.empty());
  const size_t first = limbs_.size() > 3 ? limbs_.size() - 3 : 0;
  double top = 0;
  for (size_t i = limbs_.size(); i-- > first;) top = top * 0x1p32 + limbs_[i];
  return std::log2(top) + 32.0 * static_cast<double>(first);
}

std::strong_ordering operator<=>(const Natural& a, const Natural& b) {
  if (const auto order = a.limbs_.size() <=> b.limbs_.size(); order != 0) return order;
  return std::lexicographical_compare_three_way(a.limbs_.rbegin(), a.limbs_.rend(),
                                                b.limbs_.rbegin(), b.limbs_.rend());
}

int64_t bits_for(Natural count) { return (count -= Natural(1)).bits(); }

}  // namespace rivulet::io
