#include "rivulet/nn/causal.h"

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/layers.h"

namespace rivulet::nn {

void validate(const CausalConfig& config) {
  need("causal", "width", config.width, 8, 1024);
  need("causal", "depth", config.depth, 1, 32);
  need("causal", "heads", config.heads, 1, config.width);
  if (config.width % config.heads != 0) {
    fail("causal", std::to_string(config.heads) + " heads do not divide a width of " +
                       std::to_string(config.width));
  }
  need("causal", "mlp ratio", config.mlp_ratio, 1, 8);
  if (!config.experts) return;
  validate(*config.experts);
  const Balance balance = config.experts->balance;
  if (balance == Balance::loss || balance == Balance::sequence) {
    fail("causal", "experts of a sequence model balance by thresholds of their own, not by " +
                       std::string(balance_names.of(balance)));
  }
}

Value causal_layers(const CausalConfig& config, Params& params, const std::string& name, Value x,
                    Mask mask) {
  return causal_layers(config, params, name, x, [mask](int /*layer*/) -> Attention {
    return [mask](Value q, Value k, Value v) { return attention(q, k, v, mask); };
  });
}

Value causal_layers(const CausalConfig& config, Params& params, const std::string& name, Value x,
                    const std::function<Attention(int layer)>& attend) {
  const int64_t hidden = int64_t{config.width} * config.mlp_ratio;
  for (int i = 0; i < config.depth; ++i) {
    const std::string layer = name + "." + std::to_string(i);
    const Value seen = layer_norm(params, layer + ".norm.1", x);  // [B,N,C]
    x = x + self_attention(params, layer, seen, config.heads, attend(i));
    const Value y = layer_norm(params, layer + ".norm.2", x);
    x = x + feed_forward(config.experts, params, layer, y, hidden, gelu);
  }
  return x;
}

Value shift_right(Value x, Value first) {
  const Shape& shape = x.shape();  // [B,N,C]
  const Value begin = broadcast(first, {shape[0], 1, shape[2]});
  if (shape[1] == 1) return begin;
  return concat({begin, slice(x, 1, 0, shape[1] - 1)}, 1);
}

}  // namespace rivulet::nn
