// Attention among the tokens of a sequence.
#pragma once

#include <cstdint>
#include <string>

#include "rivulet/graph/graph.h"
#include "rivulet/nn/params.h"

namespace rivulet::nn {

enum class Mask : uint8_t {
  none,    ///< every token attends to all
  causal,  ///< token i to tokens 0..i
};

/// softmax(q k^T / sqrt(D)) v for each head (Vaswani et al. 2017): q, k, v [B,H,N,D] -> [B,H,N,D].
[[nodiscard]] Value attention(Value q, Value k, Value v, Mask mask = Mask::none);

/// [B,N,C] -> [B,H,N,C/H], and back.
[[nodiscard]] Value split_heads(Value x, int heads);
[[nodiscard]] Value join_heads(Value x);

/// Tokens attend to each other: x [B,N,C] -> [B,N,C], with linear layers `name.qkv` and
/// `name.proj`. Throws Error when C is no multiple of `heads`.
[[nodiscard]] Value self_attention(Params& params, const std::string& name, Value x, int heads,
                                   Mask mask = Mask::none);

}  // namespace rivulet::nn
