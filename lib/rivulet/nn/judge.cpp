#include "rivulet/nn/judge.h"

#include <numbers>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/layers.h"

namespace rivulet::nn {
namespace {

/// A 3x3 convolution over zeros at the border, as one product: each pixel's row holds its nine
/// neighbours. [B,H,W,C] -> [B,H,W,O].
Value convolution(Params& params, const std::string& name, Value x, int64_t outputs) {
  const int64_t height = x.shape()[1];
  const int64_t width = x.shape()[2];
  x = pad(pad(x, 1, 1, 1), 2, 1, 1);  // [B,H+2,W+2,C]
  std::vector<Value> shifted;
  for (int64_t dy = 0; dy < 3; ++dy) {
    for (int64_t dx = 0; dx < 3; ++dx) {
      shifted.push_back(slice(slice(x, 1, dy, height), 2, dx, width));
    }
  }
  const Value rows = concat(shifted, 3);  // [B,H,W,9C]
  return linear(params, name, rows, outputs, {.gain = std::numbers::sqrt2_v<float>});
}

/// The largest of each square of 2x2 pixels, an odd side filled up: [B,H,W,C] -> [B,H/2,W/2,C].
Value pool(Value x) {
  for (const int axis : {1, 2}) {
    if (x.shape()[axis] % 2 != 0) x = pad(x, axis, 0, 1);
  }
  const int64_t batch = x.shape()[0];
  const int64_t height = x.shape()[1] / 2;
  const int64_t width = x.shape()[2] / 2;
  const int64_t channels = x.shape()[3];
  // Slices are views: neighbours in a row lie side by side as 2C channels.
  const Value rows = reshape(x, {batch, height, 2, width, 2 * channels});
  const Value higher = maximum(slice(rows, 2, 0, 1), slice(rows, 2, 1, 1));  // [B,H/2,1,W/2,2C]
  const Value largest =
      maximum(slice(higher, 4, 0, channels), slice(higher, 4, channels, channels));
  return reshape(largest, {batch, height, width, channels});
}

}  // namespace

void validate(const JudgeConfig& config) {
  need("judge", "side", config.side, 4, 1024);
  need("judge", "channels", config.channels, 1, 4);
  need("judge", "width", config.width, 1, 64);
  need("judge", "features", config.features, 1, 256);
  need("judge", "attributes", static_cast<int64_t>(config.classes.size()), 1, 64);
  for (const int classes : config.classes) need("judge", "values of an attribute", classes, 1, 255);
}

JudgeOutputs judge(const JudgeConfig& config, Params& params, Value x) {
  const int64_t batch = x.shape()[0];
  Value h = reshape(x, {batch, config.side, config.side, config.channels});  // [B,H,W,C]
  h = relu(pool(convolution(params, "conv.1", h, config.width)));            // [B,H/2,W/2,w]
  h = relu(pool(convolution(params, "conv.2", h, 2 * config.width)));        // [B,H/4,W/4,2w]
  // Two halvings do for sides up to 64; larger pictures take more, until as little is left.
  constexpr int64_t most = 16;
  for (int i = 3; h.shape()[1] > most; ++i) {
    h = relu(pool(convolution(params, "conv." + std::to_string(i), h, 2 * config.width)));
  }
  h = reshape(h, {batch, h.shape().numel() / batch});
  JudgeOutputs outputs{.features = linear(params, "features", h, config.features), .logits = {}};
  const Value active = relu(outputs.features);  // [B,F]
  for (size_t k = 0; k < config.classes.size(); ++k) {
    outputs.logits.push_back(
        linear(params, "attribute." + std::to_string(k), active, config.classes[k]));
  }
  return outputs;
}

}  // namespace rivulet::nn
