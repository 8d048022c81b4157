// One network that learns while somebody watches: its losses go to the frame loop, its averaged
// weights to the task that looks at it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "rivulet/io/safetensors.h"
#include "rivulet/live/mailbox.h"
#include "rivulet/live/training_task.h"
#include "rivulet/train/trainer.h"

namespace rivulet::live {

/// Averaged weights on their way from the training task.
struct Delivery {
  uint64_t run = 0;
  int64_t step = 0;
  io::SafeTensors weights;
};
using Deliveries = std::shared_ptr<Mailbox<Delivery>>;

inline constexpr double delivery_seconds = 0.05;  ///< between two of them

/// A Trainee. `Progress` has `run`, `step`, `steps_per_second`, and an `add(trainer)` that takes
/// the losses of the last step.
template <class Order, class Progress, class Outbox>
class Network {
 public:
  /// The trainer of a run, on a device.
  using Make = std::function<train::Trainer(const Order&, const Device&)>;

  Network(const Order& order, Make make, Deliveries deliveries, Outbox& out)
      : order_(order),
        make_(std::move(make)),
        trainer_(make_(order, *order.device)),
        deliveries_(std::move(deliveries)),
        out_(out) {
    report_.run = order.run;
    trainer_.keep_copies();
  }

  void step() {
    (void)trainer_.step();
    report_.add(trainer_);
  }
  [[nodiscard]] int64_t steps() const { return trainer_.steps(); }
  void adjust(const Order& order) {
    trainer_.set_learning_rate(order.learning_rate);
    if constexpr (requires { order.ema_decay; }) trainer_.set_ema_decay(order.ema_decay);
  }
  void move_to(const Device& device) { take_over(trainer_, make_(order_, device)); }
  void deliver(double steps_per_second) {
    deliveries_->post({.run = report_.run, .step = steps(), .weights = trainer_.weights()});
    report_.step = steps();
    report_.steps_per_second = steps_per_second;
    out_.post(report_);
  }

 private:
  Order order_;  // that the run began with
  Make make_;
  train::Trainer trainer_;
  Deliveries deliveries_;
  Outbox& out_;
  Progress report_;
};

/// The task that trains it.
template <class Order, class Progress, class Outbox>
[[nodiscard]] std::unique_ptr<Worker<Order>> network_task(
    typename Network<Order, Progress, Outbox>::Make make, Deliveries deliveries, Outbox& out) {
  using One = Network<Order, Progress, Outbox>;
  return std::make_unique<TrainingTask<Order, One>>(
      [make = std::move(make), deliveries = std::move(deliveries), &out](const Order& order) {
        return std::make_unique<One>(order, make, deliveries, out);
      },
      delivery_seconds);
}

}  // namespace rivulet::live
