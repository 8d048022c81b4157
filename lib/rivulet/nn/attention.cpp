#include "rivulet/nn/attention.h"

#include <cmath>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/layers.h"

namespace rivulet::nn {

namespace {

/// What is added to scores [..,N,N] so that no token attends to a later (an earlier) one. Finite,
/// as devices may take differences of infinities.
Value bias_of(Mask mask, Value scores) {
  constexpr float never = -1e9F;
  const int64_t tokens = scores.shape()[-1];
  Tensor bias({tokens, tokens});
  for (int64_t i = 0; i < tokens; ++i) {
    for (int64_t j = 0; j < tokens; ++j) {
      const bool hidden = mask == Mask::causal ? j > i : j < i;
      if (hidden) bias.span()[static_cast<size_t>(i * tokens + j)] = never;
    }
  }
  return scores.graph->constant(std::move(bias));
}

}  // namespace

Value attention(Value q, Value k, Value v, Mask mask) {
  const auto dims = static_cast<float>(q.shape()[-1]);
  // The smaller operand is scaled: queries instead of all pairs.
  Value scores = matmul(q / std::sqrt(dims), k, {.transpose_b = true});  // [B,H,N,N]
  if (mask != Mask::none) scores = scores + bias_of(mask, scores);
  return matmul(softmax(scores), v);  // [B,H,N,D]
}

Value split_heads(Value x, int heads) {
  const Shape& shape = x.shape();  // [B,N,C]
  if (shape.rank() != 3 || heads < 1 || shape[2] % heads != 0) {
    fail("attention", std::to_string(heads) + " heads do not divide " + shape.str());
  }
  const Value parts = reshape(x, {shape[0], shape[1], heads, shape[2] / heads});
  return transpose(parts, {0, 2, 1, 3});  // [B,H,N,D]
}

Value join_heads(Value x) {
  const Shape& shape = x.shape();  // [B,H,N,D]
  return reshape(transpose(x, {0, 2, 1, 3}), {shape[0], shape[2], shape[1] * shape[3]});
}

Value self_attention(Params& params, const std::string& name, Value x, int heads, Mask mask) {
  return self_attention(params, name, x, heads,
                        [mask](Value q, Value k, Value v) { return attention(q, k, v, mask); });
}

Value self_attention(Params& params, const std::string& name, Value x, int heads,
                     const Attention& attend) {
  const int64_t channels = x.shape()[-1];
  const Value qkv = linear(params, name + ".qkv", x, 3 * channels);  // [B,N,3C]
  const auto part = [&](int64_t i) {
    return split_heads(slice(qkv, 2, i * channels, channels), heads);
  };
  const Value mixed = join_heads(attend(part(0), part(1), part(2)));  // [B,N,C]
  return linear(params, name + ".proj", mixed, channels);
}

}  // namespace rivulet::nn
