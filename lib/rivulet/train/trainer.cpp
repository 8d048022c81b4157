#include "rivulet/train/trainer.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/io/card.h"
#include "rivulet/train/adamw.h"
#include "rivulet/train/ema.h"
#include "rivulet/train/schedule.h"

namespace rivulet::train {
namespace {

const std::string averages_prefix = "ema.";
const std::string training_prefix = "training/";
constexpr uint64_t data_stream = 1;
constexpr int64_t most_steps = 1'000'000'000'000;

struct Names {
  std::vector<std::string> weights;
  std::vector<std::string> losses;
};

/// The training step: forward, backward, AdamW and averages.
Names build(Graph& graph, const Objective& objective, const TrainerConfig& config) {
  nn::Params params(graph, config.seed);
  std::optional<nn::Params> copies;
  const auto averages = [&]() -> nn::Params& {
    if (!copies) copies = params.copy_states(averages_prefix);
    return *copies;
  };
  const std::vector<Loss> losses = objective.build(graph, params, averages);
  if (losses.empty()) fail("trainer", "the objective gives no loss");
  const AdamW optimiser{
      .beta2 = config.beta2, .weight_decay = config.weight_decay, .clip = config.clip};
  const AdamWStep step =
      adamw(optimiser, params, losses.front().value, graph.input("learning_rate", {}));
  update_averages(averages(), step.params, graph.input("ema_decay", {}), step.finite);

  Names names;
  for (const Loss& loss : losses) {
    graph.output(loss.name, loss.value);
    names.losses.push_back(loss.name);
  }
  graph.output("gradient_norm", step.gradient_norm);
  graph.output("finite", step.finite);
  for (const nn::Param& param : params.all()) names.weights.push_back(param.name);
  return names;
}

Tensor tensor_of(const Program& program, const std::string& name) {
  const std::span<const float> values = program.read(name);
  return {program.shape(name), {values.begin(), values.end()}};
}

}  // namespace

void validate(const TrainerConfig& config) {
  need("trainer", "learning rate", config.learning_rate, 0.0F, 1.0F);
  need("trainer", "weight decay", config.weight_decay, 0.0F, 1.0F);
  need("trainer", "clip", config.clip, 0.0F, 1e6F);
  need("trainer", "beta2", config.beta2, 0.0F, 0.99999F);
  need("trainer", "EMA decay", config.ema_decay, 0.0F, 0.99999F);
  need<int64_t>("trainer", "warm-up", config.warmup, 0, 1'000'000'000);
  need<int64_t>("trainer", "schedule steps", config.schedule_steps, 1, 1'000'000'000);
  need("trainer", "floor", config.floor, 0.0F, 1.0F);
}

io::Card trainer_card(const TrainerConfig& config) {
  return {{"learning_rate", fmt::to_string(config.learning_rate)},
          {"weight_decay", fmt::to_string(config.weight_decay)},
          {"clip", fmt::to_string(config.clip)},
          {"beta2", fmt::to_string(config.beta2)},
          {"ema_decay", fmt::to_string(config.ema_decay)},
          {"warmup", fmt::to_string(config.warmup)},
          {"schedule_steps", fmt::to_string(config.schedule_steps)},
          {"floor", fmt::to_string(config.floor)},
          {"seed", fmt::to_string(config.seed)}};
}

TrainerConfig trainer_config(const io::Card& card) {
  const TrainerConfig config{
      .learning_rate = io::card_number(card, "learning_rate"),
      .weight_decay = io::card_number(card, "weight_decay"),
      .clip = io::card_number(card, "clip"),
      .beta2 = io::card_number(card, "beta2"),
      .ema_decay = io::card_number(card, "ema_decay"),
      .warmup = io::card_integer(card, "warmup", 0, most_steps),
      .schedule_steps = io::card_integer(card, "schedule_steps", 1, most_steps),
      .floor = io::card_number(card, "floor"),
      .seed = io::card_seed(card, "seed")};
  validate(config);
  return config;
}

struct Trainer::Impl {
  Impl(Objective given, const TrainerConfig& how, const Device& device,
       const CompileOptions& options)
      : objective(std::move(given)),
        config((validate(how), how)),
        names(build(graph, objective, config)),
        program(compile(graph, device, options)) {}

  [[nodiscard]] io::Card card() const {
    io::Card card = trainer_card(config);
    card.insert(objective.card.begin(), objective.card.end());
    card["step"] = std::to_string(steps);
    return card;
  }

  void feed() {
    const Schedule schedule{.peak = config.learning_rate,
                            .warmup = config.warmup,
                            .total = config.schedule_steps,
                            .floor = config.floor};
    const float rate = learning_rate(schedule, steps);
    const float decay = warm_decay(config.ema_decay, steps);
    program.write("learning_rate", {&rate, 1});
    program.write("ema_decay", {&decay, 1});
    objective.feed(Rng(config.seed, data_stream).fork(static_cast<uint64_t>(steps)), program);
  }

  Objective objective;
  TrainerConfig config;
  Graph graph;
  Names names;
  Program program;
  int64_t steps = 0;
};

Trainer::Trainer(Objective objective, const TrainerConfig& config, const Device& device,
                 const CompileOptions& options)
    : impl_(std::make_unique<Impl>(std::move(objective), config, device, options)) {}
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;
Trainer::~Trainer() = default;

float Trainer::step() {
  Impl& self = *impl_;
  self.feed();
  self.program.run();
  const float loss = self.program.scalar(self.names.losses.front());
  if (self.program.scalar("finite") == 0 || !std::isfinite(loss)) {
    fail("training", "the loss is not finite at step " + std::to_string(self.steps) +
                         "; try a lower learning rate than " +
                         std::to_string(self.config.learning_rate));
  }
  ++self.steps;
  return loss;
}

int64_t Trainer::steps() const { return impl_->steps; }
const TrainerConfig& Trainer::config() const { return impl_->config; }
Program& Trainer::program() { return impl_->program; }
float Trainer::gradient_norm() const { return impl_->program.scalar("gradient_norm"); }

void Trainer::set_learning_rate(float learning_rate) {
  TrainerConfig changed = impl_->config;
  changed.learning_rate = learning_rate;
  validate(changed);
  impl_->config = changed;
}

void Trainer::set_ema_decay(float decay) {
  TrainerConfig changed = impl_->config;
  changed.ema_decay = decay;
  validate(changed);
  impl_->config = changed;
}

std::vector<std::pair<std::string, float>> Trainer::losses() const {
  std::vector<std::pair<std::string, float>> losses;
  for (const std::string& name : impl_->names.losses) {
    losses.emplace_back(name, impl_->program.scalar(name));
  }
  return losses;
}

int64_t Trainer::parameters() const {
  int64_t count = 0;
  for (const std::string& name : impl_->names.weights) count += impl_->program.shape(name).numel();
  return count;
}

io::SafeTensors Trainer::weights() const {
  io::SafeTensors file{.metadata = impl_->card(), .tensors = {}};
  for (const std::string& name : impl_->names.weights) {
    file.tensors.push_back({name, tensor_of(impl_->program, averages_prefix + name)});
  }
  return file;
}

io::SafeTensors Trainer::checkpoint() const {
  io::SafeTensors file = weights();
  for (const std::string& name : impl_->program.state_names()) {
    file.tensors.push_back({training_prefix + name, tensor_of(impl_->program, name)});
  }
  return file;
}

void Trainer::restore(const io::SafeTensors& checkpoint) {
  Impl& self = *impl_;
  const int64_t steps = io::card_integer(checkpoint.metadata, "step", 0, most_steps);
  if (io::card_seed(checkpoint.metadata, "seed") != self.config.seed) {
    fail("resume", "the checkpoint was trained with seed " +
                       io::card_text(checkpoint.metadata, "seed") + ", not " +
                       std::to_string(self.config.seed));
  }
  const std::vector<std::string> states = self.program.state_names();
  for (const std::string& name : states) {
    const Tensor* tensor = checkpoint.find(training_prefix + name);
    if (tensor == nullptr) {
      fail("resume", "the file has no '" + training_prefix + name +
                         "': it holds weights to sample from, or another model");
    }
    if (!(tensor->shape() == self.program.shape(name))) {
      fail("resume", "'" + name + "' is " + tensor->shape().str() + " in the file, not " +
                         self.program.shape(name).str());
    }
  }
  for (const std::string& name : states) {
    self.program.write(name, checkpoint.at(training_prefix + name).span());
  }
  self.steps = steps;
}

}  // namespace rivulet::train
