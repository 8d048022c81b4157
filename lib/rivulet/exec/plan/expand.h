// Before planning: what a device has no kernel for is composed of other ops.
#pragma once

#include <memory>

#include "rivulet/exec/plan/limits.h"
#include "rivulet/graph/graph.h"

namespace rivulet::exec::plan {

/// The same graph, its inputs, states, outputs and updates under the same names, with the ops that
/// the device lacks expanded as ops.def says; null where none is.
[[nodiscard]] std::unique_ptr<Graph> expand(const Graph& graph, const Limits& limits);

}  // namespace rivulet::exec::plan
