#include "rivulet/live/tarflow2d/engine.h"

#include "rivulet/live/network.h"
#include "rivulet/live/tarflow2d/views.h"
#include "rivulet/train/tarflow2d.h"

namespace rivulet::live::tarflow2d {
namespace {

train::Trainer trainer_of(const Order& order, const Device& device) {
  train::TrainerConfig config = train::tarflow2d_trainer();
  config.learning_rate = order.learning_rate;
  config.ema_decay = order.ema_decay;
  config.seed = order.seed;
  return {train::tarflow2d_objective(order.config, order.batch, *order.target), config, device};
}

auto tasks(Outbox& out) {
  const auto deliveries = std::make_shared<Mailbox<Delivery>>();
  return std::array{
      Engine::Task{.name = "train",
                   .share = 1,
                   .worker = network_task<Order, Progress>(trainer_of, deliveries, out)},
      Engine::Task{
          .name = "look", .share = 0.5, .worker = std::make_unique<Views>(deliveries, out)}};
}

}  // namespace

void Progress::add(const train::Trainer& trainer) {
  last_nll = trainer.loss("nll");
  nll.add(static_cast<float>(trainer.steps()), last_nll);
}

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

}  // namespace rivulet::live::tarflow2d
