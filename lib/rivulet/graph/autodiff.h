// Automatic differentiation, graph to graph: both transforms append nodes with the public
// builders, so their results can be differentiated again and run on every device.
#pragma once

#include <span>
#include <vector>

#include "rivulet/graph/graph.h"

namespace rivulet {

/// Reverse mode. d(loss)/d(wrt[i]) for a loss of one element; zeros where it does not depend.
[[nodiscard]] std::vector<Value> grad(Value loss, std::span<const Value> wrt);
[[nodiscard]] Value grad(Value loss, Value wrt);

/// Vector-Jacobian product: the cotangents of `wrt` given those of `outputs`.
[[nodiscard]] std::vector<Value> vjp(std::span<const Value> outputs,
                                     std::span<const Value> cotangents, std::span<const Value> wrt);

/// Forward mode. The directional derivatives of `outputs` when `inputs` move along `tangents`.
[[nodiscard]] std::vector<Value> jvp(std::span<const Value> outputs, std::span<const Value> inputs,
                                     std::span<const Value> tangents);
[[nodiscard]] Value jvp(Value output, std::span<const Value> inputs,
                        std::span<const Value> tangents);

}  // namespace rivulet
