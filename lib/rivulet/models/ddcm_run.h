// What the kinds of work on codes share, and how they differ: inside of ddcm.h.
#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <vector>

#include "rivulet/models/ddcm.h"

namespace rivulet::models {

/// The choices of one step of one code.
struct Chosen {
  std::span<uint32_t> indices;       // [M]
  std::span<uint32_t> coefficients;  // [M], [M-1] or none
};
[[nodiscard]] Chosen at_step(DdcmCode& code, const DdcmSettings& settings, int step);
/// All zeros.
[[nodiscard]] DdcmCode empty_code(const DdcmSettings& settings);
/// g of pursuit's coefficient c.
[[nodiscard]] float share(uint32_t c, int coefficient_bits);
/// So many values has a coefficient, or a sign.
[[nodiscard]] uint32_t coefficient_limit(const DdcmSettings& settings);

/// The `count` positions of the largest scores, best first.
template <class Score>
std::vector<uint32_t> best_of(size_t size, size_t count, const Score& score) {
  std::vector<uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count),
                            std::greater{}, score);
  order.resize(count);
  return order;
}

/// Rows on their way from noise. A step is x0hat of all rows, then, of a coded one that chooses,
/// inner products with all vectors, then the way down: each in pieces.
struct DdcmRun::Impl {
  DdcmSettings settings;
  Denoise denoise;
  size_t d;
  Codebook codebook;
  std::vector<NoiseLevel> levels;
  std::vector<DdcmCode> codes;  // [n]
  std::vector<float> x_t;       // [n,D]
  std::vector<float> x0;        // [n,D]
  std::vector<float> r;         // [n,D]
  std::vector<float> dots;      // [n,K]
  std::vector<float> z;         // [D]
  std::vector<float> vector;    // [D]
  std::vector<float> before;    // [n,D]: x_t of the step seen
  int next = 0;
  size_t denoised = 0;   // rows of the step under way
  int64_t measured = 0;  // vectors of the step under way
  DdcmStep seen;
  DdcmTimes times;
  /// After x0hat of a coded step: where rows are to be pulled, into r. None: nothing is measured.
  std::function<void(Impl&, int step)> aim;
  /// After that: chooses, and moves all rows on.
  std::function<void(Impl&, int step)> act;
  /// After x0hat of the last step: a piece of what is to be done then; true when that is all.
  std::function<bool(Impl&)> end = [](Impl&) { return true; };

  Impl(const DdcmSettings& how, Denoise model, int64_t dimensions, size_t rows);

  [[nodiscard]] size_t rows() const { return x_t.size() / d; }
  [[nodiscard]] int steps() const { return static_cast<int>(levels.size()) - 1; }
  [[nodiscard]] std::span<float> row_of(std::vector<float>& values, size_t row) const {
    return std::span(values).subspan(row * d, d);
  }
  [[nodiscard]] std::span<const float> dots_of(size_t row) const {
    const auto k = static_cast<size_t>(settings.size());
    return std::span(dots).subspan(row * k, k);
  }
  [[nodiscard]] Posterior posterior(int step) const;

  /// The noise that a code stands for at a step, into z.
  void compose(int step, Chosen chosen);
  /// x_t of a row, with its x0hat, down one step into `to`.
  void move(const Posterior& q, std::span<const float> from, std::span<const float> clean_row,
            std::span<float> to) const;
  void move_all(int step, bool coded);

  /// A piece of a step; true when the step is complete.
  bool advance(size_t most_rows);

 private:
  void denoise_some(int step, size_t most_rows);
  void measure_some(int step);
  void show(int step, bool coded);
};

}  // namespace rivulet::models
