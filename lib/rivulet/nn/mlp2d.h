// A multilayer perceptron as the velocity field of the plane.
#pragma once

#include <optional>

#include "rivulet/graph/graph.h"
#include "rivulet/nn/moe.h"
#include "rivulet/nn/params.h"

namespace rivulet::nn {

struct Mlp2dConfig {
  int width = 128;          ///< hidden units
  int depth = 3;            ///< hidden layers
  int space_octaves = 3;    ///< of the Fourier features of x
  int time_octaves = 3;     ///< of the Fourier embedding of t
  int step_octaves = 2;     ///< of the Fourier embedding of log d
  bool zero_output = true;  ///< the network begins as v = 0
  /// Hidden layers 1 <= i < depth are then h + moe(h/RMS(h)) in place of silu(h W + b).
  std::optional<MoeConfig> experts = {};
};

/// v(x, t, d): x [B,2] with t and d either [B,1] or, one for all rows, [1,1] -> [B,2].
/// Tensors: in.{weight,bias}, hidden.i.{weight,bias} for 1 <= i < depth (hidden.i.moe.*, see
/// nn/moe.h, where they have experts), out.{weight,bias}.
[[nodiscard]] Value mlp2d(const Mlp2dConfig& config, Params& params, Value x, Value t, Value d,
                          MoeTrace* trace = nullptr);

}  // namespace rivulet::nn
