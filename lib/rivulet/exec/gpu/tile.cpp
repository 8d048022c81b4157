#include "rivulet/exec/gpu/tile.h"

namespace rivulet::exec::gpu {

Tile::Tile(std::string name, int each)
    : each_(each),
      tile_(each * side),
      depth_(depth_of(each)),
      draft_(std::move(name), threads),
      b_(draft_.builder()),
      a_tile_(b_.share(depth_ * (tile_ + 1))),
      b_tile_(b_.share(depth_ * (tile_ + 1))) {}

void Tile::write(const Side& a, const Side& b, const Sum& sum,
                 const std::function<void(Val row, Val column, Val sum)>& store) {
  const Val x = b_.lane() % side;
  const Val y = b_.lane() / side;
  for (int i = 0; i < each_ * each_; ++i) sums_.push_back(b_.variable(b_.real(0)));
  const FilledTile shape{.threads = threads, .rows = tile_, .depth = depth_, .step_d = tile_ + 1};
  b_.loop(b_.integer(0), b_.integer(sum.length), depth_, [&](Val from) {
    const Val k = sum.k + from;
    fill(b_, a_tile_, shape, a, sum, k);
    fill(b_, b_tile_, shape, b, sum, k);
    b_.barrier();
    b_.loop(b_.integer(0), b_.integer(depth_), 1, [&](Val d) { multiply(d); });
    b_.barrier();
  });
  for (int i = 0; i < each_; ++i) {
    for (int j = 0; j < each_; ++j) {
      const Val row = a.first + y + i * side;
      const Val column = b.first + x + j * side;
      b_.when(both(less(row, a.end), less(column, b.end)),
              [&] { store(row, column, b_.get(sums_[static_cast<size_t>(i * each_ + j)])); });
    }
  }
}

void Tile::multiply(Val d) {
  const Val x = b_.lane() % side;
  const Val y = b_.lane() / side;
  std::vector<Val> left;
  std::vector<Val> right;
  for (int i = 0; i < each_; ++i) {
    left.push_back(b_.load(a_tile_, d * (tile_ + 1) + y + i * side));
    right.push_back(b_.load(b_tile_, d * (tile_ + 1) + x + i * side));
  }
  for (size_t i = 0; i < sums_.size(); ++i) {
    const size_t each = left.size();
    b_.set(sums_[i], fma(left[i / each], right[i % each], b_.get(sums_[i])));
  }
}

/// Zeros outside.
void fill(Builder& b, Shared tile, const FilledTile& shape, const Tile::Side& of,
          const Tile::Sum& sum, Val k) {
  for (int e = 0; e < shape.rows * shape.depth; e += shape.threads) {
    const Val index = b.lane() + e;
    const bool along_k = of.step_k == 1;  // neighbours in memory
    const Val i = along_k ? index / shape.depth : index % shape.rows;
    const Val d = along_k ? index % shape.depth : index / shape.rows;
    const Val place = of.base + (of.first + i) * of.step_i + (k + d) * of.step_k;
    const Val to = d * shape.step_d + i * shape.step_i;
    if (of.whole && sum.whole) {
      b.store(tile, to, b.load(of.operand, place));
      continue;
    }
    const Val inside = both(less(of.first + i, of.end), less(k + d, sum.k_end));
    b.store(tile, to, pick(inside, b.load(of.operand, pick(inside, place, 0)), 0.0F));
  }
}

}  // namespace rivulet::exec::gpu
