#include "rivulet/models/distill.h"

#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"

namespace rivulet::models {
namespace {

constexpr float least_distance = 1e-5F;  // SiD's

DistillForm family(float lambda) {
  return {.phi_phi = 1 - lambda,
          .phi_psi = 2 * lambda - 1,
          .psi_psi = -lambda,
          .phi_eps = -1,
          .psi_eps = 1};
}

/// (bbar/abar)^2 / sg(max(mean|x - x_phi|, 1e-5)), [B,1]: x - x_phi = (bbar/abar)(phi - eps).
Value weight_of(const Level& level, Value phi, Value eps) {
  const Value ratio = level.bbar / level.abar;
  const Value distance = ratio * mean(abs(phi - eps), {1});  // [B,1]
  const Value least = distance.graph->fill(distance.shape(), least_distance);
  return square(ratio) / stop_gradient(maximum(distance, least));
}

}  // namespace

DistillForm distill_form(DistillLoss loss, float lambda) {
  switch (loss) {
    case DistillLoss::l1:
      return {.phi_phi = 1, .phi_psi = -2, .psi_psi = 1};
    case DistillLoss::l2:
      return family(0);
    case DistillLoss::l3:
      return {.phi_phi = 1, .phi_eps = -2, .psi_eps = 1};
    case DistillLoss::l4:
      return {.phi_phi = 1, .psi_psi = -1, .phi_eps = -2, .psi_eps = 2};
    case DistillLoss::family:
      return family(lambda);
  }
  fail("distillation", "unknown loss");
}

Value eps_of(Prediction prediction, const Level& level, Value x_t, Value out) {
  switch (prediction) {
    case Prediction::eps:
      return out;
    case Prediction::x0:
      return (x_t - level.abar * out) / level.bbar;
    case Prediction::v:
      return level.abar * out + level.bbar * x_t;
    case Prediction::flow: {
      const Told at = told(prediction, level, x_t);
      return at.x - at.t * out;
    }
  }
  fail("distillation", "unknown prediction");
}

Told told(Prediction prediction, const Level& level, Value x_t) {
  if (prediction != Prediction::flow) return {.x = x_t, .t = level.t};
  const Value both = level.abar + level.bbar;
  return {.x = x_t / both, .t = level.abar / both};
}

Value guided(Value any, Value labels, float kappa) { return any + kappa * (labels - any); }

Value DistillBatch::x_t() const { return level.abar * x + level.bbar * eps; }

Value fake_loss(const EpsPrediction& psi, const DistillBatch& batch) {
  DistillBatch frozen = batch;
  frozen.x = stop_gradient(batch.x);
  return mean(square(psi(frozen.x_t(), batch.level) - batch.eps));
}

GeneratorLoss generator_loss(const EpsPrediction& phi, const EpsPrediction& psi,
                             const DistillBatch& batch, Value form, bool normalise) {
  const Value x_t = batch.x_t();
  const Value p = phi(x_t, batch.level);
  const Value q = psi(x_t, batch.level);
  const auto coefficient = [&](int64_t i) { return reshape(slice(form, 0, i, 1), {1, 1}); };
  Value products = p * (coefficient(0) * p + coefficient(1) * q + coefficient(3) * batch.eps) +
                   q * (coefficient(2) * q + coefficient(4) * batch.eps);  // [B,D]
  if (normalise) products = weight_of(batch.level, p, batch.eps) * products;
  return {.loss = mean(products), .l1 = mean(square(p - q))};
}

EpsPrediction mixture_teacher(std::vector<float> centres, int64_t dimensions, float deviation) {
  const auto values = static_cast<int64_t>(centres.size());
  if (dimensions < 1 || values < dimensions || values % dimensions != 0) {
    fail("distillation", std::to_string(values) + " numbers are no centres of " +
                             std::to_string(dimensions) + " dimensions");
  }
  const Tensor mu({values / dimensions, dimensions}, std::move(centres));
  return [mu, deviation](Value x_t, const Level& level) {
    Graph& graph = *x_t.graph;
    const Value all = graph.constant(mu);                                        // [K,D]
    const Value lengths = transpose(sum(square(all), {1}), {1, 0});              // [1,K]
    const Value variance = square(level.abar * deviation) + square(level.bbar);  // [B,1]
    const Value dots = matmul(x_t, all, {.transpose_b = true});                  // [B,K]
    const Value logits =  // -|x_t - abar mu|^2 / (2 V), up to what is alike for all k
        (level.abar * dots - 0.5F * (square(level.abar) * lengths)) / variance;
    const Value expected = matmul(softmax(logits), all);  // [B,D] E[mu_k | x_t]
    return level.bbar * (x_t - level.abar * expected) / variance;
  };
}

}  // namespace rivulet::models
