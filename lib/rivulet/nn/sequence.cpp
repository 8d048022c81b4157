#include "rivulet/nn/sequence.h"

#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/layers.h"

namespace rivulet::nn {
namespace {

/// Rows of the tables: i*K + token at place i, [B*N].
Value rows_of(const SequenceConfig& config, Value tokens) {
  Tensor first({1, config.tokens});
  for (int i = 0; i < config.tokens; ++i) {
    first.span()[static_cast<size_t>(i)] = static_cast<float>(i * config.vocabulary);
  }
  const Value rows = tokens + tokens.graph->constant(std::move(first));  // [B,N]
  return reshape(rows, {rows.shape().numel()});
}

/// What stands before the first token, [1,1,C] or [B,1,C].
Value beginning(const SequenceConfig& config, Params& params, Value labels) {
  const int64_t width = config.layers.width;
  Value start = params.get("start", {1, 1, width}, Init::normal(1));
  for (size_t a = 0; a < config.classes.size(); ++a) {
    const Value table =
        params.get("label." + std::to_string(a), {config.classes[a] + 1, width}, Init::normal(1));
    const int64_t batch = labels.shape()[0];
    const Value label = reshape(slice(labels, 1, static_cast<int64_t>(a), 1), {batch});
    start = start + reshape(gather(table, label), {batch, 1, width});
  }
  return start;
}

}  // namespace

void validate(const SequenceConfig& config) {
  need("sequence", "tokens", config.tokens, 1, 1024);
  need("sequence", "vocabulary", config.vocabulary, 2, 65536);
  // The index of a table's row has to be a float that is exact.
  need("sequence", "tokens times vocabulary", int64_t{config.tokens} * config.vocabulary, 2,
       int64_t{1} << 20);
  validate(config.layers);
  need("sequence", "attributes", static_cast<int>(config.classes.size()), 0, 64);
  for (const int count : config.classes) need("sequence", "values of an attribute", count, 1, 255);
}

Value sequence_logits(const SequenceConfig& config, Params& params, const SequenceTables& tables,
                      Value tokens, Value labels) {
  validate(config);
  const int64_t width = config.layers.width;
  const int64_t batch = tokens.shape()[0];
  const Shape looks{batch, config.tokens, width};
  const Value seen = reshape(gather(tables.in, rows_of(config, tokens)), looks);
  const Value position = params.get("position", {config.tokens, width}, Init::normal(0.2F));
  Value x = shift_right(seen, beginning(config, params, labels)) + position;  // [B,N,C]
  x = layer_norm(params, "norm", causal_layers(config.layers, params, "layers", x));
  const Value out = reshape(tables.out, {config.tokens, config.vocabulary, width});
  const Value scores = matmul(transpose(x, {1, 0, 2}), out, {.transpose_b = true});  // [N,B,K]
  return scores + params.get("bias", {config.tokens, 1, config.vocabulary}, Init::zeros());
}

Value sequence_loss(Value logits, Value tokens) {
  const Shape& shape = logits.shape();  // [N,B,K]
  const int64_t vocabulary = shape[2];
  Tensor identity({vocabulary, vocabulary});
  for (int64_t k = 0; k < vocabulary; ++k) {
    identity.span()[static_cast<size_t>(k * vocabulary + k)] = 1;
  }
  const Value places = reshape(transpose(tokens, {1, 0}), {shape[0] * shape[1]});  // [N*B]
  const Value targets = gather(logits.graph->constant(std::move(identity)), places);
  return softmax_cross_entropy(reshape(logits, {shape[0] * shape[1], vocabulary}), targets);
}

}  // namespace rivulet::nn
