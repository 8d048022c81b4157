// What a device can do: all that planning knows of it.
#pragma once

#include <array>
#include <cstdint>
#include <numeric>

#include "rivulet/exec/plan/stage.h"

namespace rivulet::exec::plan {

struct Outline;  // passes.h
struct Grouped;  // groups.h

struct Limits {
  /// Ops that the device has kernels for. A view is for free where it has one; nodes of other ops
  /// are expanded (see ops.def), or run by their reference kernel. A device that has any views has
  /// fused groups too.
  std::array<bool, op_count> kernels = {};
  /// Nothing is expanded either: all of it runs by reference kernels.
  bool node_by_node = false;
  /// Instructions beyond this many start a new fused group.
  size_t max_cluster = 96;
  /// Sums and maxima of rows join a fused group where its tiles, multiples of `row_unit`, hold
  /// whole rows.
  int64_t longest_row = 0;
  int64_t row_unit = 1;
  /// Whether a transpose may be read column by column where it lies.
  bool strided_columns = false;
  /// Whether a bias costs the product nothing.
  bool (*takes_bias)(const Product&) = [](const Product&) { return false; };
  /// Where products have epilogues: fuse_epilogues, and whether this work, which may have one, may
  /// take over what a fused group does.
  void (*epilogues)(const Outline&, Grouped&) = nullptr;
  bool (*takes_group)(const Work&, const Cluster&) = nullptr;
  /// States that products read change rarely (CompileOptions::static_states).
  bool static_states = false;
  /// Floats that kernels may touch past the end of a value, and to a multiple of which values are
  /// aligned.
  int64_t padding = 0;
  int64_t alignment = 1;

  /// Stages for which a place in the arena rests after its last use: where stages run side by side,
  /// a new value in an old place would have to wait for who reads the old one.
  int rest = 0;

  [[nodiscard]] bool has(Op op) const { return kernels[static_cast<size_t>(op)]; }
  /// Computes this op as an instruction of a fused group.
  [[nodiscard]] bool fuses(Op op) const { return is_pointwise(op) && has(op); }
  [[nodiscard]] bool folds_rows(int64_t row) const {
    return std::lcm(row, row_unit) <= longest_row;
  }
};

}  // namespace rivulet::exec::plan
