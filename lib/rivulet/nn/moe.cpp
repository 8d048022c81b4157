#include "rivulet/nn/moe.h"

#include <numeric>
#include <utility>

#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/layers.h"

namespace rivulet::nn {
namespace {

constexpr float epsilon = 1e-12F;
constexpr float threshold_decay = 0.9F;  // of dynamic k's quantiles

/// f(0), f(1), ..., f(count-1).
template <class F>
Value numbers(Graph& graph, int64_t count, F f) {
  Tensor tensor({count});
  for (int64_t i = 0; i < count; ++i) tensor[i] = static_cast<float>(f(i));
  return graph.constant(std::move(tensor));
}

/// Which experts each token uses, and how much.
struct Routing {
  Value scores;  // [m,n] rho
  Value gates;   // [m,n] zero where not chosen
  Value chosen;  // [m,n] zeros and ones
  Value order;   // [m,n] top-k: experts of each token, the chosen ones first
};

/// Whether element [m,n] is among its token's first k.
Value among_first(Value order, int64_t k) {
  Graph& graph = *order.graph;
  const int64_t m = order.shape()[0];
  const int64_t n = order.shape()[1];
  const Value place = reshape(slice(order, 1, 0, k), {m * k}) +
                      numbers(graph, m * k, [&](int64_t i) { return i / k * n; });
  return reshape(scatter_add(graph.fill({m * k, 1}, 1), place, m * n), {m, n});
}

/// Of top-k's thresholds their differences matter only: their mean, left to drift, would cost the
/// digits (few, in a file of half precision) that tell scores apart.
Value centred(Value beta) { return beta - mean(beta); }

/// Experts' thresholds, and what a batch makes of them. They steer choices alone, which have no
/// derivative.
class Thresholds {
 public:
  Thresholds(const MoeConfig& config, Params& params, std::string name)
      : config_(config), params_(params), name_(std::move(name)) {}

  /// What choices are made by: scores [m,n] less thresholds. `sequences` are their number.
  Value shifted(Value scores, int64_t sequences) {
    const int64_t n = scores.shape()[1];
    scores_ = scores;
    if (config_.balance == Balance::sequence) {
      const Shape by_token = {sequences, scores.shape()[0] / sequences, n};
      const Value moving = reshape(
          moving_thresholds(reshape(scores_, by_token), static_cast<float>(config_.picked())),
          scores.shape());
      if (config_.choice == Choice::threshold) return scores_ - moving;
      scores_ = scores_ - config_.strength * moving;
    }
    if (!kept()) return scores_ - start();
    beta_ = params_.get(name_, {n}, {.kind = Init::Kind::constant, .scale = start()});
    return scores_ - beta_;
  }

  /// Once the batch is routed.
  void update(Value chosen, Value load) {
    if (kept()) params_.set(name_, next(chosen, load));
  }

 private:
  /// Whether there are thresholds that training moves.
  [[nodiscard]] bool kept() const {
    const bool frees = config_.balance == Balance::sequence && config_.choice == Choice::threshold;
    return config_.balance != Balance::none && config_.balance != Balance::loss && !frees;
  }

  [[nodiscard]] float start() const {
    if (config_.choice == Choice::top_k) return 0;
    return quantile_start(config_.router, config_.routed(), static_cast<float>(config_.picked()));
  }

  [[nodiscard]] Value next(Value chosen, Value load) const {
    const auto k = static_cast<float>(config_.picked());
    const bool dynamic = config_.choice == Choice::threshold;
    switch (config_.balance) {
      case Balance::sign:
        if (!dynamic) return centred(sign_step(beta_, load, config_.rate));
        return dynamic_sign_step(beta_, reshape(mean(chosen, {0}), beta_.shape()), k, config_.rate);
      case Balance::rms:
        return rms_step(beta_, load, config_.rate);
      default:
        if (!dynamic) return quantile_step(scores_, beta_, config_.picked());
        return threshold_decay * beta_ + (1 - threshold_decay) * column_quantile(scores_, k);
    }
  }

  const MoeConfig& config_;
  Params& params_;
  std::string name_;
  Value scores_;
  Value beta_;
};

Routing route(const MoeConfig& config, Thresholds& thresholds, Value logits, int64_t sequences) {
  Routing routing{
      .scores = scores_of(config.router, logits), .gates = {}, .chosen = {}, .order = {}};
  const Value by = thresholds.shifted(routing.scores, sequences);
  if (config.choice == Choice::top_k) {
    routing.order = argsort(by);
    routing.chosen = among_first(routing.order, config.picked());
  } else {
    routing.chosen = step(by);
  }
  const Value taken = routing.scores * routing.chosen;
  const bool alone = config.choice == Choice::top_k && config.picked() == 1;
  if (config.gate == GateNorm::after && alone) {
    routing.gates = step(taken);  // one, and no rounding that would move the router
  } else if (config.gate == GateNorm::none) {
    routing.gates = taken;
  } else {
    const Value& of = config.gate == GateNorm::before ? routing.scores : taken;
    routing.gates = taken / (sum(of, {1}) + epsilon);
  }
  return routing;
}

/// Choices in a row, those of the first expert first.
struct Sorted {
  Value token;  // [R] whose choice it is; -1: none
  Value place;  // [R] of the choice among [m*n]; -1: none
  Value ends;   // [n] of each expert's choices
};

Sorted sort_by_expert(const MoeConfig& config, const Routing& routing) {
  Graph& graph = *routing.chosen.graph;
  const int64_t m = routing.chosen.shape()[0];
  const int64_t n = routing.chosen.shape()[1];
  Tensor up_to({n, n});
  for (int64_t i = 0; i < n * n; ++i) up_to[i] = i / n <= i % n ? 1 : 0;
  const Value ends =
      reshape(matmul(sum(routing.chosen, {0}), graph.constant(std::move(up_to))), {n});

  if (config.choice == Choice::top_k) {
    const auto k = static_cast<int64_t>(config.picked());
    const Value expert = reshape(slice(routing.order, 1, 0, k), {m * k});
    const Value order = argsort(-expert);  // [R]
    const Value token = floor((order + 0.5F) / static_cast<float>(k));
    const Value of = gather(reshape(expert, {m * k, 1}), order);
    return {.token = token,
            .place = token * static_cast<float>(n) + reshape(of, {m * k}),
            .ends = ends};
  }
  // Every pair has a place; those not chosen come last, as if of expert n.
  const Value expert = numbers(graph, m * n, [&](int64_t i) { return i % n; });
  const Value chosen = reshape(routing.chosen, {m * n});
  const Value key = select(chosen, expert, graph.fill({m * n}, static_cast<float>(n)));
  const Value order = argsort(-key);
  const Value count = broadcast(sum(chosen), {m * n});
  const Value there = less(numbers(graph, m * n, [](int64_t i) { return i; }), count);
  const Value none = graph.fill({m * n}, -1);
  return {.token = select(there, floor((order + 0.5F) / static_cast<float>(n)), none),
          .place = select(there, order, none),
          .ends = ends};
}

/// e of v, over the last axis.
Value normalised(ExpertNorm norm, Value v) {
  if (norm == ExpertNorm::none) return v;
  if (norm == ExpertNorm::rms) return rms_norm(v);
  return v * rsqrt(sum(square(v), {-1}) + epsilon);
}

struct Experts {
  Value up;    // [n,C,H]
  Value down;  // [n,H,C]
  Experts(Params& params, const std::string& name, int64_t n, int64_t channels, int64_t hidden)
      : up(params.get(name + "up", {n, channels, hidden}, Init::fan_in(channels))),
        down(params.get(name + "down", {n, hidden, channels}, Init::fan_in(hidden))) {}
};

/// e_i of all experts for all tokens: x [m,C] -> [n,m,C].
Value all_experts(const MoeConfig& config, const Experts& experts, Value x, Activation f) {
  const int64_t n = experts.up.shape()[0];
  const Value many =
      broadcast(reshape(x, {1, x.shape()[0], x.shape()[1]}), {n, x.shape()[0], x.shape()[1]});
  return normalised(config.norm, matmul(f(matmul(many, experts.up)), experts.down));
}

Value sum_dense(const MoeConfig& config, const Experts& experts, Value gates, Value x,
                Activation f) {
  const int64_t n = gates.shape()[1];
  const Value weights = reshape(transpose(gates, {1, 0}), {n, x.shape()[0], 1});
  return reshape(sum(weights * all_experts(config, experts, x, f), {0}), x.shape());
}

Value sum_sorted(const MoeConfig& config, const Experts& experts, const Routing& routing,
                 Value gates, Value x, Activation f) {
  const Sorted sorted = sort_by_expert(config, routing);
  const Value rows = gather(x, sorted.token);  // [R,C]
  const Value hidden = f(grouped_matmul(rows, experts.up, sorted.ends));
  const Value e = normalised(config.norm, grouped_matmul(hidden, experts.down, sorted.ends));
  const Value weights = gather(reshape(gates, {gates.shape().numel(), 1}), sorted.place);  // [R,1]
  return scatter_add(weights * e, sorted.token, x.shape()[0]);
}

MoeReport report_of(const MoeConfig& config, const Routing& routing) {
  const Value rho = routing.scores;  // [m,n]
  const Value shares = rho / (sum(rho, {1}) + epsilon);
  MoeReport report{
      .scores = rho,
      .gates = routing.gates,
      .load = load_of(routing.chosen),
      .importance = reshape(mean(shares, {0}), {rho.shape()[1]}),
      .per_token = reshape(sum(routing.chosen), {}) * (1.0F / static_cast<float>(rho.shape()[0])),
      .loss = rho.graph->fill({}, 0)};
  if (config.balance == Balance::loss) {
    report.loss = config.loss_weight * balance_loss(config.loss, report.load, report.importance);
  }
  return report;
}

/// The gates, each times the trace's factor of its expert in this layer.
Value heard(const MoeTrace* trace, Value gates) {
  if (trace == nullptr || trace->enabled.graph == nullptr) return gates;
  const auto layer = static_cast<int64_t>(trace->layers.size());
  return gates * slice(trace->enabled, 0, layer, 1);
}

}  // namespace

void validate(const MoeConfig& config) {
  need("experts", "experts", config.experts, 1, 256);
  need("experts", "chosen experts", config.chosen, 1, config.experts);
  need("experts", "shared experts", config.shared, 0, config.chosen - 1);
  need("experts", "hidden units", config.hidden, 1, 8192);
  need("experts", "loss weight", config.loss_weight, 0, 100);
  need("experts", "rate", config.rate, 0, 1);
  need("experts", "strength", config.strength, 0, 1);
  need("experts", "scale", config.scale, 0, 1000);
  if (config.choice == Choice::threshold && config.balance == Balance::rms) {
    fail("experts", "the rms rule is for top-k, not for thresholds");
  }
  if (config.choice == Choice::threshold && config.router == Router::softmax &&
      config.routed() == config.picked()) {
    fail("experts", "a threshold that all experts pass chooses nothing");
  }
  if (config.balance == Balance::sequence && config.router == Router::relu) {
    fail("experts", "moving quantiles need scores in 0..1, which relu's are not");
  }
}

Value moe(const MoeConfig& config, Params& params, const std::string& name, Value x, Activation f,
          MoeTrace* trace) {
  validate(config);
  const int64_t channels = x.shape()[-1];
  const int64_t m = x.shape().numel() / channels;
  const int64_t sequence = x.shape().rank() > 2 ? x.shape()[-2] : m;
  const Value tokens = reshape(x, {m, channels});

  const Value logits = matmul(tokens, params.get(name + ".router", {channels, config.routed()},
                                                 Init::fan_in(channels)));  // [m,n]
  Thresholds thresholds(config, params, name + ".threshold");
  const Routing routing = route(config, thresholds, logits, m / sequence);
  MoeReport report = report_of(config, routing);
  thresholds.update(routing.chosen, report.load);

  const Experts experts(params, name + ".", config.routed(), channels, config.hidden);
  const Value gates = heard(trace, routing.gates);
  const bool dense = trace != nullptr && trace->dispatch == Dispatch::dense;
  Value y = dense ? sum_dense(config, experts, gates, tokens, f)
                  : sum_sorted(config, experts, routing, gates, tokens, f);
  if (config.shared > 0) {
    const Experts shared(params, name + ".shared.", config.shared, channels, config.hidden);
    y = config.scale * y +
        reshape(sum(all_experts(config, shared, tokens, f), {0}), tokens.shape());
  }
  if (trace != nullptr) trace->layers.push_back(report);
  return reshape(y, x.shape());
}

Value feed_forward(const std::optional<MoeConfig>& experts, Params& params, const std::string& name,
                   Value x, int64_t hidden, Activation f, MoeTrace* trace) {
  if (experts) return moe(*experts, params, name + ".moe", x, f, trace);
  const Value h = f(linear(params, name + ".mlp.up", x, hidden));  // [..,hidden]
  return linear(params, name + ".mlp.down", h, x.shape()[-1]);
}

}  // namespace rivulet::nn
