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
  /// Sums are cut in multiples of this.
  [[nodiscard]] static int depth_of(int each) { return each > 4 ? 8 : 16; }
  [[nodiscard]] static int64_t in_depths(int64_t length, int each) {
    return (length + depth_of(each) - 1) / depth_of(each) * depth_of(each);
  }

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
  void fill(Shared tile, const Side& side, const Sum& sum, Val k);
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

}  // namespace rivulet::exec::gpu
