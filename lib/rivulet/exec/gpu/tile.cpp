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
  b_.loop(b_.integer(0), b_.integer(sum.length), depth_, [&](Val from) {
    const Val k = sum.k + from;
    fill(a_tile_, a, sum, k);
    fill(b_tile_, b, sum, k);
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

/// tile[d][i] = the element (first + i, k + d); zeros outside.
void Tile::fill(Shared tile, const Side& of, const Sum& sum, Val k) {
  for (int e = 0; e < tile_ * depth_; e += threads) {
    const Val index = b_.lane() + e;
    const Val i = of.step_k == 1 ? index / depth_ : index % tile_;  // neighbours in memory
    const Val d = of.step_k == 1 ? index % depth_ : index / tile_;
    const Val place = of.base + (of.first + i) * of.step_i + (k + d) * of.step_k;
    const Val to = d * (tile_ + 1) + i;
    if (of.whole && sum.whole) {
      b_.store(tile, to, b_.load(of.operand, place));
      continue;
    }
    const Val inside = both(less(of.first + i, of.end), less(k + d, sum.k_end));
    b_.store(tile, to, pick(inside, b_.load(of.operand, pick(inside, place, 0)), 0.0F));
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

}  // namespace rivulet::exec::gpu
