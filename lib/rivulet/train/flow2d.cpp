#include "rivulet/train/flow2d.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/io/card.h"
#include "rivulet/models/inputs.h"
#include "rivulet/models/kind.h"
#include "rivulet/nn/mlp2d.h"
#include "rivulet/train/couplings.h"

namespace rivulet::train {
namespace {

using models::Method;
using models::ModelKind;

constexpr int64_t warmup_steps = 100;
constexpr float schedule_floor = 0.1F;
const std::string training_prefix = "training/";
constexpr int64_t most_steps = 1'000'000'000'000;

// Purposes of the random streams of a step.
enum : uint64_t { noise_stream, times_stream, data_stream, coupling_stream };

int64_t bootstrap_rows(const Flow2dConfig& config) {
  if (!models::has_self_consistency(config.method)) return 0;
  const auto rows = std::lround(config.bootstrap * static_cast<float>(config.batch));
  return std::clamp<int64_t>(rows, 0, config.batch - 1);
}

std::vector<Loss> build(Graph& graph, Nets& nets, const Flow2dConfig& config) {
  const int64_t batch = config.batch;
  const int64_t bootstrap = bootstrap_rows(config);
  const nn::Mlp2dConfig net{.width = config.width, .depth = config.depth};
  const auto over = [net](nn::Params& weights) -> models::Velocity {
    return [net, &weights](Value x, Value t, Value d) { return nn::mlp2d(net, weights, x, t, d); };
  };
  models::FlowBatch rows{.x0 = graph.input("x0", {batch, 2}),
                         .x1 = graph.input("x1", {batch, 2}),
                         .t = graph.input(models::input::t, {batch, 1}),
                         .d = graph.input(models::input::d, {batch, 1}),
                         .split = {},
                         .bootstrap = bootstrap};
  if (config.method == Method::split_mean_flow && bootstrap > 0) {
    rows.split = graph.input("split", {bootstrap, 1});
  }
  const float weight =
      config.self_weight > 0 ? config.self_weight : models::usual_self_weight(config.method);
  const models::FlowLoss loss =
      models::loss(config.method, over(nets.weights()), over(nets.averages()), rows, weight);
  return {{"loss", loss.total}, {"flow_loss", loss.flow}, {"self_loss", loss.self}};
}

/// Draws the batches and, for reflow, makes the couplings that they are drawn from.
class Feeder {
 public:
  Feeder(const Flow2dConfig& config, data::Target2d target, const Device& device,
         const CompileOptions& options)
      : config_(config), target_(std::move(target)) {
    const auto rows = static_cast<size_t>(config.batch);
    x0_.resize(rows * 2);
    x1_.resize(rows * 2);
    t_.resize(rows);
    d_.resize(rows);
    if (config.method == Method::split_mean_flow) {
      split_.resize(static_cast<size_t>(bootstrap_rows(config)));
    }
    if (config.method == Method::reflow) {
      couplings_.emplace(config, Rng(config.seed).fork(coupling_stream), device, options);
    }
  }

  /// Before a step: the flow that is learned so far becomes the teacher of what follows.
  void work(const Trainer& trainer) {
    if (!couplings_ || trainer.steps() < config_.reflow_after || couplings_->complete()) return;
    if (!couplings_->begun()) {
      Weights teacher;
      trainer.averaged(teacher);
      couplings_->begin(std::move(teacher));
    }
    couplings_->work();
  }

  void write(const Rng& rng, Program& program) {
    draw_pairs(rng);
    Rng times = rng.fork(times_stream);
    models::draw_times(config_.method, times, t_, d_, split_, bootstrap_rows(config_));
    program.write("x0", x0_);
    program.write("x1", x1_);
    program.write(models::input::t, t_);
    program.write(models::input::d, d_);
    if (!split_.empty()) program.write("split", split_);
  }

  void save(io::SafeTensors& checkpoint) const {
    if (couplings_) couplings_->save(training_prefix, checkpoint);
  }
  void restore(const io::SafeTensors& checkpoint) {
    if (couplings_) couplings_->restore(training_prefix, checkpoint);
  }

 private:
  void draw_pairs(const Rng& rng) {
    Rng noise = rng.fork(noise_stream);
    if (couplings_ && couplings_->complete()) {
      couplings_->draw(noise, x0_, x1_);
      return;
    }
    noise.normal(x0_);
    Rng data = rng.fork(data_stream);
    target_.sample(data, x1_);
  }

  Flow2dConfig config_;
  data::Target2d target_;
  std::vector<float> x0_, x1_, t_, d_, split_;
  std::optional<Couplings> couplings_;  // reflow only
};

/// What training adds to a trainer's own entries.
io::Card flow2d_card(const Flow2dConfig& config, const data::Target2d& target) {
  io::Card card = {
      {"architecture", std::string(models::architecture_of(ModelKind::plane_flow))},
      {"method", std::string(models::name_of(config.method))},
      {"width", fmt::to_string(config.width)},
      {"depth", fmt::to_string(config.depth)},
      {"batch", fmt::to_string(config.batch)},
      {"bootstrap", fmt::to_string(config.bootstrap)},
      {"reflow_after", fmt::to_string(config.reflow_after)},
      {"target", std::string(data::name_of(target.shape()))},
      {"self_weight", fmt::to_string(config.self_weight)},
  };
  const auto& strokes = target.strokes();
  if (!strokes.empty()) {
    card["drawing"] = data::encode_strokes(
        strokes, data::is_cloud(strokes) ? data::max_cloud_points : data::max_stroke_points);
  }
  return card;
}

}  // namespace

void validate(const Flow2dConfig& config) {
  need("flow2d", "width", config.width, 8, 512);
  need("flow2d", "depth", config.depth, 1, 8);
  need("flow2d", "batch", config.batch, 16, 4096);
  need("flow2d", "learning rate", config.learning_rate, 0.0F, 1.0F);
  need("flow2d", "weight decay", config.weight_decay, 0.0F, 1.0F);
  need("flow2d", "bootstrap", config.bootstrap, 0.0F, 0.9F);
  need("flow2d", "EMA decay", config.ema_decay, 0.0F, 0.99999F);
  need<int64_t>("flow2d", "schedule steps", config.schedule_steps, 1, 1'000'000'000);
  need<int64_t>("flow2d", "reflow after", config.reflow_after, 0, 1'000'000'000);
  need("flow2d", "self weight", config.self_weight, 0.0F, 1000.0F);
  if (static_cast<int>(config.method) >= models::method_count) fail("flow2d", "unknown method");
}

Objective flow2d_objective(const Flow2dConfig& config, const data::Target2d& target,
                           const Device& device, const CompileOptions& options) {
  validate(config);
  const auto feeder = std::make_shared<Feeder>(config, target, device, options);
  Objective objective = simple_objective(
      {.build = [config](Graph& graph, Nets& nets) { return build(graph, nets, config); },
       .feed = [feeder](const Rng& rng, Program& program) { feeder->write(rng, program); }},
      flow2d_card(config, target));
  objective.before_step = [feeder](Trainer& trainer) { feeder->work(trainer); };
  objective.save = [feeder](io::SafeTensors& checkpoint) { feeder->save(checkpoint); };
  objective.restore = [feeder](const io::SafeTensors& checkpoint) { feeder->restore(checkpoint); };
  return objective;
}

TrainerConfig flow2d_training(const Flow2dConfig& config) {
  return {.learning_rate = config.learning_rate,
          .weight_decay = config.weight_decay,
          .ema_decay = config.ema_decay,
          .warmup = warmup_steps,
          .schedule_steps = config.schedule_steps,
          .floor = schedule_floor,
          .seed = config.seed};
}

Trainer flow2d_trainer(const Flow2dConfig& config, const data::Target2d& target,
                       const Device& device, const CompileOptions& options) {
  return {flow2d_objective(config, target, device, options), flow2d_training(config), device,
          options};
}

Trainer flow2d_trainer(const io::SafeTensors& checkpoint, const Device& device,
                       const CompileOptions& options) {
  Trainer trainer =
      flow2d_trainer(flow2d_config(checkpoint), flow2d_target(checkpoint), device, options);
  trainer.restore(checkpoint);
  return trainer;
}

Flow2dConfig flow2d_config(const io::SafeTensors& checkpoint) {
  models::check_architecture(checkpoint.metadata, ModelKind::plane_flow);
  const io::Card& card = checkpoint.metadata;
  const auto integer = [&](const char* key) {
    return static_cast<int>(io::card_integer(card, key, 0, 1 << 20));
  };
  Flow2dConfig config{
      .method = models::method_names.read(io::card_text(card, "method")),
      .width = integer("width"),
      .depth = integer("depth"),
      .batch = integer("batch"),
      .learning_rate = io::card_number(card, "learning_rate"),
      .weight_decay = io::card_number(card, "weight_decay"),
      .bootstrap = io::card_number(card, "bootstrap"),
      .ema_decay = io::card_number(card, "ema_decay"),
      .schedule_steps = io::card_integer(card, "schedule_steps", 0, most_steps),
      .seed = io::card_seed(card, "seed"),
      .reflow_after = io::card_integer(card, "reflow_after", 0, most_steps),
      .self_weight = io::card_number(card, "self_weight"),
  };
  validate(config);
  return config;
}

data::Target2d flow2d_target(const io::SafeTensors& checkpoint) {
  models::check_architecture(checkpoint.metadata, ModelKind::plane_flow);
  const data::Shape2d shape =
      data::shape2d_names.read(io::card_text(checkpoint.metadata, "target"));
  if (shape != data::Shape2d::drawn) return data::Target2d(shape);
  return data::Target2d::drawn(data::decode_strokes(io::card_text(checkpoint.metadata, "drawing")));
}

}  // namespace rivulet::train
