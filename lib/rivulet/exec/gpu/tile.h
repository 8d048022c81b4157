// A tile of a matrix product, by the threads of one group.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "rivulet/exec/gpu/draft.h"

namespace rivulet::exec::gpu {

/// A square of `side` x `side` threads computes a tile of out = a b, each of them `each` x `each`
/// numbers `side` apart. Parts of both operands are shared at a time: 16 KB is what every card has.
class Tile {
 public:
  static constexpr int threads = 256;
  static constexpr int side = 16;

  Tile(std::string name, int each);

  [[nodiscard]] Draft& draft() { return draft_; }
  [[nodiscard]] int rows() const { return tile_; }  ///< and columns
  /// Numbers of a sum that are shared at a time: what it is cut in.
  [[nodiscard]] static int depth_of(int each) { return each > 4 ? 8 : 16; }

  /// Element (i, k) of an operand lies at base + i step_i + k step_k, where i is a row of a or a
  /// column of b. Those at i >= end are zeros; `whole`: there are none in any tile.
  struct Side {
    int operand;
    Val base;
    int64_t step_i;
    int64_t step_k;
    Val first;  ///< of the tile
    Val end;
    bool whole = false;
  };
  /// The sum over k from `k` to below `k_end`, at most `length` of them, a number that is known:
  /// all threads have to come to the barriers.
  struct Sum {
    Val k;
    Val k_end;
    int64_t length;
    bool whole = false;  ///< k_end is k + length, which is a multiple of depth_of
  };
  /// Ends with store(row, column, sum) for every number of the tile that there is.
  void write(const Side& a, const Side& b, const Sum& sum,
             const std::function<void(Val row, Val column, Val sum)>& store);

 private:
  void multiply(Val d);

  int each_;
  int tile_;
  int depth_;
  Draft draft_;
  Builder& b_;
  Shared a_tile_;
  Shared b_tile_;
  std::vector<Val> sums_;
};

/// The smallest whole number of depths that is not below `length`.
[[nodiscard]] constexpr int64_t in_depths(int64_t length, int64_t depth) {
  return (length + depth - 1) / depth * depth;
}

/// How `threads` share a part of an operand, `rows` of it from the tile's first on and `depth`
/// deep: element (first + i, k + d) at i step_i + d step_d.
struct FilledTile {
  int threads;
  int rows;
  int depth;
  int step_i = 1;
  int step_d = 1;
};
void fill(Builder& b, Shared tile, const FilledTile& shape, const Tile::Side& of,
          const Tile::Sum& sum, Val k);

}  // namespace rivulet::exec::gpu
