#include "rivulet/nn/mlp2d.h"

#include <numbers>
#include <string>
#include <vector>

#include "rivulet/graph/ops.h"
#include "rivulet/nn/layers.h"

namespace rivulet::nn {

Value mlp2d(const Mlp2dConfig& config, Params& params, Value x, Value t, Value d, MoeTrace* trace) {
  const int64_t rows = x.shape()[0];
  const auto every_row = [&](Value e) { return broadcast(e, {rows, e.shape()[1]}); };
  const Value time = fourier_embedding(t, config.time_octaves);            // [B or 1, 1+2o]
  const Value size = fourier_embedding(log_step(d), config.step_octaves);  // [B or 1, 1+2p]
  std::vector<Value> features = {x, every_row(time), every_row(size)};
  if (config.space_octaves > 0) {
    features.push_back(fourier_features(x, plane_waves(config.space_octaves)));  // [B,8q]
  }

  Value h = silu(linear(params, "in", concat(features, 1), config.width));  // [B,W]
  for (int layer = 1; layer < config.depth; ++layer) {
    const std::string name = "hidden." + std::to_string(layer);
    if (config.experts) {
      h = h + moe(*config.experts, params, name + ".moe", rms_norm(h), silu, trace);  // [B,W]
    } else {
      h = silu(
          linear(params, name, h, config.width, {.gain = std::numbers::sqrt2_v<float>}));  // [B,W]
    }
  }
  return linear(params, "out", h, 2, {.gain = config.zero_output ? 0.0F : 1.0F});  // [B,2]
}

}  // namespace rivulet::nn
