#include "rivulet/nn/tarflow.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/layers.h"
#include "rivulet/nn/tarflow_block.h"

namespace rivulet::nn {
namespace {

std::string block_name(int block) { return "block." + std::to_string(block); }

/// What the labels add to every token, [B,1,C].
Value label_embedding(const TarflowConfig& config, Params& params, const std::string& name,
                      Value labels) {
  const int64_t width = config.layers.width;
  Value all;
  for (size_t k = 0; k < config.classes.size(); ++k) {
    const Value table = params.get(name + ".label." + std::to_string(k), {config.classes[k], width},
                                   Init::normal(0.2F));
    const Value with_any = concat({table, mean(table, {0})}, 0);  // [classes+1,C]
    const int64_t batch = labels.shape()[0];
    const Value label = reshape(slice(labels, 1, static_cast<int64_t>(k), 1), {batch});
    const Value found = reshape(gather(with_any, label), {batch, 1, width});
    all = k == 0 ? found : all + found;
  }
  return all;
}

Value position_table(const TarflowConfig& config, Params& params, const std::string& name) {
  return params.get(name + ".position", {config.tokens, config.layers.width}, Init::normal(0.2F));
}

/// Tokens as the layers take them: x [B,M,D], their positions' embeddings [M,C] -> [B,M,C].
Value embedded(const TarflowConfig& config, Params& params, const std::string& name, Value x,
               Value position, Value labels) {
  const Value h = linear(params, name + ".in", x, config.layers.width) + position;
  return config.classes.empty() ? h : h + label_embedding(config, params, name, labels);
}

/// L of each token, [B,M,D,D].
Value strictly_lower(Params& params, const std::string& name, Value h, int64_t dims) {
  Tensor below({dims, dims});
  for (int64_t i = 0; i < dims; ++i) {
    for (int64_t j = 0; j < i; ++j) below[i * dims + j] = 1;
  }
  const Value full = linear(params, name, h, dims * dims, {.gain = 0});
  return reshape(full, {h.shape()[0], h.shape()[1], dims, dims}) * h.graph->constant(below);
}

/// mu and alpha, `dims` numbers of each, and L, that begin as zero.
Affine projected(const TarflowConfig& config, Params& params, const std::string& name, Value h,
                 int64_t dims) {
  const bool scales = config.coupling != Coupling::additive;
  const Value both = linear(params, name + ".out", h, (scales ? 2 : 1) * dims, {.gain = 0});
  const Value mu = slice(both, 2, 0, dims);
  Value alpha = scales ? slice(both, 2, dims, dims) : h.graph->fill(mu.shape(), 0);
  if (scales && config.bound > 0) alpha = config.bound * tanh(alpha / config.bound);
  Affine made{.mu = mu, .alpha = alpha};
  if (config.coupling == Coupling::triangular) {
    made.lower = strictly_lower(params, name + ".lower", h, dims);
  }
  return made;
}

/// Each part of what steers a block, with what `grow` adds around it along an axis of tokens or
/// numbers; L has its numbers along two axes.
template <typename Grow>
Affine grown(const Affine& affine, int axis, const Grow& grow) {
  Affine made{.mu = grow(affine.mu, axis), .alpha = grow(affine.alpha, axis)};
  if (!affine.triangular()) return made;
  made.lower = grow(affine.lower, axis);
  if (axis == 2) made.lower = grow(made.lower, 3);
  return made;
}

/// Attention whose scores are multiplied, where there is a number for that.
std::function<Attention(int)> sharpened(Mask mask, Value sharpness) {
  return [mask, sharpness](int /*layer*/) -> Attention {
    return [mask, sharpness](Value q, Value k, Value v) {
      return attention(sharpness.graph == nullptr ? q : q * sharpness, k, v, mask);
    };
  };
}

Affine given_earlier_tokens(const TarflowConfig& config, Params& params, int block, Value x,
                            Value labels, Value sharpness) {
  const std::string name = block_name(block);
  const bool backwards = config.backwards(block);
  const int64_t steering = config.tokens - 1;  // the token that is read last steers nothing
  if (steering == 0) {
    const Value none = x.graph->fill(x.shape(), 0);
    return {.mu = none, .alpha = none};
  }
  const int64_t first = backwards ? 1 : 0;
  const Value position = slice(position_table(config, params, name), 0, first, steering);
  const Value h =
      causal_layers(config.layers, params, name + ".layers",
                    embedded(config, params, name, slice(x, 1, first, steering), position, labels),
                    sharpened(backwards ? Mask::anti_causal : Mask::causal, sharpness));
  return grown(projected(config, params, name, h, config.dims), 1, [&](Value v, int axis) {
    return pad(v, axis, backwards ? 0 : 1, backwards ? 1 : 0);
  });
}

Affine given_halves(const TarflowConfig& config, Params& params, int block, Value x, Value labels,
                    Value sharpness) {
  const std::string name = block_name(block);
  const int64_t first = config.dims / 2;
  const int64_t second = config.dims - first;
  const bool backwards = config.backwards(block);
  const int64_t moved = backwards ? first : second;
  const Value kept = backwards ? slice(x, 2, first, second) : slice(x, 2, 0, first);
  const Value h = causal_layers(
      config.layers, params, name + ".layers",
      embedded(config, params, name, kept, position_table(config, params, name), labels),
      sharpened(Mask::none, sharpness));
  return grown(projected(config, params, name, h, moved), 2, [&](Value v, int axis) {
    return pad(v, axis, backwards ? 0 : first, backwards ? second : 0);
  });
}

/// L x, [B,N,D].
Value times(Value lower, Value x) {
  const Shape& shape = x.shape();
  const Value row = reshape(x, {shape[0], shape[1], 1, shape[2]});
  return reshape(sum(lower * row, {3}), shape);
}

/// x = b + L x, [B,N,D]: forward substitution, column by column.
Value substituted(Value lower, Value b) {
  const Shape& shape = b.shape();
  Value x = b;
  for (int64_t j = 0; j + 1 < shape[2]; ++j) {
    x = x + reshape(slice(lower, 3, j, 1), shape) * slice(x, 2, j, 1);
  }
  return x;
}

/// Attention of one token to itself and to all before it, whose keys and values it joins.
struct Remembered {
  Value keys = {};    // [B,H,K,E]
  Value values = {};  // the same
};
Attention joining(Remembered& so_far) {
  return [&so_far](Value q, Value k, Value v) {
    const bool first = so_far.keys.graph == nullptr;
    so_far.keys = first ? k : concat({so_far.keys, k}, 2);
    so_far.values = first ? v : concat({so_far.values, v}, 2);
    return attention(q, so_far.keys, so_far.values);
  };
}

Passed all_at_once(const TarflowConfig& config, Params& params, int block, Direction way,
                   Value from, Value labels) {
  const Affine affine = tarflow_affine(config, params, block, from, labels);
  return {.to = coupled(way, from, affine), .alpha = affine.alpha};
}

/// What becomes of a token steers the next one.
Passed one_by_one(const TarflowConfig& config, Params& params, int block, Direction way, Value from,
                  Value labels) {
  const std::string name = block_name(block);
  const bool backwards = config.backwards(block);
  const int64_t tokens = config.tokens;
  const Value table = position_table(config, params, name);
  std::vector<Remembered> layers(static_cast<size_t>(config.layers.depth));
  std::vector<Value> to, alphas;
  for (int64_t k = 0; k < tokens; ++k) {
    const int64_t place = backwards ? tokens - 1 - k : k;
    const Value token = slice(from, 1, place, 1);  // [B,1,D]
    if (k == 0) {
      to.push_back(token);
      continue;
    }
    const Value position = slice(table, 0, backwards ? place + 1 : place - 1, 1);
    const Value h =
        causal_layers(config.layers, params, name + ".layers",
                      embedded(config, params, name, to.back(), position, labels),
                      [&](int layer) { return joining(layers[static_cast<size_t>(layer)]); });
    const Affine affine = projected(config, params, name, h, config.dims);
    to.push_back(coupled(way, token, affine));
    alphas.push_back(affine.alpha);
  }
  if (backwards) std::ranges::reverse(to);
  if (alphas.empty()) alphas.push_back(from.graph->fill(from.shape(), 0));
  return {.to = concat(to, 1), .alpha = concat(alphas, 1)};
}

/// Of each picture, [B,1].
Value total(Value alpha) { return reshape(sum(alpha, {1, 2}), {alpha.shape()[0], 1}); }

/// Attention of a window's tokens to those remembered and to those of the window up to themselves.
Attention remembering(const TarflowWindow& window, int layer, TarflowNext& next) {
  return [&window, layer, &next](Value q, Value k, Value v) {
    const auto i = static_cast<size_t>(layer);
    next.keys.push_back(k);
    next.values.push_back(v);
    const auto dims = static_cast<float>(q.shape()[-1]);
    return attend(q * (window.sharpness / std::sqrt(dims)), k, v, window.keys[i], window.values[i],
                  window.past);
  };
}

}  // namespace

void validate(const TarflowConfig& config) {
  need("tarflow", "tokens", config.tokens, 1, 4096);
  need("tarflow", "numbers of a token", config.dims, 1, 1024);
  need("tarflow", "blocks", config.blocks, 1, 32);
  need("tarflow", "bound of alpha", config.bound, 0, 20);
  validate(config.layers);
  if (config.given == Given::half_of_a_token && config.dims < 2) {
    fail("tarflow", "a token of one number has no halves");
  }
  if (config.coupling == Coupling::triangular) {
    need("tarflow", "numbers of a token of triangular coupling", config.dims, 1, 128);
  }
  need("tarflow", "attributes", static_cast<int>(config.classes.size()), 0, 64);
  for (const int count : config.classes) need("tarflow", "values of an attribute", count, 1, 255);
}

Affine tarflow_affine(const TarflowConfig& config, Params& params, int block, Value x, Value labels,
                      Value sharpness) {
  return config.given == Given::earlier_tokens
             ? given_earlier_tokens(config, params, block, x, labels, sharpness)
             : given_halves(config, params, block, x, labels, sharpness);
}

Value coupled(Direction way, Value from, const Affine& affine) {
  if (way == Direction::to_noise) {
    const Value mean = affine.triangular() ? affine.mu + times(affine.lower, from) : affine.mu;
    return (from - mean) * exp(-affine.alpha);
  }
  const Value to = from * exp(affine.alpha) + affine.mu;
  return affine.triangular() ? substituted(affine.lower, to) : to;
}

Passed tarflow_block(const TarflowConfig& config, Params& params, int block, Direction way,
                     Value from, Value labels) {
  return config.at_once(way) ? all_at_once(config, params, block, way, from, labels)
                             : one_by_one(config, params, block, way, from, labels);
}

Flowed tarflow(const TarflowConfig& config, Params& params, Value x, Value labels) {
  validate(config);
  Flowed flowed{.x = {x}, .log_det = x.graph->fill({x.shape()[0], 1}, 0)};
  for (int block = 0; block < config.blocks; ++block) {
    const Passed next =
        tarflow_block(config, params, block, Direction::to_noise, flowed.z(), labels);
    flowed.x.push_back(next.to);
    flowed.log_det = flowed.log_det - total(next.alpha);
  }
  return flowed;
}

Flowed tarflow_inverse(const TarflowConfig& config, Params& params, Value z, Value labels) {
  validate(config);
  Flowed flowed{.x = {z}, .log_det = z.graph->fill({z.shape()[0], 1}, 0)};
  for (int block = config.blocks - 1; block >= 0; --block) {
    const Passed next =
        tarflow_block(config, params, block, Direction::to_data, flowed.x.back(), labels);
    flowed.x.push_back(next.to);
    flowed.log_det = flowed.log_det - total(next.alpha);
  }
  std::ranges::reverse(flowed.x);
  return flowed;
}

Value log_density(const Flowed& flowed) {
  const Shape& shape = flowed.z().shape();  // [B,N,D]
  const auto dims = static_cast<double>(shape[1] * shape[2]);
  const auto constant = static_cast<float>(0.5 * dims * std::log(2 * std::numbers::pi));
  const Value squares = reshape(sum(square(flowed.z()), {1, 2}), {shape[0], 1});
  return flowed.log_det - 0.5F * squares - constant;
}

Value tarflow_loss(const Flowed& flowed) {
  const Shape& shape = flowed.z().shape();  // [B,N,D]
  const auto dims = static_cast<float>(shape[1] * shape[2]);
  return 0.5F * mean(square(flowed.z())) - mean(flowed.log_det) / dims;
}

TarflowNext tarflow_next(const TarflowConfig& config, Params& params, int block,
                         const TarflowWindow& window) {
  const std::string name = block_name(block);
  const Value position = gather(position_table(config, params, name), window.position);  // [M,C]
  TarflowNext next;
  const Value h = causal_layers(config.layers, params, name + ".layers",
                                embedded(config, params, name, window.x, position, window.labels),
                                [&](int layer) { return remembering(window, layer, next); });
  next.affine = projected(config, params, name, h, config.dims);
  return next;
}

}  // namespace rivulet::nn
