#include "rivulet/exec/gpu/matrix_tile.h"

#include <algorithm>
#include <utility>

namespace rivulet::exec::gpu {

int MatrixTile::threads_of(int subgroup) { return std::min(256, 8 * subgroup); }

bool MatrixTile::takes(const Abilities& abilities, int64_t shared) {
  const auto& [subgroup, unit] = abilities;
  const auto divides = [](int part, int whole) { return part > 0 && whole % part == 0; };
  constexpr int64_t needed = (128 * (depth + gap) + depth * (128 + gap)) * 2 + 8 * 16 * 16 * 4;
  return divides(unit.m, 16) && divides(unit.n, 16) && divides(unit.k, depth) &&
         divides(subgroup, unit.m * unit.n) && divides(subgroup, 128) && shared >= needed;
}

MatrixTile::MatrixTile(std::string name, const Abilities& abilities, int rows)
    : unit_(abilities.unit),
      tile_(rows),
      threads_(threads_of(abilities.subgroup)),
      across_(threads_ / abilities.subgroup / down),
      part_rows_(rows / down),
      part_columns_(rows / across_),
      draft_(std::move(name), threads_, abilities.subgroup),
      b_(draft_.builder()),
      left_(b_.share_halves(tile_ * (depth + gap))),
      right_(b_.share_halves(depth * (tile_ + gap))),
      stage_(b_.share(down * across_ * unit_.m * unit_.n)) {
  b_.use(unit_);
}

void MatrixTile::write(const Tile::Side& a, const Tile::Side& b, const Tile::Sum& sum,
                       const std::function<void(Val row, Val column, Val sum)>& store) {
  const int rows = part_rows_ / unit_.m;
  const int columns = part_columns_ / unit_.n;
  for (int i = 0; i < rows * columns; ++i) products_.push_back(b_.product());
  const FilledTile left{.threads = threads_, .rows = tile_, .depth = depth, .step_i = depth + gap};
  const FilledTile right{.threads = threads_, .rows = tile_, .depth = depth, .step_d = tile_ + gap};
  b_.loop(b_.integer(0), b_.integer(sum.length), depth, [&](Val from) {
    const Val k = sum.k + from;
    fill(b_, left_, left, a, sum, k);
    fill(b_, right_, right, b, sum, k);
    b_.barrier();
    for (int d = 0; d < depth; d += unit_.k) multiply(d);
    b_.barrier();
  });
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) finish(i, j, a, b, store);
  }
}

void MatrixTile::multiply(int d) {
  const Val row = b_.subgroup() / across_ * part_rows_;
  const Val column = b_.subgroup() % across_ * part_columns_;
  std::vector<Val> left;
  std::vector<Val> right;
  for (int i = 0; i < part_rows_; i += unit_.m) {
    left.push_back(b_.load_left(left_, (row + i) * (depth + gap) + d, depth + gap));
  }
  for (int j = 0; j < part_columns_; j += unit_.n) {
    right.push_back(b_.load_right(right_, column + d * (tile_ + gap) + j, tile_ + gap));
  }
  for (size_t i = 0; i < products_.size(); ++i) {
    b_.multiply(products_[i], left[i / right.size()], right[i % right.size()]);
  }
}

/// Product (i, j) of every subgroup goes to its place by way of what they share: which threads have
/// which numbers of it only the card knows.
void MatrixTile::finish(int i, int j, const Tile::Side& a, const Tile::Side& b,
                        const std::function<void(Val row, Val column, Val sum)>& store) {
  const int numbers = unit_.m * unit_.n;
  const int columns = part_columns_ / unit_.n;
  b_.store_product(stage_, b_.subgroup() * numbers, unit_.n,
                   products_[static_cast<size_t>(i * columns + j)]);
  b_.barrier();
  b_.loop(b_.integer(0), b_.integer(down * across_ * numbers), threads_, [&](Val first) {
    const Val index = first + b_.lane();
    const Val part = index / numbers;
    const Val number = index % numbers;
    const Val row = a.first + part / across_ * part_rows_ + i * unit_.m + number / unit_.n;
    const Val column = b.first + part % across_ * part_columns_ + j * unit_.n + number % unit_.n;
    b_.when(both(less(row, a.end), less(column, b.end)),
            [&] { store(row, column, b_.load(stage_, index)); });
  });
  b_.barrier();  // before the next is shared
}

}  // namespace rivulet::exec::gpu
