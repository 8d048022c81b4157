#include "rivulet/train/adamw.h"

#include <limits>
#include <span>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"

namespace rivulet::train {
namespace {

Value squared_norm(std::span<const Value> tensors) {  // a number
  Value total = reshape(sum(square(tensors[0])), {});
  for (const Value tensor : tensors.subspan(1)) total = total + reshape(sum(square(tensor)), {});
  return total;
}

/// 1 - beta^n as a moving average of ones, which unlike a power loses no digits.
struct Correction {
  Value old;
  Value now;
  Correction(Graph& graph, const std::string& name, float beta)
      : old(graph.state(name, {}, filled(0))), now(beta * old + (1 - beta)) {}
};

}  // namespace

Gradients gradients(Value loss, const nn::Params& params) {
  if (params.all().empty()) fail("adamw", "there are no parameters");
  std::vector<Value> values = grad(loss, params.values());
  const Value norm2 = squared_norm(values);
  // False for infinities and, like every comparison, for NaN.
  const Value finite =
      less(norm2 + abs(reshape(loss, {})), loss.graph->fill({}, std::numeric_limits<float>::max()));
  return {.values = std::move(values), .norm = sqrt(norm2), .finite = finite};
}

std::vector<Value> adamw(const AdamW& config, const nn::Params& params, const Gradients& gradients,
                         Value learning_rate, const std::string& suffix) {
  Graph& graph = *learning_rate.graph;
  const Value finite = gradients.finite;
  const Correction c1(graph, "adamw.c1" + suffix, config.beta1);
  const Correction c2(graph, "adamw.c2" + suffix, config.beta2);
  graph.update(c1.old, select(finite, c1.now, c1.old));
  graph.update(c2.old, select(finite, c2.now, c2.old));

  // The two corrections and the clipping are taken into numbers: w <- w - rate m / (sqrt(v) + eps).
  const Value root = sqrt(c2.now);
  const Value rate = learning_rate * root / c1.now;
  const Value epsilon = config.epsilon * root;
  const Value shrink = 1.0F - config.weight_decay * learning_rate;
  const Value factor =
      config.clip > 0
          ? minimum(scale(reciprocal(gradients.norm + 1e-12F), config.clip), graph.fill({}, 1))
          : graph.fill({}, 1);

  std::vector<Value> moved;
  for (size_t i = 0; i < params.all().size(); ++i) {
    const Value w = params.all()[i].value;
    const std::string& name = w.node().name;
    const Value v = graph.state("adamw.v." + name, w.shape(), filled(0));
    const Value g = config.clip > 0 ? gradients.values[i] * factor : gradients.values[i];
    Value m_new = g;
    if (config.beta1 > 0) {
      const Value m = graph.state("adamw.m." + name, w.shape(), filled(0));
      m_new = config.beta1 * m + (1 - config.beta1) * g;
      graph.update(m, select(finite, m_new, m));
    }
    const Value v_new = config.beta2 * v + (1 - config.beta2) * square(g);
    const bool decays = config.weight_decay != 0 && w.shape().rank() >= 2;
    const Value kept = decays ? w * shrink : w;
    const Value w_new = select(finite, kept - rate * m_new / (sqrt(v_new) + epsilon), w);
    graph.update(v, select(finite, v_new, v));
    graph.update(w, w_new);
    moved.push_back(w_new);
  }
  return moved;
}

}  // namespace rivulet::train
