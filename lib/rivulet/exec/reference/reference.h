// The oracle: one plain loop for every operation, sums in double precision.
#pragma once

#include <span>

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
#undef RIVULET_OP

}  // namespace rivulet::exec::reference
