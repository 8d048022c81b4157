#include "rivulet/train/tarflow2d.h"

#include <fmt/format.h>

#include <vector>

#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/kind.h"

namespace rivulet::train {

Objective tarflow2d_objective(const models::Tarflow2dConfig& config, int batch,
                              const data::Target2d& target) {
  models::validate(config);
  need("tarflow", "batch", batch, 16, 4096);
  return simple_objective(
      {.build =
           [net = config.net(), batch](Graph& graph, Nets& nets) {
             const Value x = graph.input("x", {batch, 2, 1});
             return std::vector<Loss>{
                 {"nll", -mean(nn::log_density(nn::tarflow(net, nets.weights(), x, {})))}};
           },
       .feed =
           [target, xy = std::vector<float>(static_cast<size_t>(batch) * 2)](
               const Rng& rng, Program& program) mutable {
             Rng points = rng;
             target.sample(points, xy);
             program.write("x", xy);
           }},
      {{"architecture", std::string(models::architecture_of(models::ModelKind::plane_tarflow))},
       {"target", std::string(data::name_of(target.shape()))},
       {"blocks", fmt::to_string(config.blocks)},
       {"width", fmt::to_string(config.width)},
       {"depth", fmt::to_string(config.depth)},
       {"coupling", std::string(nn::name_of(config.coupling))},
       {"direction", std::string(nn::direction_names.of(config.direction))},
       {"alternate", config.alternate ? "1" : "0"},
       {"batch", fmt::to_string(batch)}});
}

TrainerConfig tarflow2d_trainer() {
  return {.learning_rate = 3e-3F, .ema_decay = 0.99F, .warmup = 50, .schedule_steps = 20000};
}

}  // namespace rivulet::train
