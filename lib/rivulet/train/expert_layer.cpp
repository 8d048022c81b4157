#include "rivulet/train/expert_layer.h"

#include <vector>

#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"

namespace rivulet::train {
namespace {

enum : uint64_t { data_stream, noise_stream };

}  // namespace

void blurred_points(const data::Target2d& target, float blur, const Rng& rng, std::span<float> x,
                    std::span<float> x0) {
  Rng points = rng.fork(data_stream);
  target.sample(points, x0);
  rng.fork(noise_stream).normal(x);
  for (size_t i = 0; i < x.size(); ++i) x[i] = x0[i] + blur * x[i];
}

Objective expert_layer_objective(const models::ExpertLayerConfig& config, int batch, float blur,
                                 const data::Target2d& target) {
  models::validate(config);
  need("experts", "batch", batch, 16, 4096);
  need("experts", "blur", blur, 0.0F, 2.0F);
  const auto floats = static_cast<size_t>(batch) * 2;
  return simple_objective(
      {.build =
           [config, batch](Graph& graph, Nets& nets) {
             const Value x = graph.input(models::input::x, {batch, 2});
             const Value x0 = graph.input("x0", {batch, 2});
             const models::ExpertLayer layer = models::expert_layer(config, nets.weights(), x);
             const Value fit = mean(square(layer.y - (x0 - x)));
             const Value foresight = mean(square(layer.rho - layer.norms));
             return std::vector<Loss>{
                 {"loss", fit + foresight}, {"layer", fit}, {"router", foresight}};
           },
       .feed =
           [target, blur, x = std::vector<float>(floats), x0 = std::vector<float>(floats)](
               const Rng& rng, Program& program) mutable {
             blurred_points(target, blur, rng, x, x0);
             program.write(models::input::x, x);
             program.write("x0", x0);
           }},
      {});
}

TrainerConfig expert_layer_trainer() {
  return {
      .learning_rate = 2e-3F, .weight_decay = 0.1F, .clip = 0, .ema_decay = 0.99F, .warmup = 20};
}

}  // namespace rivulet::train
