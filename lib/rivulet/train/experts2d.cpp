#include "rivulet/train/experts2d.h"

#include <vector>

#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/flow.h"
#include "rivulet/models/inputs.h"
#include "rivulet/train/experts.h"

namespace rivulet::train {
namespace {

// Purposes of the random streams of a step.
enum : uint64_t { noise_stream, times_stream, data_stream };

std::vector<Loss> build(Graph& graph, Nets& nets, const Experts2dTraining& config) {
  const int64_t batch = config.batch;
  nn::MoeTrace trace;
  const models::FlowBatch rows{.x0 = graph.input("x0", {batch, 2}),
                               .x1 = graph.input("x1", {batch, 2}),
                               .t = graph.input(models::input::t, {batch, 1}),
                               .d = graph.fill({batch, 1}, 0),
                               .split = {}};
  const auto velocity = [&](Value x, Value t, Value d) {
    return nn::mlp2d(config.net.net(), nets.weights(), x, t, d, &trace);
  };
  const Value loss = models::flow_matching_loss(velocity, rows).total;
  graph.output("load", trace.layers[0].load);
  return with_experts({{"loss", loss}, {"flow_loss", loss}}, trace);
}

/// Draws the batches.
struct Feeder {
  data::Target2d target;
  std::vector<float> x0, x1, t, d;

  Feeder(data::Target2d of, int batch) : target(std::move(of)) {
    const auto rows = static_cast<size_t>(batch);
    x0.resize(2 * rows);
    x1.resize(2 * rows);
    t.resize(rows);
    d.resize(rows);
  }

  void operator()(const Rng& rng, Program& program) {
    rng.fork(noise_stream).normal(x0);
    Rng data = rng.fork(data_stream);
    target.sample(data, x1);
    Rng times = rng.fork(times_stream);
    models::draw_times(models::Method::flow_matching, times, t, d, {}, 0);
    program.write("x0", x0);
    program.write("x1", x1);
    program.write(models::input::t, t);
  }
};

/// Without averages, so that what is seen is what is trained; without weight decay, so that a
/// router without a gradient stands still.
TrainerConfig how(const Experts2dTraining& config) {
  return {.learning_rate = config.learning_rate,
          .weight_decay = 0,
          .ema_decay = 0,
          .warmup = 50,
          .schedule_steps = 20000,
          .floor = 0.1F,
          .seed = config.seed};
}

}  // namespace

void validate(const Experts2dTraining& config) {
  models::validate(config.net);
  need("experts2d", "batch", config.batch, 16, 4096);
  need("experts2d", "learning rate", config.learning_rate, 0.0F, 1.0F);
}

Trainer experts2d_trainer(const Experts2dTraining& config, const data::Target2d& target,
                          const Device& device, const CompileOptions& options) {
  validate(config);
  Objective objective = simple_objective(
      {.build = [config](Graph& graph, Nets& nets) { return build(graph, nets, config); },
       .feed = Feeder(target, config.batch)},
      {});
  return {std::move(objective), how(config), device, options};
}

}  // namespace rivulet::train
