// The rules that ops.def names. Internal to graph/.
#pragma once

#include <span>

#include "rivulet/graph/graph.h"

namespace rivulet::rules {

// Shape rules check a node's inputs and attributes and set (or check) its shape; expansions give
// the value of a node composed of others, an empty one for `none`.
#define RIVULET_OP(op, inputs, kind, shape, vjp, jvp, expand) \
  void shape_##shape(const Graph& graph, Node& node);         \
  Value expand_##expand(Value node);
#include "rivulet/graph/ops.def"

/// d(node)/d(input i), element by element, of a pointwise op with a derivative.
Value partial(Value node, int i);

}  // namespace rivulet::rules
