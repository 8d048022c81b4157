// Fused operations: a cluster of nodes becomes a short program for a register machine whose
// registers are tiles of a few hundred floats in the first-level cache. What only the cluster
// itself uses is never stored.
//
// A cluster may also reduce rows: tiles then hold whole rows, and instructions work either on all
// elements of a tile or on one number per row. So a layer norm reads its input once.
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "rivulet/exec/step.h"
#include "rivulet/exec/xnnpack/kernels.h"
#include "rivulet/exec/xnnpack/pool.h"
#include "rivulet/exec/xnnpack/view.h"

namespace rivulet::exec::xnnpack {

/// What an instruction reads.
struct Result {
  int instruction;  ///< of the same cluster
  friend bool operator==(const Result&, const Result&) = default;
};
struct Memory {
  int node;  ///< whose storage it is
  View view;
  friend bool operator==(const Memory&, const Memory&) = default;
};
using Operand = std::variant<float, Result, Memory>;

enum class Fold : uint8_t { none, sum, max };

struct Instruction {
  Kernel kernel = Kernel::copy;
  Fold fold = Fold::none;  ///< instead of the kernel: the operand's rows become one number each
  bool per_row = false;    ///< one number per row; what it reads is per row too, but for a fold
  int node;                ///< whose value it computes
  std::vector<Operand> operands = {};
  bool stored = false;  ///< someone outside of the cluster needs it
};

struct Cluster {
  int64_t numel;
  int64_t row = 0;  ///< elements of a row; 0: no instruction is per row
  std::vector<Instruction> code = {};
  int64_t flops = 0;
};

/// The instruction that computes a pointwise op.
[[nodiscard]] std::optional<Kernel> kernel_of(Op op);

/// Instructions beyond this many start a new cluster.
inline constexpr size_t max_cluster = 96;

/// Whether rows of this length fit a tile.
[[nodiscard]] bool folds_in_tiles(int64_t row);

/// The step that computes all stored results of a cluster, each element once, tile by tile.
[[nodiscard]] Step fused_step(Cluster cluster, const Kernels& kernels,
                              std::shared_ptr<const Pool> pool);

}  // namespace rivulet::exec::xnnpack
