// A tile of a matrix product by a card's unit for small matrices: halves are multiplied, their
// products added as floats.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rivulet/exec/gpu/draft.h"
#include "rivulet/exec/gpu/tile.h"

namespace rivulet::exec::gpu {

/// Subgroups of one group share a square tile, in two rows; each has small matrices of its part
/// beside one another. Used like Tile.
class MatrixTile {
 public:
  static constexpr int depth = 32;

  /// `rows` and columns: 64 or 128.
  MatrixTile(std::string name, const Abilities& abilities, int rows);

  /// Whether tiles can be made of what the unit multiplies; `shared`: bytes that a group may share.
  [[nodiscard]] static bool takes(const Abilities& abilities, int64_t shared);

  [[nodiscard]] Draft& draft() { return draft_; }
  [[nodiscard]] int rows() const { return tile_; }
  void write(const Tile::Side& a, const Tile::Side& b, const Tile::Sum& sum,
             const std::function<void(Val row, Val column, Val sum)>& store);

 private:
  static constexpr int down = 2;  // subgroups
  static constexpr int gap = 8;   // halves between rows, so that they lie in different banks

  [[nodiscard]] static int threads_of(int subgroup);
  void multiply(int d);
  void finish(int i, int j, const Tile::Side& a, const Tile::Side& b,
              const std::function<void(Val row, Val column, Val sum)>& store);

  MatrixUnit unit_;
  int tile_;
  int threads_;
  int across_;     // subgroups
  int part_rows_;  // of a subgroup
  int part_columns_;
  Draft draft_;
  Builder& b_;
  Shared left_;   // [tile, depth]
  Shared right_;  // [depth, tile]
  Shared stage_;  // a product of each subgroup
  std::vector<Val> products_;
};

}  // namespace rivulet::exec::gpu
