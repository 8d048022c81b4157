#include "rivulet/core/random.h"

#include <bit>
#include <cmath>

namespace rivulet {
namespace {

// ln x for a normal x > 0: x = m 2^e with m in [sqrt(1/2), sqrt(2)), then
// ln m = 2 artanh(s) with s = (m-1)/(m+1), |s| < 0.172. Plain arithmetic, so equal everywhere.
inline float portable_log(float x) {
  const auto raw = std::bit_cast<uint32_t>(x);
  const uint32_t shifted = raw - 0x3f3504f3U;
  const auto exponent = static_cast<float>(static_cast<int32_t>(shifted) >> 23);
  const float m = std::bit_cast<float>((shifted & 0x007fffffU) + 0x3f3504f3U);
  const float s = (m - 1.0F) / (m + 1.0F);
  const float z = s * s;
  const float tail = z * (0.66666667F + z * (0.4F + z * (0.28571429F + z * 0.22222222F)));
  return exponent * 0.69314718F + (2.0F * s + s * tail);
}

// (sin, cos) of 2 pi u for u in [0, 1): the nearest quarter turn is taken off first, and put back
// by exchanging and negating. Without branches, for loops that the compiler makes vectors of.
inline std::array<float, 2> portable_sincos_turns(float u) {
  const int32_t quarter = (static_cast<int32_t>(u * 8.0F) + 1) >> 1;
  const float x = (u - static_cast<float>(quarter) * 0.25F) * 6.2831853F;  // |x| <= pi/4
  const float z = x * x;
  const float sine =
      x + x * z * (-0.16666667F + z * (8.3333310e-3F + z * (-1.9840874e-4F + z * 2.7525562e-6F)));
  const float cosine =
      1.0F + z * (-0.5F + z * (0.041666664F + z * (-1.3888874e-3F + z * 2.4760495e-5F)));
  const auto s = std::bit_cast<uint32_t>(sine);
  const auto c = std::bit_cast<uint32_t>(cosine);
  const auto turns = static_cast<uint32_t>(quarter);
  const uint32_t exchange = (s ^ c) & (0U - (turns & 1U));
  return {std::bit_cast<float>((s ^ exchange) ^ (turns & 2U) << 30),
          std::bit_cast<float>((c ^ exchange) ^ ((turns + 1U) & 2U) << 30)};
}

// A word's upper 24 bits as a fraction in [0, 1).
float fraction(uint32_t word) {
  return static_cast<float>(static_cast<int32_t>(word >> 8)) * 0x1p-24F;
}

// Box and Muller's radius; the half step keeps the logarithm's argument above zero.
inline float radius_of(uint32_t word) {
  const float u = (static_cast<float>(static_cast<int32_t>(word >> 8)) + 0.5F) * 0x1p-24F;
  return std::sqrt(-2.0F * portable_log(u));
}

uint64_t mix(uint64_t x) {  // SplitMix64's finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

constexpr int philox_rounds = 10;
constexpr std::array<uint32_t, 2> philox_factors{0xD2511F53U, 0xCD9E8D57U};
constexpr std::array<uint32_t, 2> weyl{0x9E3779B9U, 0xBB67AE85U};

// The bulk paths make blocks by the batch: word w of block i at [w][i]. Half as many, and gcc would
// unroll the loops rather than make vectors of them.
constexpr size_t batch = 32;
using Row = std::array<uint32_t, batch>;
using Batch = std::array<Row, 4>;

void philox_round(Row& c0, Row& c1, Row& c2, Row& c3, std::array<uint32_t, 2> k) {
  for (size_t i = 0; i < batch; ++i) {
    const uint64_t p0 = uint64_t{philox_factors[0]} * c0[i];
    const uint64_t p1 = uint64_t{philox_factors[1]} * c2[i];
    c0[i] = static_cast<uint32_t>(p1 >> 32) ^ c1[i] ^ k[0];
    c1[i] = static_cast<uint32_t>(p1);
    c2[i] = static_cast<uint32_t>(p0 >> 32) ^ c3[i] ^ k[1];
    c3[i] = static_cast<uint32_t>(p0);
  }
}

Batch philox_batch(uint64_t first, uint64_t stream, uint64_t seed) {
  Batch c;
  for (size_t i = 0; i < batch; ++i) {
    c[0][i] = static_cast<uint32_t>(first + i);
    c[1][i] = static_cast<uint32_t>((first + i) >> 32);
    c[2][i] = static_cast<uint32_t>(stream);
    c[3][i] = static_cast<uint32_t>(stream >> 32);
  }
  std::array<uint32_t, 2> k{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  for (int round = 0; round < philox_rounds; ++round, k[0] += weyl[0], k[1] += weyl[1]) {
    philox_round(c[0], c[1], c[2], c[3], k);
  }
  return c;
}

}  // namespace

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
  for (int round = 0; round < philox_rounds; ++round, k[0] += weyl[0], k[1] += weyl[1]) {
    const uint64_t p0 = uint64_t{philox_factors[0]} * c[0];
    const uint64_t p1 = uint64_t{philox_factors[1]} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(p0)};
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

float Rng::uniform() { return fraction(bits()); }

uint32_t Rng::below(uint32_t n) { return static_cast<uint32_t>((uint64_t{bits()} * n) >> 32); }

float Rng::normal() {
  // Two words make one number; the sine twin is dropped so that a position never depends on
  // history.
  const float radius = radius_of(bits());
  return radius * portable_sincos_turns(fraction(bits()))[1];
}

void Rng::uniform(std::span<float> out) {
  size_t n = 0;
  while (n < out.size() && (position_ & 3) != 0) out[n++] = uniform();
  for (; n + 4 * batch <= out.size(); n += 4 * batch) {
    const Batch words = philox_batch(position_ >> 2, stream_, seed_);
    position_ += 4 * batch;
    for (size_t i = 0; i < batch; ++i) {
      for (size_t w = 0; w < 4; ++w) out[n + 4 * i + w] = fraction(words[w][i]);
    }
  }
  while (n < out.size()) out[n++] = uniform();
}

void Rng::normal(std::span<float> out) {
  size_t n = 0;
  const auto pair = [&] {
    const float radius = radius_of(bits());
    const auto [sine, cosine] = portable_sincos_turns(fraction(bits()));
    out[n++] = radius * cosine;
    out[n++] = radius * sine;
  };
  // Whole batches from where a block begins; from an odd position, pairs never come upon one.
  while ((position_ & 3) == 2 && n + 2 <= out.size()) pair();
  for (; (position_ & 3) == 0 && n + 4 * batch <= out.size(); n += 4 * batch) {
    const Batch words = philox_batch(position_ >> 2, stream_, seed_);
    std::array<std::array<float, batch>, 4> values;
    for (size_t w = 0; w < 4; w += 2) {
      for (size_t i = 0; i < batch; ++i) {
        const float radius = radius_of(words[w][i]);
        const auto [sine, cosine] = portable_sincos_turns(fraction(words[w + 1][i]));
        values[w][i] = radius * cosine;
        values[w + 1][i] = radius * sine;
      }
    }
    position_ += 4 * batch;
    for (size_t i = 0; i < batch; ++i) {
      for (size_t w = 0; w < 4; ++w) out[n + 4 * i + w] = values[w][i];
    }
  }
  while (n + 2 <= out.size()) pair();
  if (n < out.size()) out[n] = normal();
}

Rng Rng::fork(uint64_t purpose) const {
  return Rng(seed_, mix(stream_ + 0x9e3779b97f4a7c15ULL * (purpose + 1)));
}

void Rng::seek(uint64_t position) { position_ = position; }

}  // namespace rivulet
