#include "rivulet/train/experts.h"

#include "rivulet/graph/ops.h"
#include "rivulet/nn/balance.h"

namespace rivulet::train {

std::vector<Loss> with_experts(std::vector<Loss> losses, const nn::MoeTrace& trace) {
  if (trace.layers.empty()) return losses;
  Graph& graph = *losses.front().value.graph;
  Value balance = graph.fill({}, 0);
  Value violation = balance;
  Value per_token = balance;
  for (const nn::MoeReport& layer : trace.layers) {
    balance = balance + layer.loss;
    violation = violation + nn::max_violation(layer.load);
    per_token = per_token + layer.per_token;
  }
  const float share = 1 / static_cast<float>(trace.layers.size());
  losses.front().value = reshape(losses.front().value, {}) + balance;
  losses.push_back({"balance_loss", balance});
  losses.push_back({"max_vio", share * violation});
  losses.push_back({"per_token", share * per_token});
  return losses;
}

}  // namespace rivulet::train
