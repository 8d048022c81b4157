#include "rivulet/nn/dit.h"

#include <array>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/attention.h"
#include "rivulet/nn/layers.h"

namespace rivulet::nn {
namespace {

constexpr int64_t time_waves = 64;
constexpr int step_octaves = 3;
constexpr int guidance_octaves = 2;

/// Time, step size, guidance and labels as one vector, [B,C].
Value condition(const DitConfig& config, Params& params, const DitInputs& inputs) {
  const Value features = concat({sinusoidal_embedding(inputs.t, time_waves),
                                 fourier_embedding(log_step(inputs.d), step_octaves),
                                 fourier_embedding(log(inputs.guidance), guidance_octaves)},
                                1);  // [B,F]
  Value c = linear(params, "condition.out",
                   silu(linear(params, "condition.in", features, config.width)), config.width);
  for (size_t k = 0; k < config.classes.size(); ++k) {
    const int64_t rows = config.classes[k] + 1;  // the last one: any
    const Value table =
        params.get("label." + std::to_string(k), {rows, config.width}, Init::normal(1));
    const int64_t batch = inputs.labels.shape()[0];
    const Value label = reshape(slice(inputs.labels, 1, static_cast<int64_t>(k), 1), {batch});
    c = c + gather(table, label);
  }
  return silu(c);
}

/// `count` vectors of C that begin as zero, each [B,1,C].
template <size_t count>
std::array<Value, count> modulation(Params& params, const std::string& name, Value c) {
  const int64_t channels = c.shape()[1];
  const Value all = linear(params, name, c, count * channels, {.gain = 0});  // [B,count*C]
  std::array<Value, count> parts;
  for (size_t i = 0; i < count; ++i) {
    const Value part = slice(all, 1, static_cast<int64_t>(i) * channels, channels);
    parts[i] = reshape(part, {c.shape()[0], 1, channels});
  }
  return parts;
}

Value modulate(Value x, Value shift, Value scale) { return layer_norm(x) * (scale + 1.0F) + shift; }

Value block(const DitConfig& config, Params& params, int i, Value x, Value c, MoeTrace* trace) {
  const std::string name = "block." + std::to_string(i);
  const auto [shift_a, scale_a, gate_a, shift_m, scale_m, gate_m] =
      modulation<6>(params, name + ".adaln", c);
  x = x + gate_a * self_attention(params, name, modulate(x, shift_a, scale_a), config.heads);
  const int64_t hidden = int64_t{config.width} * config.mlp_ratio;
  const auto& experts = i >= config.first_experts ? config.experts : std::nullopt;
  return x + gate_m * feed_forward(experts, params, name, modulate(x, shift_m, scale_m), hidden,
                                   gelu, trace);
}

/// The shape in which a row of patches lies in memory: [B*n, p, n, p*channels].
Shape stripes(const DitConfig& config, int64_t batch) {
  const int64_t n = config.side / config.patch;
  return {batch * n, config.patch, n, int64_t{config.patch} * config.channels};
}

}  // namespace

void validate(const DitConfig& config) {
  need("dit", "side", config.side, 1, 256);
  need("dit", "channels", config.channels, 1, 4);
  need("dit", "patch", config.patch, 1, config.side);
  if (config.side % config.patch != 0) {
    fail("dit", "patches of " + std::to_string(config.patch) + " do not tile a side of " +
                    std::to_string(config.side));
  }
  need("dit", "width", config.width, 8, 1024);
  need("dit", "depth", config.depth, 1, 32);
  need("dit", "heads", config.heads, 1, config.width);
  if (config.width % config.heads != 0) {
    fail("dit", std::to_string(config.heads) + " heads do not divide a width of " +
                    std::to_string(config.width));
  }
  need("dit", "mlp ratio", config.mlp_ratio, 1, 8);
  need("dit", "attributes", static_cast<int>(config.classes.size()), 0, 64);
  for (const int count : config.classes) need("dit", "values of an attribute", count, 1, 255);
  if (config.experts) {
    validate(*config.experts);
    need("dit", "first block with experts", config.first_experts, 0, config.depth - 1);
  }
}

Value patchify(const DitConfig& config, Value x) {
  const int64_t batch = x.shape()[0];
  const int64_t values = int64_t{config.patch} * config.patch * config.channels;
  // [B*n,p,n,p*channels] -> [B*n,n,p,p*channels]
  const Value patches = transpose(reshape(x, stripes(config, batch)), {0, 2, 1, 3});
  return reshape(patches, {batch, config.tokens(), values});
}

Value unpatchify(const DitConfig& config, Value patches) {
  const int64_t batch = patches.shape()[0];
  const Shape rows = stripes(config, batch);  // [B*n,p,n,p*channels]
  const Value parts = reshape(patches, {rows[0], rows[2], rows[1], rows[3]});
  return reshape(transpose(parts, {0, 2, 1, 3}), {batch, config.pixels()});
}

Value dit(const DitConfig& config, Params& params, const DitInputs& inputs, MoeTrace* trace) {
  validate(config);
  const int64_t patch_values = int64_t{config.patch} * config.patch * config.channels;
  const Value c = condition(config, params, inputs);  // [B,C]
  const Value position =
      params.get("position", {config.tokens(), config.width}, Init::normal(0.2F));
  Value x =
      linear(params, "patch", patchify(config, inputs.x), config.width) + position;  // [B,N,C]
  for (int i = 0; i < config.depth; ++i) {
    x = block(config, params, i, x, c, trace);
  }
  const auto [shift, scale] = modulation<2>(params, "final.adaln", c);
  const Value out =
      linear(params, "final.out", modulate(x, shift, scale), patch_values, {.gain = 0});
  return unpatchify(config, out);  // [B,D]
}

}  // namespace rivulet::nn
