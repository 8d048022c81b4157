#include "rivulet/train/drifting2d.h"

#include <utility>
#include <vector>

#include "rivulet/core/range.h"
#include "rivulet/train/distill.h"

namespace rivulet::train {
namespace {

constexpr int64_t warmup = 50;
enum : uint64_t { latent_stream, data_stream };  // of a step

std::vector<Loss> build(Graph& graph, Nets& nets, const Drifting2dTraining& config) {
  const Value z = graph.input("z", {config.batch, 2});
  const Value data = graph.input("data", {config.batch, 2});
  const Value x = models::generator2d(config.nets, nets.weights(group::generator), z);
  return {{"loss", models::drift_loss(config.form, x, data, graph.input("tau", {1, 1}),
                                      graph.input("repulsion", {1, 1}))}};
}

}  // namespace

void validate(const Drifting2dTraining& config) {
  constexpr auto where = "drifting";
  models::validate(config.nets);
  need(where, "tau", config.how.tau, 0.001F, 10.0F);
  need(where, "repulsion", config.how.repulsion, 0.0F, 2.0F);
  need(where, "batch", config.batch, 2, 4096);
  need(where, "learning rate", config.learning_rate, 0.0F, 1.0F);
  need(where, "EMA decay", config.ema_decay, 0.0F, 0.99999F);
  need<int64_t>(where, "schedule steps", config.schedule_steps, 1, 1'000'000'000);
}

Drifting2d drifting2d_trainer(const Drifting2dTraining& config, const data::Target2d& target,
                              const Device& device, const CompileOptions& options) {
  validate(config);
  auto how = std::make_shared<Drifting>(config.how);
  const models::Mixture2d mixture = models::mixture2d(config.nets, target);
  std::vector<float> points(static_cast<size_t>(config.batch) * 2);
  Objective objective{
      .turns = {{.build = [config](Graph& graph, Nets& nets) { return build(graph, nets, config); },
                 .feed =
                     [how, mixture, points](const Rng& rng, Program& program) mutable {
                       rng.fork(latent_stream).normal(points);
                       program.write("z", points);
                       Rng data = rng.fork(data_stream);
                       mixture.sample(data, points);
                       program.write("data", points);
                       program.write("tau", std::span<const float>(&how->tau, 1));
                       program.write("repulsion", std::span<const float>(&how->repulsion, 1));
                     },
                 .groups = {group::generator}}},
      .groups = {{.name = group::generator}}};
  return {std::move(how), Trainer(std::move(objective),
                                  {.learning_rate = config.learning_rate,
                                   .weight_decay = 0,
                                   .ema_decay = config.ema_decay,
                                   .warmup = warmup,
                                   .schedule_steps = config.schedule_steps,
                                   .floor = 0.1F,
                                   .seed = config.seed},
                                  device, options)};
}

}  // namespace rivulet::train
