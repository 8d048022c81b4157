#include "rivulet/train/distill2d.h"

#include <span>
#include <string>
#include <utility>

#include "rivulet/core/range.h"

namespace rivulet::train {
namespace {

constexpr int64_t warmup = 50;
constexpr float beta1 = 0;  // SiD's: what either net should do changes with the other

TrainerConfig how_to_train(const Distill2dTraining& config, float learning_rate, int64_t updates) {
  return {.learning_rate = learning_rate,
          .weight_decay = 0,
          .ema_decay = config.ema_decay,
          .warmup = warmup,
          .schedule_steps = updates,
          .floor = 0.1F,
          .seed = config.seed,
          .beta1 = beta1};
}

DistillNets nets_of(const models::Distill2dConfig& config, const data::Target2d& target) {
  const models::Mixture2d data = models::mixture2d(config, target);
  const models::EpsPrediction teacher = models::mixture_teacher(data.centres, 2, data.deviation);
  return {.generator = [config](nn::Params& weights, Value z,
                                Value) { return models::generator2d(config, weights, z); },
          .fake = [config](nn::Params& weights, Value x_t, const models::Level& level,
                           Value) { return models::fake2d(config, weights, x_t, level); },
          .teacher = [teacher](nn::Params&, Value x_t, const models::Level& level,
                               Value) { return teacher(x_t, level); }};
}

}  // namespace

void validate(const Distill2dTraining& config) {
  constexpr auto where = "distill2d";
  models::validate(config.nets);
  validate(config.how);
  need(where, "learning rate", config.learning_rate, 0.0F, 1.0F);
  need(where, "fake learning rate", config.fake_learning_rate, 0.0F, 1.0F);
  need(where, "EMA decay", config.ema_decay, 0.0F, 0.99999F);
  need<int64_t>(where, "schedule steps", config.schedule_steps, 1, 1'000'000'000);
}

Distill2d distill2d_trainer(const Distill2dTraining& config, const data::Target2d& target,
                            const Device& device, const CompileOptions& options) {
  validate(config);
  auto how = std::make_shared<Distillation>(config.how);
  Objective objective = distill_objective(nets_of(config.nets, target), how);
  objective.groups[1].config = how_to_train(config, config.fake_learning_rate,
                                            config.schedule_steps * config.how.fake_steps);
  return {std::move(how), Trainer(std::move(objective),
                                  how_to_train(config, config.learning_rate, config.schedule_steps),
                                  device, options)};
}

io::SafeTensors fake_weights(const Trainer& trainer) {
  const Program& program = trainer.program(0);
  const std::string prefix = state_prefix(group::fake);
  io::SafeTensors weights;
  for (const std::string& name : program.state_names()) {
    if (!name.starts_with(prefix)) continue;
    const std::span<const float> values = program.read(name);
    weights.tensors.push_back(
        {name.substr(prefix.size()), Tensor(program.shape(name), {values.begin(), values.end()})});
  }
  return weights;
}

}  // namespace rivulet::train
