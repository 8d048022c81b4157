// The judge: a small convolutional classifier of pictures, whose features distances are measured
// in (what an Inception network is to the FID).
#pragma once

#include <vector>

#include "rivulet/graph/graph.h"
#include "rivulet/nn/params.h"

namespace rivulet::nn {

struct JudgeConfig {
  int side = 28;             ///< of the square picture, a multiple of 4
  int channels = 1;          ///< 1 grey, 3 RGB
  std::vector<int> classes;  ///< values of each attribute, at least one attribute
  int width = 16;            ///< channels after the first convolution; the second has twice as many
  int features = 64;         ///< F

  [[nodiscard]] int64_t pixels() const { return int64_t{side} * side * channels; }  ///< D
  friend bool operator==(const JudgeConfig&, const JudgeConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const JudgeConfig& config);

struct JudgeOutputs {
  Value features;             ///< [B,F]
  std::vector<Value> logits;  ///< [B,classes[k]] for each attribute k
};

/// Pictures x [B,D] in [-1,1], in the order of a picture file, through two 3x3 convolutions, each
/// with its maxima over 2x2 pixels, to the features; one linear layer from their positive parts to
/// the logits of each attribute. Parameters: conv.{1,2}, features, attribute.K, each with weight
/// and bias.
[[nodiscard]] JudgeOutputs judge(const JudgeConfig& config, Params& params, Value x);

}  // namespace rivulet::nn
