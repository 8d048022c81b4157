// The oracle: one plain loop for every operation, sums in double precision.
#pragma once

#include <span>

#include "rivulet/exec/plan/stage.h"
#include "rivulet/exec/step.h"
#include "rivulet/graph/graph.h"

namespace rivulet::exec::reference {

/// What a kernel sees of its node.
struct Call {
  const Node& node;
  std::span<const Shape> shapes;  ///< of the inputs
  std::span<const float* const> inputs;
  float* out;
};

using Kernel = void (*)(const Call&);

/// The kernel of an op; nullptr for leaves, which are memory only.
[[nodiscard]] Kernel kernel(Op op);

// One function an op, under the op's name.
#define RIVULET_OP(name, ...) void name(const Call& call);
#include "rivulet/graph/ops.def"

/// A node by its kernel, in the host's memory: what devices do with what they have no kernel for.
[[nodiscard]] Step step_of(const Graph& graph, const plan::Reference& stage);

}  // namespace rivulet::exec::reference
