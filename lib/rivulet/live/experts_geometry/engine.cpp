#include "rivulet/live/experts_geometry/engine.h"

#include "rivulet/live/experts_geometry/layer_views.h"
#include "rivulet/live/experts_geometry/sets.h"
#include "rivulet/live/network.h"

namespace rivulet::live::experts_geometry {
namespace {

train::Trainer trainer_of(const Order& order, const Device& device) {
  constexpr int batch = 256;
  train::TrainerConfig config = train::expert_layer_trainer();
  config.learning_rate = order.learning_rate;
  config.seed = order.seed;
  return {train::expert_layer_objective(order.layer, batch, order.blur, *order.target), config,
          device};
}

auto tasks(Outbox& out) {
  const auto deliveries = std::make_shared<Mailbox<Delivery>>();
  return std::array{
      Engine::Task{.name = "sets", .share = 1, .worker = std::make_unique<Sets>(out)},
      Engine::Task{.name = "train",
                   .share = 1,
                   .worker = network_task<Order, Progress>(trainer_of, deliveries, out)},
      Engine::Task{
          .name = "look", .share = 0.5, .worker = std::make_unique<LayerViews>(deliveries, out)}};
}

}  // namespace

Arrangement arrangement_of(const State& state) {
  return {.room = state.room,
          .n = state.n,
          .overlap = state.overlap,
          .noise = state.noise,
          .weighed = state.weighed,
          .seed = state.seed,
          .heads = state.heads};
}

void Progress::add(const train::Trainer& trainer) {
  layer = trainer.loss("layer");
  router = trainer.loss("router");
}

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

}  // namespace rivulet::live::experts_geometry
