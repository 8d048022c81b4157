#include "rivulet/core/random.h"

#include <bit>
#include <cmath>

namespace rivulet {
namespace {

// ln x for a normal x > 0: x = m 2^e with m in [sqrt(1/2), sqrt(2)), then
// ln m = 2 artanh(s) with s = (m-1)/(m+1), |s| < 0.172. Plain arithmetic, so equal everywhere.
float portable_log(float x) {
  const auto raw = std::bit_cast<uint32_t>(x);
  const uint32_t shifted = raw - 0x3f3504f3U;
  const auto exponent = static_cast<float>(static_cast<int32_t>(shifted) >> 23);
  const float m = std::bit_cast<float>((shifted & 0x007fffffU) + 0x3f3504f3U);
  const float s = (m - 1.0F) / (m + 1.0F);
  const float z = s * s;
  const float tail = z * (0.66666667F + z * (0.4F + z * (0.28571429F + z * 0.22222222F)));
  return exponent * 0.69314718F + (2.0F * s + s * tail);
}

// (sin, cos) of 2 pi u for u in [0, 1): the nearest quarter turn is taken off first.
std::array<float, 2> portable_sincos_turns(float u) {
  const auto quarter = static_cast<int>(u * 4.0F + 0.5F);
  const float x = (u - static_cast<float>(quarter) * 0.25F) * 6.2831853F;  // |x| <= pi/4
  const float z = x * x;
  const float sine =
      x + x * z * (-0.16666667F + z * (8.3333310e-3F + z * (-1.9840874e-4F + z * 2.7525562e-6F)));
  const float cosine =
      1.0F + z * (-0.5F + z * (0.041666664F + z * (-1.3888874e-3F + z * 2.4760495e-5F)));
  switch (quarter & 3) {
    case 0: return {sine, cosine};
    case 1: return {cosine, -sine};
    case 2: return {-sine, -cosine};
    default: return {-cosine, sine};
  }
}

uint64_t mix(uint64_t x) {  // SplitMix64's finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53U} * c[0];
    const uint64_t p1 = uint64_t{0xCD9E8D57U} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(p0)};
    k[0] += 0x9E3779B9U;
    k[1] += 0xBB67AE85U;
  }
  return c;
}

uint32_t Rng::bits() {
  const uint64_t index = position_ >> 2;
  if (index != block_index_) {
    block_ = philox({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
                     static_cast<uint32_t>(stream_), static_cast<uint32_t>(stream_ >> 32)},
                    {static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32)});
    block_index_ = index;
  }
  return block_[position_++ & 3];
}

float Rng::uniform() { return static_cast<float>(bits() >> 8) * 0x1p-24F; }

uint32_t Rng::below(uint32_t n) {
  return static_cast<uint32_t>((uint64_t{bits()} * n) >> 32);
}

float Rng::normal() {
  // Two words make one number; the sine twin is dropped so that a position never depends on history.
  const float radius_word = (static_cast<float>(bits() >> 8) + 0.5F) * 0x1p-24F;
  const float angle = uniform();
  return std::sqrt(-2.0F * portable_log(radius_word)) * portable_sincos_turns(angle)[1];
}

void Rng::uniform(std::span<float> out) {
  for (float& value : out) value = uniform();
}

void Rng::normal(std::span<float> out) {
  size_t i = 0;
  for (; i + 2 <= out.size(); i += 2) {
    const float radius_word = (static_cast<float>(bits() >> 8) + 0.5F) * 0x1p-24F;
    const float radius = std::sqrt(-2.0F * portable_log(radius_word));
    const auto [sine, cosine] = portable_sincos_turns(uniform());
    out[i] = radius * cosine;
    out[i + 1] = radius * sine;
  }
  if (i < out.size()) out[i] = normal();
}

Rng Rng::fork(uint64_t purpose) const {
  return Rng(seed_, mix(stream_ + 0x9e3779b97f4a7c15ULL * (purpose + 1)));
}

void Rng::seek(uint64_t position) { position_ = position; }

}  // namespace rivulet
