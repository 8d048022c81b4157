// Graphs for other runtimes: the Open Neural Network Exchange format.
#pragma once

#include "rivulet/graph/graph.h"
#include "rivulet/io/bytes.h"
#include "rivulet/io/safetensors.h"

namespace rivulet::io {

/// A graph without state updates as an ONNX model (opset 17): its inputs, its outputs, its states
/// as constants that `weights` holds by name, and the metadata of `weights` as the model's. What
/// runtimes know as one operation (layer norm, mean, split, products of many axes) is written as
/// one, and broadcasts are left to the operations that broadcast by themselves.
///
/// Sizes are those of the graph. An index into a table must be inside of it: rivulet's rows of
/// zeros outside have no counterpart. Throws Error naming a state that `weights` lacks or has in
/// another shape, and an op that ONNX does not know.
[[nodiscard]] Bytes to_onnx(const Graph& graph, const SafeTensors& weights);

}  // namespace rivulet::io
