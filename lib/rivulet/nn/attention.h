// Attention among the tokens of a sequence.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "rivulet/graph/graph.h"
#include "rivulet/nn/params.h"

namespace rivulet::nn {

enum class Mask : uint8_t {
  none,         ///< every token attends to all
  causal,       ///< token i to tokens 0..i
  anti_causal,  ///< token i to itself and all after it
};

/// softmax(q k^T / sqrt(D)) v for each head (Vaswani et al. 2017): q, k, v [B,H,N,D] -> [B,H,N,D].
[[nodiscard]] Value attention(Value q, Value k, Value v, Mask mask = Mask::none);

/// [B,N,C] -> [B,H,N,C/H], and back.
[[nodiscard]] Value split_heads(Value x, int heads);
[[nodiscard]] Value join_heads(Value x);

/// What becomes of queries, keys and values, [B,H,N,D] each -> [B,H,N,D].
using Attention = std::function<Value(Value q, Value k, Value v)>;

/// Tokens attend to each other: x [B,N,C] -> [B,N,C], with linear layers `name.qkv` and
/// `name.proj`. Throws Error when C is no multiple of `heads`.
[[nodiscard]] Value self_attention(Params& params, const std::string& name, Value x, int heads,
                                   Mask mask = Mask::none);
/// The same by another attention, such as one that remembers earlier tokens.
[[nodiscard]] Value self_attention(Params& params, const std::string& name, Value x, int heads,
                                   const Attention& attend);

}  // namespace rivulet::nn
