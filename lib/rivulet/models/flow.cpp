#include "rivulet/models/flow.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"

namespace rivulet::models {
namespace {

constexpr float smallest_step = 1.0F / (1 << shortcut_levels);

/// The rows of a batch that one of its two losses sees.
struct Rows {
  int64_t first;
  int64_t count;
  [[nodiscard]] Value of(Value x) const { return slice(x, 0, first, count); }
};
Rows self_rows(const FlowBatch& batch) { return {0, batch.bootstrap}; }
Rows flow_rows(const FlowBatch& batch) {
  return {batch.bootstrap, batch.x0.shape()[0] - batch.bootstrap};
}

void check(const FlowBatch& batch) {
  const Shape& x = batch.x0.shape();
  if (x.rank() != 2 || !(x == batch.x1.shape())) {
    fail("flow loss",
         "noise and data must be (B,D) alike: " + x.str() + " and " + batch.x1.shape().str());
  }
  const Shape column{x[0], 1};
  if (!(batch.t.shape() == column) || !(batch.d.shape() == column)) {
    fail("flow loss", "t and d must be " + column.str() + ": " + batch.t.shape().str() + " and " +
                          batch.d.shape().str());
  }
  if (batch.bootstrap < 0 || batch.bootstrap >= x[0]) {
    fail("flow loss", std::to_string(batch.bootstrap) + " of " + std::to_string(x[0]) +
                          " rows for self-consistency leave none for the flow");
  }
}

/// Means of the squared errors of both parts, each part weighing as many rows as it has.
FlowLoss weigh(const FlowBatch& batch, Value flow_error, Value self_error, float self_weight) {
  const auto rows = static_cast<float>(batch.x0.shape()[0]);
  const float share = static_cast<float>(batch.bootstrap) / rows;
  const Value flow = mean(square(flow_error));
  const Value self = mean(square(self_error));
  return {
      .total = (1.0F - share) * flow + (self_weight * share) * self, .flow = flow, .self = self};
}

FlowLoss flow_only(Value flow_error) {
  const Value loss = mean(square(flow_error));
  return {.total = loss, .flow = loss, .self = scale(loss, 0)};
}

/// One evaluation of v for all rows, whatever makes the targets of the first S.
FlowLoss consistency_loss(const Velocity& v, const FlowBatch& batch, Value x_t, Value self_target,
                          float self_weight) {
  const Rows self = self_rows(batch);
  const Rows flow = flow_rows(batch);
  const Value predicted = v(x_t, batch.t, batch.d);  // [B,D]
  const Value straight = batch.x1 - batch.x0;        // [B,D]
  return weigh(batch, flow.of(predicted) - flow.of(straight),
               self.of(predicted) - stop_gradient(self_target), self_weight);
}

/// `asked` maps the size of a half step to the d that the network is asked for.
FlowLoss bootstrap_loss(const Velocity& v, const Velocity& averaged, const FlowBatch& batch,
                        float self_weight, const std::function<Value(Value)>& asked) {
  check(batch);
  const Value x_t = interpolate(batch);
  if (batch.bootstrap == 0) return flow_only(v(x_t, batch.t, batch.d) - (batch.x1 - batch.x0));
  const Rows self = self_rows(batch);
  const Velocity small = [&](Value x, Value t, Value d) { return averaged(x, t, asked(d)); };
  const Value half = batch.d.graph->fill({batch.bootstrap, 1}, 0.5F);  // [S,1]
  return consistency_loss(
      v, batch, x_t,
      two_step_velocity(small, self.of(x_t), self.of(batch.t), self.of(batch.d), half),
      self_weight);
}

}  // namespace

bool has_self_consistency(Method method) {
  return method != Method::flow_matching && method != Method::reflow;
}

float usual_bootstrap(Method method) {
  if (!has_self_consistency(method)) return 0;
  return method == Method::shortcut_code ? 0.125F : 0.25F;
}

float usual_self_weight(Method method) { return method == Method::mean_flow ? 1.0F : 16.0F; }

Value interpolate(const FlowBatch& batch) {
  return (1.0F - batch.t) * batch.x0 + batch.t * batch.x1;
}

FlowLoss flow_matching_loss(const Velocity& v, const FlowBatch& batch) {
  check(batch);
  return flow_only(v(interpolate(batch), batch.t, batch.d) - (batch.x1 - batch.x0));
}

FlowLoss shortcut_loss(const Velocity& v, const Velocity& averaged, const FlowBatch& batch,
                       float self_weight) {
  return bootstrap_loss(v, averaged, batch, self_weight, [](Value d) {
    return d * less(d.graph->fill(d.shape(), 1.5F * smallest_step), d);  // 1/128 becomes 0
  });
}

FlowLoss shortcut_code_loss(const Velocity& v, const Velocity& averaged, const FlowBatch& batch,
                            float self_weight) {
  return bootstrap_loss(v, averaged, batch, self_weight, [](Value d) { return d; });
}

FlowLoss split_mean_flow_loss(const Velocity& v, const Velocity& averaged, const FlowBatch& batch,
                              float self_weight) {
  check(batch);
  if (batch.bootstrap == 0) return flow_matching_loss(v, batch);
  const Rows self = self_rows(batch);
  const Value x_t = interpolate(batch);
  return consistency_loss(
      v, batch, x_t,
      two_step_velocity(averaged, self.of(x_t), self.of(batch.t), self.of(batch.d), batch.split),
      self_weight);
}

FlowLoss mean_flow_loss(const Velocity& v, const FlowBatch& batch, float self_weight) {
  check(batch);
  if (batch.bootstrap == 0) return flow_matching_loss(v, batch);
  const Rows self = self_rows(batch);
  const Rows flow = flow_rows(batch);
  const Value x_t = interpolate(batch);
  const Value straight = batch.x1 - batch.x0;  // [B,D]
  // Two evaluations: that of the self rows is also the primal part of their forward mode.
  const auto evaluate = [&](Rows rows) {
    return v(rows.of(x_t), rows.of(batch.t), rows.of(batch.d));
  };
  const Value target =
      mean_flow_target(v, self.of(x_t), self.of(straight), self.of(batch.t), self.of(batch.d));
  return weigh(batch, evaluate(flow) - flow.of(straight), evaluate(self) - stop_gradient(target),
               self_weight);
}

FlowLoss loss(Method method, const Velocity& v, const Velocity& averaged, const FlowBatch& batch,
              float self_weight) {
  switch (method) {
    case Method::shortcut:
      return shortcut_loss(v, averaged, batch, self_weight);
    case Method::shortcut_code:
      return shortcut_code_loss(v, averaged, batch, self_weight);
    case Method::split_mean_flow:
      return split_mean_flow_loss(v, averaged, batch, self_weight);
    case Method::mean_flow:
      return mean_flow_loss(v, batch, self_weight);
    case Method::flow_matching:
    case Method::reflow:
      break;
  }
  return flow_matching_loss(v, batch);
}

Value two_step_velocity(const Velocity& v, Value x, Value t, Value d, Value share) {
  const Value first = share * d;  // [B,1]
  const Value rest = 1.0F - share;
  const Value v1 = v(x, t, first);  // [B,D]
  const Value v2 = v(x + first * v1, t + first, rest * d);
  return share * v1 + rest * v2;
}

Value mean_flow_target(const Velocity& u, Value x, Value v, Value t, Value d) {
  Graph& graph = *x.graph;
  const Value one = graph.fill(t.shape(), 1);
  const std::array<Value, 3> inputs = {x, t, d};
  const std::array<Value, 3> directions = {v, one, neg(one)};
  const Value along = jvp(u(x, t, d), inputs, directions);  // [B,D]
  return v + d * along;
}

std::array<float, shortcut_levels> step_shares(float long_steps) {
  std::array<float, shortcut_levels> shares{};
  for (size_t level = 0; level < shares.size(); ++level) {
    shares[level] = std::exp2(-long_steps * static_cast<float>(level));
  }
  const float sum = std::accumulate(shares.begin(), shares.end(), 0.0F);
  for (float& share : shares) share /= sum;
  return shares;
}

void draw_times(Method method, Rng& rng, std::span<float> t, std::span<float> d,
                std::span<float> split, int64_t bootstrap, float long_steps) {
  const auto self = static_cast<size_t>(bootstrap);
  const size_t flow = t.size() - self;
  const bool code = method == Method::shortcut_code;
  for (size_t i = 0; i < flow; ++i) {
    const float time = (static_cast<float>(i) + rng.uniform()) / static_cast<float>(flow);
    // The released code draws flow times on the grid of its smallest step.
    t[self + i] = code ? std::floor(time / smallest_step) * smallest_step : time;
    d[self + i] = code ? smallest_step : 0;
  }
  if (method == Method::shortcut || code) {
    const auto shares = step_shares(long_steps);
    const float offset = rng.uniform();
    uint32_t level = 0;
    float up_to = shares[0];  // of the shares, in [0,1]
    for (size_t i = 0; i < self; ++i) {
      const float at = (static_cast<float>(i) + offset) / static_cast<float>(self);
      while (at >= up_to && level + 1 < shortcut_levels) up_to += shares[++level];
      d[i] = 1.0F / static_cast<float>(1U << level);
      t[i] = static_cast<float>(rng.below(1U << level)) * d[i];
    }
    return;
  }
  for (size_t i = 0; i < self; ++i) {
    const float a = rng.uniform();
    const float b = rng.uniform();
    t[i] = std::min(a, b);
    d[i] = std::max(a, b) - t[i];
    if (!split.empty()) split[i] = rng.uniform();
  }
}

float sampling_step(Method method, int n) {
  if (!has_self_consistency(method)) return 0;
  const float d = 1.0F / static_cast<float>(n);
  if (method == Method::shortcut) return d < 1.5F * smallest_step ? 0 : d;
  if (method == Method::shortcut_code) return std::max(d, smallest_step);
  return d;
}

void euler_step(Method method, const VelocityCall& v, std::span<float> x, std::span<float> scratch,
                int i, int n) {
  const auto steps = static_cast<float>(n);
  v(x, static_cast<float>(i) / steps, sampling_step(method, n), scratch);
  for (size_t k = 0; k < x.size(); ++k) x[k] += scratch[k] / steps;
}

}  // namespace rivulet::models
