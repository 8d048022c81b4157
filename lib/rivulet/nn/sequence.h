// Distributions of sequences of N indices, each of a vocabulary of its own, one token after the
// other.
#pragma once

#include <vector>

#include "rivulet/graph/graph.h"
#include "rivulet/nn/causal.h"
#include "rivulet/nn/params.h"

namespace rivulet::nn {

struct SequenceConfig {
  int tokens = 16;       ///< N
  int vocabulary = 256;  ///< K, of each place
  CausalConfig layers = {};
  std::vector<int> classes = {};  ///< values of each attribute; empty: unconditional

  friend bool operator==(const SequenceConfig&, const SequenceConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const SequenceConfig& config);

/// What index k means at place i, in row i*K + k: how it looks to later tokens, and what speaks for
/// it. [N*K,C] each.
struct SequenceTables {
  Value in;
  Value out;
};

/// Logits of every token given those before it, [N,B,K]: tokens [B,N], far below 0 what is not to
/// be seen; labels [B,A] as in DitInputs, unused where there are none. Parameters: start, position,
/// label.A, layers.*, norm, bias.
[[nodiscard]] Value sequence_logits(const SequenceConfig& config, Params& params,
                                    const SequenceTables& tables, Value tokens, Value labels);

/// Mean of -log p(token) over all tokens, in nats: logits [N,B,K], tokens [B,N].
[[nodiscard]] Value sequence_loss(Value logits, Value tokens);

}  // namespace rivulet::nn
