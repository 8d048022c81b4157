#include "rivulet/live/tarflow2d/engine.h"

#include "rivulet/live/tarflow2d/views.h"
#include "rivulet/live/training_task.h"
#include "rivulet/train/tarflow2d.h"

namespace rivulet::live::tarflow2d {
namespace {

constexpr double delivery_seconds = 0.05;

/// One flow and its losses.
class Network {
 public:
  Network(const Order& order, Deliveries deliveries, Outbox& out)
      : order_(order),
        trainer_(trainer(*order.device)),
        deliveries_(std::move(deliveries)),
        out_(out) {
    report_.run = order.run;
  }

  void step() {
    report_.last_nll = trainer_.step();
    report_.nll.add(static_cast<float>(steps()), report_.last_nll);
  }

  [[nodiscard]] int64_t steps() const { return trainer_.steps(); }

  void adjust(const Order& order) {
    trainer_.set_learning_rate(order.learning_rate);
    trainer_.set_ema_decay(order.ema_decay);
  }

  void move_to(const Device& device) { take_over(trainer_, trainer(device)); }

  void deliver(double steps_per_second) {
    deliveries_->post({.run = report_.run, .step = steps(), .weights = trainer_.weights()});
    report_.step = steps();
    report_.steps_per_second = steps_per_second;
    out_.post(report_);
  }

 private:
  /// A new one of this run.
  [[nodiscard]] train::Trainer trainer(const Device& device) const {
    train::TrainerConfig config = train::tarflow2d_trainer();
    config.learning_rate = order_.learning_rate;
    config.ema_decay = order_.ema_decay;
    config.seed = order_.seed;
    return {train::tarflow2d_objective(order_.config, order_.batch, *order_.target), config,
            device};
  }

  Order order_;  // that the run began with
  train::Trainer trainer_;
  Deliveries deliveries_;
  Outbox& out_;
  Progress report_;
};

auto tasks(Outbox& out) {
  const auto deliveries = std::make_shared<Mailbox<Delivery>>();
  const auto make = [deliveries, &out](const Order& order) {
    return std::make_unique<Network>(order, deliveries, out);
  };
  using Training = TrainingTask<Order, Network>;
  return std::array{
      Engine::Task{.name = "train",
                   .share = 1,
                   .worker = std::make_unique<Training>(make, delivery_seconds)},
      Engine::Task{
          .name = "look", .share = 0.5, .worker = std::make_unique<Views>(deliveries, out)}};
}

}  // namespace

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

}  // namespace rivulet::live::tarflow2d
