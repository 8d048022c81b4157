// Weights of a file into a compiled network.
#pragma once

#include "rivulet/exec/program.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/nn/params.h"

namespace rivulet::models {

/// Compiles a graph and gives it the tensors that are named as its parameters. Throws Error, before
/// anything is compiled, when one is missing or of another shape.
[[nodiscard]] Program compile_with_weights(const Graph& graph, const nn::Params& params,
                                           const io::SafeTensors& file, const Device& device,
                                           const CompileOptions& options);

}  // namespace rivulet::models
