// The diffusion transformer (Peebles and Xie 2022): pictures as rows of patches, conditioned
// through adaptive layer norms that begin as the identity (adaLN-zero).
#pragma once

#include <optional>
#include <vector>

#include "rivulet/graph/graph.h"
#include "rivulet/nn/moe.h"
#include "rivulet/nn/params.h"

namespace rivulet::nn {

struct DitConfig {
  int side = 16;  ///< of the square picture, a multiple of `patch`
  int channels = 3;
  int patch = 4;
  int width = 128;  ///< C, a multiple of `heads`
  int depth = 6;    ///< blocks
  int heads = 4;
  int mlp_ratio = 4;                      ///< hidden units of a block's MLP, in widths
  std::vector<int> classes = {};          ///< values of each attribute; empty: unconditional
  std::optional<MoeConfig> experts = {};  ///< in place of the MLP, from block first_experts on
  int first_experts = 0;

  [[nodiscard]] int64_t pixels() const { return int64_t{side} * side * channels; }  ///< D
  [[nodiscard]] int64_t tokens() const {                                            ///< N
    return int64_t{side / patch} * (side / patch);
  }
  [[nodiscard]] int expert_layers() const { return experts ? depth - first_experts : 0; }
  friend bool operator==(const DitConfig&, const DitConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const DitConfig& config);

struct DitInputs {
  Value x;         ///< [B,D] pixels, D = side*side*channels in the order of a picture file
  Value t;         ///< [B,1] time, 0..1
  Value d;         ///< [B,1] step size asked for, 0..1
  Value guidance;  ///< [B,1] guidance scale that steps d > 0 have learned, 1: none
  Value labels;    ///< [B,K] a value of each attribute, or classes[k] for "any" (the null label of
                   ///< classifier-free guidance); unused when K = 0
};

/// Velocity at x, [B,D]. Parameters: patch, position, condition.{in,out}, label.K,
/// block.I.{adaln,qkv,proj,mlp.up,mlp.down or moe}, final.{adaln,out}. Tokens are patches in rows.
[[nodiscard]] Value dit(const DitConfig& config, Params& params, const DitInputs& inputs,
                        MoeTrace* trace = nullptr);

/// [B,D] -> [B,N,patch*patch*channels], and back.
[[nodiscard]] Value patchify(const DitConfig& config, Value x);
[[nodiscard]] Value unpatchify(const DitConfig& config, Value patches);

}  // namespace rivulet::nn
