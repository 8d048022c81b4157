// From a plan's stages to calls of kernels: the same for every way to reach a card.
#pragma once

#include <cstdint>
#include <vector>

#include "rivulet/exec/gpu/kernel.h"
#include "rivulet/exec/plan/limits.h"
#include "rivulet/exec/plan/plan.h"

namespace rivulet::exec::gpu {

/// Where a kernel finds or leaves numbers: in a node's memory, or in memory of the stage's own.
struct Operand {
  static constexpr int scratch = -1;
  int node = scratch;
  int64_t offset = 0;  ///< in floats
  bool written = false;
  friend bool operator==(const Operand&, const Operand&) = default;
};

/// One call of a kernel, on its operands in their order.
struct Call {
  Kernel kernel;
  std::vector<Operand> operands;
};

/// The calls of one stage, one after another.
struct Lowered {
  std::vector<Call> calls = {};
  int64_t scratch = 0;  ///< floats that they need between them
};

/// What plans may ask of the kernels there are.
[[nodiscard]] plan::Limits limits();
/// What kernels may use of a card beyond what all have.
struct Abilities {
  int subgroup = 0;      ///< threads of one, where they can read values of each other
  MatrixUnit unit = {};  ///< without one, products are exact
};
/// Nothing for what the host has to do: an alias, a reference kernel.
[[nodiscard]] Lowered lower(const plan::Work& work, const Abilities& abilities = {});
/// Writes a part of a state, as the op slice_update does.
[[nodiscard]] Lowered lower_patch(const plan::SliceUpdate& patch);

// One by one.

[[nodiscard]] Lowered lower_cluster(const plan::Cluster& cluster, int subgroup);
[[nodiscard]] Lowered lower_product(const plan::Product& product, const Abilities& abilities);
[[nodiscard]] Lowered lower_reduce(const plan::Reduce& reduce, int subgroup);
[[nodiscard]] Lowered lower_attend(const plan::Attend& attend, int subgroup);
[[nodiscard]] Lowered lower_copy(const plan::Copy& copy);
[[nodiscard]] Lowered lower_transpose(const plan::Transpose& transpose);
[[nodiscard]] Lowered lower_gather(const plan::Gather& gather);
[[nodiscard]] Lowered lower_scatter_add(const plan::ScatterAdd& scatter);
[[nodiscard]] Lowered lower_argsort(const plan::Argsort& sort);
[[nodiscard]] Lowered lower_grouped_product(const plan::GroupedProduct& product);
[[nodiscard]] Lowered lower_grouped_outer(const plan::GroupedOuter& outer);
[[nodiscard]] Lowered lower_slice_update(const plan::SliceUpdate& update);

}  // namespace rivulet::exec::gpu
