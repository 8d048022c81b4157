// Layers: functions from values and named tensors to values.
#pragma once

#include <string>
#include <vector>

#include "rivulet/graph/graph.h"
#include "rivulet/nn/params.h"

namespace rivulet::nn {

struct LinearOptions {
  bool bias = true;
  float gain = 1;  ///< of the initial weights, see Init::fan_in; 0: the layer begins as zero
};
/// x W + b: x [..,I] -> [..,O], with `name.weight` [I,O] and `name.bias` [O].
[[nodiscard]] Value linear(Params& params, const std::string& name, Value x, int64_t outputs,
                           LinearOptions options = {});

/// (x - mean) / sqrt(variance + epsilon) * scale + bias over the last axis (Ba et al. 2016), with
/// `name.scale` [C] and `name.bias` [C].
[[nodiscard]] Value layer_norm(Params& params, const std::string& name, Value x,
                               float epsilon = 1e-5F);
/// The same without its affine part.
[[nodiscard]] Value layer_norm(Value x, float epsilon = 1e-5F);

/// x / sqrt(mean(x^2) + epsilon) * scale over the last axis (Zhang and Sennrich 2019), with
/// `name.scale` [C].
[[nodiscard]] Value rms_norm(Params& params, const std::string& name, Value x,
                             float epsilon = 1e-6F);
/// The same without its scale.
[[nodiscard]] Value rms_norm(Value x, float epsilon = 1e-6F);

/// (sin, cos) of t w_i, i < dims/2, where w_i falls geometrically from `scale` to scale/10^4: the
/// usual embedding of a time in [0,1] (Vaswani et al. 2017). t [B,1] -> [B,dims], dims even.
[[nodiscard]] Value sinusoidal_embedding(Value t, int64_t dims, float scale = 1000);

/// t itself, then sin and cos of pi 2^i t for i < octaves. t [B,1] -> [B,1+2*octaves].
[[nodiscard]] Value fourier_embedding(Value t, int octaves);

/// sin and cos of x F for F [C,M], one frequency vector a column (Tancik et al. 2020): lets a small
/// network learn fine detail. x [B,C] -> [B,2M].
[[nodiscard]] Value fourier_features(Value x, const Tensor& frequencies);

/// Frequency vectors for it in the plane, of wave lengths 8, 4, 2, ... in four directions:
/// [2,4*octaves].
[[nodiscard]] Tensor plane_waves(int octaves);

/// A step size d in [0,1] on a scale that is logarithmic where it matters, smooth, and has a place
/// for d = 0: log(1 + d/smallest) / log(1 + 1/smallest), so 0 -> 0 and 1 -> 1. d [B,1] -> [B,1].
[[nodiscard]] Value log_step(Value d, float smallest = 1.0F / 128);

}  // namespace rivulet::nn
