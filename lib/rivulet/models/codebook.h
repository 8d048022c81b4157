// Codebooks of Gaussian noise that are nowhere stored: the seed is the codebook.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/core/names.h"

namespace rivulet::models {

enum class CodebookKind : uint8_t {
  per_step,  ///< K fresh vectors for each step (DDCM)
  shared,    ///< the same K vectors for all steps
  hadamard,  ///< per step, vectors with structure: all inner products in (K + D) log D
  paired,    ///< per step, every second one the negative of the one before: their mean is zero
};
inline constexpr Names<CodebookKind, 4> codebook_names{
    "codebook", {"per-step", "shared", "hadamard", "paired"}};

/// K vectors of D numbers, N(0,1), for each step: equal on every machine (core/random.h).
///
/// The structured kind is made of blocks of P vectors, P the power of two from D on: the rows of
/// H G H B / sqrt(P), H Hadamard's matrix, G a diagonal of normal numbers, B one of signs (Le et
/// al. 2013, "Fastfood"); each number of a row is a sum of P independent normal ones.
class Codebook {
 public:
  /// K 2..65536, D 1..2^20. Throws Error otherwise.
  Codebook(CodebookKind kind, uint64_t seed, int64_t size, int64_t dimensions);

  [[nodiscard]] int64_t size() const { return size_; }              ///< K
  [[nodiscard]] int64_t dimensions() const { return dimensions_; }  ///< D
  /// Vector k of a step, [D], without making the others.
  void vector(int step, int64_t k, std::span<float> out) const;
  /// Some of a step's vectors.
  struct Part {
    int64_t first = 0;
    int64_t count = 0;
  };
  /// Inner products of all K vectors of a step with each row of r [n,D]: dots [n,K].
  void dots(int step, std::span<const float> r, std::span<float> dots) const;
  /// Those with a part of the vectors, into their columns of dots [n,K]; to `making` is added the
  /// time that the vectors took, in seconds.
  void dots(int step, Part part, std::span<const float> r, std::span<float> dots,
            double* making = nullptr) const;
  /// So many vectors are a good part: whole blocks, made in some milliseconds.
  [[nodiscard]] int64_t piece() const;
  /// ||eps_k||^2 of a step, [K].
  void squared_lengths(int step, std::span<float> squared) const;

 private:
  struct Rows;
  struct Block;

  [[nodiscard]] uint64_t stream(int step) const;
  [[nodiscard]] int64_t signs() const { return kind_ == CodebookKind::paired ? 2 : 1; }
  [[nodiscard]] Block block(int step, int64_t number) const;
  void row_dots(int step, Part part, std::span<const float> r, std::span<float> out,
                double& making) const;
  void block_dots(int step, Part part, std::span<const float> r, std::span<float> out,
                  double& making) const;

  CodebookKind kind_;
  uint64_t seed_;
  int64_t size_;
  int64_t dimensions_;
  int64_t stride_;  // numbers from one vector to the next
};

}  // namespace rivulet::models
