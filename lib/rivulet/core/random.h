// Counter-based random numbers: the same seed gives the same numbers on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace rivulet {

/// One block of Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011): a keyed bijection of 128-bit counters whose outputs pass for random.
[[nodiscard]] std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter,
                                             std::array<uint32_t, 2> key);

/// A stream of random numbers: position `n` of stream (seed, stream) is a pure function of the
/// three, computed with IEEE additions, multiplications, divisions and square roots only, so it is
/// equal to the bit on every machine, and any part can be made without making what comes before.
class Rng {
 public:
  explicit Rng(uint64_t seed, uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  [[nodiscard]] uint32_t bits();
  /// Uniform in [0, 1), 24 bits.
  [[nodiscard]] float uniform();
  /// Uniform in {0, ..., n-1}, n >= 1.
  [[nodiscard]] uint32_t below(uint32_t n);
  /// Standard normal (Box-Muller).
  [[nodiscard]] float normal();

  void uniform(std::span<float> out);
  void normal(std::span<float> out);

  /// An independent stream of the same seed, for a named purpose or a step number.
  [[nodiscard]] Rng fork(uint64_t purpose) const;

  /// How many 32-bit words have been taken; with `seek`, what a checkpoint needs to resume.
  [[nodiscard]] uint64_t position() const { return position_; }
  void seek(uint64_t position);

 private:
  uint64_t seed_;
  uint64_t stream_;
  uint64_t position_ = 0;
  std::array<uint32_t, 4> block_{};
  uint64_t block_index_ = UINT64_MAX;
};

}  // namespace rivulet
