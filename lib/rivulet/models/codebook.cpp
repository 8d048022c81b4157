#include "rivulet/models/codebook.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>

#include "rivulet/core/random.h"
#include "rivulet/core/range.h"
#include "rivulet/core/timed.h"

namespace rivulet::models {
namespace {

constexpr int64_t piece_numbers = int64_t{1} << 20;
constexpr size_t lanes = 16;  // partial sums, which make vectors of a sum of floats

float dot(std::span<const float> a, std::span<const float> b) {
  std::array<float, lanes> sums{};
  size_t i = 0;
  for (; i + lanes <= a.size(); i += lanes) {
    for (size_t lane = 0; lane < lanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float sum = 0;
  for (const float part : sums) sum += part;
  for (; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// x <- H x for Hadamard's matrix of the size of x, a power of two.
void hadamard(std::span<float> x) {
  for (size_t half = 1; half < x.size(); half *= 2) {
    for (size_t first = 0; first < x.size(); first += 2 * half) {
      float* a = &x[first];
      float* b = a + half;
      for (size_t i = 0; i < half; ++i) {
        const float sum = a[i] + b[i];
        b[i] = a[i] - b[i];
        a[i] = sum;
      }
    }
  }
}

}  // namespace

/// Vectors of a step one after another, of pairs the first ones, as many at once as stay in a
/// core's cache.
struct Codebook::Rows {
  static constexpr int64_t most_numbers = int64_t{1} << 15;

  const Codebook& book;
  Rng rng;
  std::vector<float> numbers;
  int64_t end;
  int64_t first;  // vector at the front of `numbers`
  int64_t count = 0;

  Rows(const Codebook& codebook, int step, int64_t from, int64_t to)
      : book(codebook),
        rng(codebook.seed_, codebook.stream(step)),
        numbers(static_cast<size_t>(
            std::clamp<int64_t>(most_numbers / codebook.stride_, 1, to - from) * codebook.stride_)),
        end(to),
        first(from) {
    rng.seek(static_cast<uint64_t>(first * codebook.stride_));
  }

  bool next() {
    first += count;
    count = std::min(static_cast<int64_t>(numbers.size()) / book.stride_, end - first);
    if (count > 0) rng.normal(std::span(numbers).first(static_cast<size_t>(count * book.stride_)));
    return count > 0;
  }
  [[nodiscard]] std::span<const float> row(int64_t k) const {
    return std::span(numbers).subspan(static_cast<size_t>(k * book.stride_),
                                      static_cast<size_t>(book.dimensions_));
  }
};

/// P structured vectors: the diagonals G and B.
struct Codebook::Block {
  std::vector<float> gauss;  // [P], divided by sqrt(P)
  std::vector<float> signs;  // [P]

  /// H G H B r, padded with zeros: inner products with r.
  void all_dots(std::span<const float> r, std::span<float> out) const {
    std::ranges::fill(out, 0.0F);
    for (size_t i = 0; i < r.size(); ++i) out[i] = r[i] * signs[i];
    hadamard(out);
    for (size_t i = 0; i < out.size(); ++i) out[i] *= gauss[i];
    hadamard(out);
  }
  /// Its transpose at unit vector j: row j of H G H B.
  void row(size_t j, std::span<float> out) const {
    std::ranges::fill(out, 0.0F);
    out[j] = 1;
    hadamard(out);
    for (size_t i = 0; i < out.size(); ++i) out[i] *= gauss[i];
    hadamard(out);
    for (size_t i = 0; i < out.size(); ++i) out[i] *= signs[i];
  }
};

Codebook::Codebook(CodebookKind kind, uint64_t seed, int64_t size, int64_t dimensions)
    : kind_(kind), seed_(seed), size_(size), dimensions_(dimensions) {
  need("codebook", "size", size, 2, int64_t{1} << 16);
  need("codebook", "dimensions", dimensions, 1, int64_t{1} << 20);
  // Whole blocks of the generator, so that a vector begins where a block does.
  stride_ = kind == CodebookKind::hadamard
                ? static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(dimensions)))
                : (dimensions + 3) / 4 * 4;
}

uint64_t Codebook::stream(int step) const {
  return kind_ == CodebookKind::shared ? 0 : static_cast<uint64_t>(step) + 1;
}

Codebook::Block Codebook::block(int step, int64_t number) const {
  const auto p = static_cast<size_t>(stride_);
  Rng rng = Rng(seed_, stream(step)).fork(static_cast<uint64_t>(number));
  Block made{.gauss = std::vector<float>(p), .signs = std::vector<float>(p)};
  rng.normal(made.gauss);
  const float scale = 1 / std::sqrt(static_cast<float>(p));
  for (size_t i = 0; i < p; ++i) {
    made.gauss[i] *= scale;
    made.signs[i] = (rng.bits() & 1) != 0 ? 1.0F : -1.0F;
  }
  return made;
}

void Codebook::vector(int step, int64_t k, std::span<float> out) const {
  need("codebook", "index", k, 0, size_ - 1);
  if (kind_ != CodebookKind::hadamard) {
    Rng rng(seed_, stream(step));
    rng.seek(static_cast<uint64_t>(k / signs() * stride_));
    // As long as in `Rows`: how many numbers are asked for decides how the last ones are made.
    std::vector<float> row(static_cast<size_t>(stride_));
    rng.normal(row);
    std::copy_n(row.begin(), dimensions_, out.begin());
    if (k % signs() != 0) std::ranges::transform(out, out.begin(), std::negate{});
    return;
  }
  std::vector<float> row(static_cast<size_t>(stride_));
  block(step, k / stride_).row(static_cast<size_t>(k % stride_), row);
  std::copy_n(row.begin(), dimensions_, out.begin());
}

int64_t Codebook::piece() const {
  const int64_t some = std::max<int64_t>(piece_numbers / stride_, 1);
  return kind_ == CodebookKind::hadamard ? std::max(some / stride_, int64_t{1}) * stride_ : some;
}

void Codebook::dots(int step, std::span<const float> r, std::span<float> out) const {
  dots(step, {.first = 0, .count = size_}, r, out);
}

void Codebook::dots(int step, Part part, std::span<const float> r, std::span<float> out,
                    double* making) const {
  need("codebook", "first vector", part.first, 0, size_ - 1);
  need("codebook", "vectors", part.count, 1, size_ - part.first);
  double unused = 0;
  double& made = making != nullptr ? *making : unused;
  if (kind_ == CodebookKind::hadamard) {
    block_dots(step, part, r, out, made);
  } else {
    row_dots(step, part, r, out, made);
  }
}

void Codebook::row_dots(int step, Part part, std::span<const float> r, std::span<float> out,
                        double& making) const {
  const auto d = static_cast<size_t>(dimensions_);
  const auto k = static_cast<size_t>(size_);
  const int64_t end = part.first + part.count;
  Rows rows(*this, step, part.first / signs(), (end + signs() - 1) / signs());
  const auto next = [&] {
    const Timed timed(making);
    return rows.next();
  };
  while (next()) {
    for (int64_t i = 0; i < rows.count; ++i) {
      for (size_t row = 0; row < r.size() / d; ++row) {
        const float product = dot(rows.row(i), r.subspan(row * d, d));
        for (int64_t sign = 0; sign < signs(); ++sign) {
          const int64_t at = (rows.first + i) * signs() + sign;
          if (at < part.first || at >= end) continue;
          out[row * k + static_cast<size_t>(at)] = sign == 0 ? product : -product;
        }
      }
    }
  }
}

void Codebook::block_dots(int step, Part part, std::span<const float> r, std::span<float> out,
                          double& making) const {
  const auto d = static_cast<size_t>(dimensions_);
  const auto k = static_cast<size_t>(size_);
  std::vector<float> products(static_cast<size_t>(stride_));
  const int64_t end = part.first + part.count;
  for (int64_t first = part.first; first < end;) {
    const int64_t number = first / stride_;
    const int64_t last = std::min((number + 1) * stride_, end);
    const Block made = [&] {
      const Timed timed(making);
      return block(step, number);
    }();
    const auto wanted = std::span(products).subspan(static_cast<size_t>(first % stride_),
                                                    static_cast<size_t>(last - first));
    for (size_t row = 0; row < r.size() / d; ++row) {
      made.all_dots(r.subspan(row * d, d), products);
      std::ranges::copy(wanted, &out[row * k + static_cast<size_t>(first)]);
    }
    first = last;
  }
}

void Codebook::squared_lengths(int step, std::span<float> squared) const {
  if (kind_ == CodebookKind::hadamard) {
    std::vector<float> row(static_cast<size_t>(dimensions_));
    for (int64_t k = 0; k < size_; ++k) {
      vector(step, k, row);
      squared[static_cast<size_t>(k)] = dot(row, row);
    }
    return;
  }
  for (Rows rows(*this, step, 0, (size_ + signs() - 1) / signs()); rows.next();) {
    for (int64_t i = 0; i < rows.count; ++i) {
      const int64_t first = (rows.first + i) * signs();
      std::fill_n(&squared[static_cast<size_t>(first)], std::min(signs(), size_ - first),
                  dot(rows.row(i), rows.row(i)));
    }
  }
}

}  // namespace rivulet::models
