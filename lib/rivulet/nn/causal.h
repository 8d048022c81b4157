// Transformer layers for sequences: what becomes of a token depends on it and on those before it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "rivulet/graph/graph.h"
#include "rivulet/nn/attention.h"
#include "rivulet/nn/moe.h"
#include "rivulet/nn/params.h"

namespace rivulet::nn {

struct CausalConfig {
  int width = 128;  ///< C, a multiple of `heads`
  int depth = 4;    ///< layers
  int heads = 4;
  int mlp_ratio = 4;  ///< hidden units of a layer's MLP, in widths
  /// In place of the MLP: balanced without a loss and each token by itself (no moving quantiles).
  std::optional<MoeConfig> experts = {};

  friend bool operator==(const CausalConfig&, const CausalConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const CausalConfig& config);

/// Layers of x + attention(norm(x)), then x + mlp(norm(x)) (pre-LN: Xiong et al. 2020):
/// x [B,N,C] -> [B,N,C]. Parameters: NAME.I.{norm.1,qkv,proj,norm.2,mlp.up,mlp.down or moe}.
[[nodiscard]] Value causal_layers(const CausalConfig& config, Params& params,
                                  const std::string& name, Value x, Mask mask = Mask::causal);
/// The same by the attention that `attend` gives for each layer.
[[nodiscard]] Value causal_layers(const CausalConfig& config, Params& params,
                                  const std::string& name, Value x,
                                  const std::function<Attention(int layer)>& attend);

/// Token k of x [B,N,C] in the place of token k+1, and `first` [1,1,C] or [B,1,C] in that of token
/// 0: the network after it sees at k what came before k.
[[nodiscard]] Value shift_right(Value x, Value first);

}  // namespace rivulet::nn
