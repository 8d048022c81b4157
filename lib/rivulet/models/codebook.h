// Codebooks of Gaussian noise that are nowhere stored: the seed is the codebook.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rivulet::models {

enum class CodebookKind : uint8_t {
  per_step,  ///< K fresh vectors for each step (DDCM)
  shared,    ///< the same K vectors for all steps
  hadamard,  ///< per step, rows of a Hadamard matrix with random signs and magnitudes: D log D
};

/// K vectors of D numbers, N(0,1), for each step: equal on every machine (core/random.h).
class Codebook {
 public:
  /// K 2..65536, D 1..2^20; K*D at most 2^26. Throws Error otherwise.
  Codebook(CodebookKind kind, uint64_t seed, int64_t size, int64_t dimensions);

  [[nodiscard]] int64_t size() const { return size_; }              ///< K
  [[nodiscard]] int64_t dimensions() const { return dimensions_; }  ///< D
  /// Vector k of a step, [D], without making the others.
  void vector(int step, int64_t k, std::span<float> out) const;
  /// Inner products of all K vectors of a step with each row of r [n,D]: dots [n,K].
  void dots(int step, std::span<const float> r, std::span<float> dots);
  /// Squared lengths of the vectors that the last call of `dots` used, [K].
  [[nodiscard]] std::span<const float> squared_lengths() const { return squared_; }
};

}  // namespace rivulet::models
