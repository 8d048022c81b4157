// Matrix products: tiles that a group shares, and dot products where one side is tiny.
#include <algorithm>

#include "rivulet/exec/gpu/draft.h"

namespace rivulet::exec::gpu {
namespace {

constexpr int threads = 256;
constexpr int side = 16;                // of the square of threads that computes a tile
constexpr int64_t few = 8;              // rows or columns that are tiny
constexpr int64_t enough_groups = 128;  // that keep a card busy
constexpr int64_t shortest_part = 256;  // of a sum that is cut in parts

/// Where element (row, column) of batch b lies: base + b batch + row rows + column columns.
struct Matrix {
  Operand base;
  int64_t batch;
  int64_t rows;
  int64_t columns;
};

struct Matrices {
  Matrix a;
  Matrix b;
  Matrix out;
};

Matrices matrices_of(const plan::Product& p) {
  const auto matrix = [](const Operand& base, int64_t rows, int64_t columns, bool transposed) {
    return Matrix{base, rows * columns, transposed ? 1 : columns, transposed ? rows : 1};
  };
  return {
      .a = matrix({.node = p.a.node, .offset = p.a.offset}, p.m, p.k, p.transpose_a),
      .b = matrix({.node = p.b.node, .offset = p.b.offset}, p.k, p.n, p.transpose_b),
      .out = matrix({.node = p.out, .written = true}, p.m, p.n, false),
  };
}

/// A tile of out by a square of threads: each computes `each` x `each` numbers, `side` apart.
class TileKernel {
 public:
  /// Sums over k from part * length on, for each of `parts`, to out + part * batch * m * n.
  TileKernel(const plan::Product& p, const Matrices& at, int each, int64_t parts)
      : p_(p),
        at_(at),
        each_(each),
        tile_(each * side),
        depth_(depth_of(each)),
        tiles_m_((p.m + tile_ - 1) / tile_),
        tiles_n_((p.n + tile_ - 1) / tile_),
        parts_(parts),
        length_(part_length(p.k, parts, each)),
        draft_("product", threads),
        b_(draft_.builder()),
        a_tile_(b_.share(depth_ * (tile_ + 1))),
        b_tile_(b_.share(depth_ * (tile_ + 1))) {}

  /// Of both operands' parts that are shared at a time: 16 KB is what every card has.
  static int depth_of(int each) { return each > 4 ? 8 : 16; }
  static int64_t part_length(int64_t k, int64_t parts, int each) {
    const int64_t length = (k + parts - 1) / parts;
    return (length + depth_of(each) - 1) / depth_of(each) * depth_of(each);
  }

  Call write() {
    const Val group = b_.group();
    column_ = (group % tiles_n_) * tile_;
    row_ = (group / tiles_n_ % tiles_m_) * tile_;
    batch_ = group / (tiles_n_ * tiles_m_) % p_.batch;
    const Val part = group / (tiles_n_ * tiles_m_ * p_.batch);
    const Val begin = part * length_;
    end_ = parts_ == 1 ? b_.integer(p_.k)
                       : pick(less(begin + length_, p_.k), begin + length_, b_.integer(p_.k));
    x_ = b_.lane() % side;
    y_ = b_.lane() / side;
    for (int i = 0; i < each_ * each_; ++i) sums_.push_back(b_.variable(b_.real(0)));
    b_.loop(begin, end_, depth_, [&](Val k) {
      fill(a_tile_, at_.a, row_, p_.m, k, false);
      fill(b_tile_, at_.b, column_, p_.n, k, true);
      b_.barrier();
      b_.loop(b_.integer(0), b_.integer(depth_), 1, [&](Val d) { multiply(d); });
      b_.barrier();
    });
    write_out(part);
    return draft_.finish(tiles_m_ * tiles_n_ * p_.batch * parts_);
  }

 private:
  /// tile[d][i] = matrix(first + i, k + d), or, of b, matrix(k + d, first + i); zeros outside.
  void fill(Shared tile, const Matrix& matrix, Val first, int64_t extent, Val k, bool of_b) {
    const int64_t step_i = of_b ? matrix.columns : matrix.rows;
    const int64_t step_k = of_b ? matrix.rows : matrix.columns;
    const int from = draft_.operand(matrix.base);
    const Val base = batch_ * matrix.batch;
    for (int e = 0; e < tile_ * depth_; e += threads) {
      const Val index = b_.lane() + e;
      const Val i = step_k == 1 ? index / depth_ : index % tile_;  // neighbours in memory
      const Val d = step_k == 1 ? index % depth_ : index / tile_;
      Val place = (first + i) * step_i + (k + d) * step_k;
      const bool whole = extent % tile_ == 0 && p_.k % depth_ == 0;
      if (whole) {
        b_.store(tile, d * (tile_ + 1) + i, b_.load(from, base + place));
        continue;
      }
      const Val inside = both(less(first + i, extent), less(k + d, end_));
      place = pick(inside, base + place, b_.integer(0));
      b_.store(tile, d * (tile_ + 1) + i, pick(inside, b_.load(from, place), 0.0F));
    }
  }

  void multiply(Val d) {
    std::vector<Val> left;
    std::vector<Val> right;
    for (int i = 0; i < each_; ++i) {
      left.push_back(b_.load(a_tile_, d * (tile_ + 1) + y_ + i * side));
      right.push_back(b_.load(b_tile_, d * (tile_ + 1) + x_ + i * side));
    }
    for (size_t i = 0; i < sums_.size(); ++i) {
      const size_t each = left.size();
      b_.set(sums_[i], fma(left[i / each], right[i % each], b_.get(sums_[i])));
    }
  }

  void write_out(Val part) {
    const int to = draft_.operand(at_.out.base);
    const Val base = (part * p_.batch + batch_) * at_.out.batch;
    for (int i = 0; i < each_; ++i) {
      for (int j = 0; j < each_; ++j) {
        const Val row = row_ + y_ + i * side;
        const Val column = column_ + x_ + j * side;
        const Val sum = sums_[static_cast<size_t>(i * each_ + j)];
        b_.when(both(less(row, p_.m), less(column, p_.n)), [&] {
          Val result = b_.get(sum);
          if (p_.bias && parts_ == 1) result = result + b_.load(draft_.reads(*p_.bias), column);
          b_.store(to, base + row * at_.out.rows + column * at_.out.columns, result);
        });
      }
    }
  }

  const plan::Product& p_;
  const Matrices& at_;
  int each_;
  int tile_;
  int depth_;
  int64_t tiles_m_;
  int64_t tiles_n_;
  int64_t parts_;
  int64_t length_;
  Draft draft_;
  Builder& b_;
  Shared a_tile_;
  Shared b_tile_;
  Val column_;
  Val row_;
  Val batch_;
  Val end_;
  Val x_;
  Val y_;
  std::vector<Val> sums_;
};

Lowered tiled(const plan::Product& p, const Matrices& at) {
  const auto groups = [&](int64_t tile) {
    return p.batch * ((p.m + tile - 1) / tile) * ((p.n + tile - 1) / tile);
  };
  int each = 2;
  for (const int larger : {4, 8}) {
    const int64_t tile = larger * side;
    if (groups(tile) >= enough_groups && p.m >= tile / 2 && p.n >= tile / 2) each = larger;
  }
  const int64_t wanted = std::min(p.k / shortest_part, enough_groups / groups(each * side));
  if (wanted < 2) return {.calls = {TileKernel(p, at, each, 1).write()}};
  const int64_t length = TileKernel::part_length(p.k, wanted, each);
  const int64_t parts = (p.k + length - 1) / length;
  const int64_t count = p.batch * p.m * p.n;
  Matrices in_parts = at;
  in_parts.out.base = {.node = Operand::scratch, .written = true};
  Lowered lowered{.calls = {TileKernel(p, in_parts, each, parts).write()},
                  .scratch = parts * count};
  append_fold(lowered,
              {.axes = {.reduced = parts, .inner = count},
               .from = {.node = Operand::scratch},
               .to = {.node = p.out},
               .bias = p.bias ? &*p.bias : nullptr,
               .bias_length = p.n},
              lowered.scratch);
  return lowered;
}

/// For each of `many` rows of b', which may be columns, its dot products with the `count` rows of
/// a: by threads that share the sum.
Call dots(const plan::Product& p, const Matrices& at, bool few_rows) {
  const int64_t many = few_rows ? p.n : p.m;
  const auto count = static_cast<size_t>(few_rows ? p.m : p.n);
  const Matrix& wide = few_rows ? at.b : at.a;
  const Matrix& narrow = few_rows ? at.a : at.b;
  const int64_t wide_i = few_rows ? wide.columns : wide.rows;
  const int64_t wide_k = few_rows ? wide.rows : wide.columns;
  const int64_t narrow_i = few_rows ? narrow.rows : narrow.columns;
  const int64_t narrow_k = few_rows ? narrow.columns : narrow.rows;
  const int64_t out_many = few_rows ? at.out.columns : at.out.rows;
  const int64_t out_few = few_rows ? at.out.rows : at.out.columns;

  Draft draft("dots", threads);
  Builder& b = draft.builder();
  const bool along_k = wide_k == 1 && p.k > 1;
  const int lanes = power_of_two((p.k + 3) / 4, along_k ? 32 : 8);
  const int columns = threads / lanes;
  const Val thread = b.lane();
  const Val lane = along_k ? thread % lanes : thread / columns;
  const Val column = along_k ? thread / lanes : thread % columns;
  const Val wanted = b.group() * columns + column;
  const Val inside = less(wanted, p.batch * many);
  const Val result = pick(inside, wanted, p.batch * many - 1);
  const Val i = result % many;
  const Val batch = result / many;

  const int from = draft.operand(wide.base);
  const int others = draft.operand(narrow.base);
  std::vector<Val> sums;
  sums.reserve(count);
  for (size_t j = 0; j < count; ++j) sums.push_back(b.variable(b.real(0)));
  b.loop(lane, b.integer(p.k), lanes, [&](Val k) {
    const Val x = b.load(from, batch * wide.batch + i * wide_i + k * wide_k);
    for (size_t j = 0; j < count; ++j) {
      const Val y =
          b.load(others, batch * narrow.batch + static_cast<int64_t>(j) * narrow_i + k * narrow_k);
      b.set(sums[j], fma(x, y, b.get(sums[j])));
    }
  });
  const int to = draft.operand(at.out.base);
  const Shared shared = b.share(threads);
  for (size_t j = 0; j < count; ++j) {
    Val total = fold_lanes(b, shared, {lane, lanes, along_k ? 1 : columns}, plan::Fold::sum,
                           b.get(sums[j]));
    if (p.bias) {
      const Val place = few_rows ? i : b.integer(static_cast<int64_t>(j));
      total = total + b.load(draft.reads(*p.bias), place);
    }
    b.when(both(inside, equal(lane, 0)), [&] {
      b.store(to, batch * at.out.batch + i * out_many + static_cast<int64_t>(j) * out_few, total);
    });
  }
  return draft.finish((p.batch * many + columns - 1) / columns);
}

/// Nothing to multiply: zeros, or the bias.
Call empty(const plan::Product& p) {
  Draft draft("no product");
  const int to = draft.writes(p.out);
  return each_element(draft, p.batch * p.m * p.n, [&](Val i) {
    Builder& b = draft.builder();
    b.store(to, i, p.bias ? b.load(draft.reads(*p.bias), i % p.n) : b.real(0));
  });
}

}  // namespace

Lowered lower_product(const plan::Product& p) {
  if (p.batch * p.m * p.n == 0) return {};
  if (p.k == 0) return {.calls = {empty(p)}};
  const Matrices at = matrices_of(p);
  // Few sums that are long are cut in parts.
  const bool long_sums = p.k >= 4096 && p.batch * std::max(p.m, p.n) <= 1024;
  if (std::min(p.m, p.n) <= few && !long_sums) return {.calls = {dots(p, at, p.m <= few)}};
  return tiled(p, at);
}

}  // namespace rivulet::exec::gpu
