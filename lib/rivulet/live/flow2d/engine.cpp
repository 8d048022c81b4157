#include "rivulet/live/flow2d/engine.h"

#include "rivulet/live/flow2d/sampling.h"
#include "rivulet/live/training_task.h"

namespace rivulet::live::flow2d {
namespace {

/// Both sides of a comparison: they take the same number of steps.
class Sides {
 public:
  Sides(const Order& order, Deliveries deliveries, Outbox& out)
      : order_(order), deliveries_(std::move(deliveries)), out_(out) {
    for (int side = 0; side < order.sides; ++side) {
      trainers_.push_back(make(static_cast<size_t>(side), *order.device));
      trainers_.back().keep_copies();
    }
    report_.run = order.run;
    report_.sides = order.sides;
  }

  void step() {
    for (size_t side = 0; side < trainers_.size(); ++side) {
      train::Trainer& trainer = trainers_[side];
      if (trainer.steps() > report_.step) continue;  // taken before the other's failed
      report_.last_loss[side] = trainer.step();
      const auto x = static_cast<float>(trainer.steps());
      report_.loss[side].add(x, trainer.loss("flow_loss"));
      const float self_loss = trainer.loss("self_loss");
      if (self_loss > 0) report_.self_loss[side].add(x, self_loss);
    }
    ++report_.step;
  }

  [[nodiscard]] int64_t steps() const { return report_.step; }

  void adjust(const Order& order) {
    for (size_t side = 0; side < trainers_.size(); ++side) {
      trainers_[side].set_learning_rate(order.configs[side].learning_rate);
      trainers_[side].set_ema_decay(order.configs[side].ema_decay);
    }
  }

  void move_to(const Device& device) {
    for (size_t side = 0; side < trainers_.size(); ++side) {
      take_over(trainers_[side], make(side, device));
    }
  }

  void deliver(double steps_per_second) {
    Delivery& delivery = deliveries_->back();
    delivery.run = report_.run;
    for (size_t side = 0; side < trainers_.size(); ++side) {
      trainers_[side].averaged(delivery.weights[side]);
    }
    deliveries_->publish();
    report_.steps_per_second = steps_per_second;
    out_.post(report_);
  }

 private:
  [[nodiscard]] train::Trainer make(size_t side, const Device& device) const {
    return train::flow2d_trainer(order_.configs[side], *order_.target, device);
  }

  Order order_;  // that the run began with
  std::vector<train::Trainer> trainers_;
  Deliveries deliveries_;
  Outbox& out_;
  Progress report_;
};

auto tasks(Outbox& out) {
  const auto deliveries = std::make_shared<Mailbox<Delivery>>();
  const auto make = [deliveries, &out](const Order& order) {
    return std::make_unique<Sides>(order, deliveries, out);
  };
  using Training = TrainingTask<Order, Sides>;
  return std::array{
      Engine::Task{.name = "train", .share = 1, .worker = std::make_unique<Training>(make)},
      Engine::Task{
          .name = "sample", .share = 0.34, .worker = std::make_unique<Sampling>(deliveries, out)}};
}

}  // namespace

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

data::Point field_point(int i) {
  constexpr float step = 6.0F / field_side;
  return {-3 + step * (static_cast<float>(i % field_side) + 0.5F),
          -3 + step * (static_cast<float>(i / field_side) + 0.5F)};
}

}  // namespace rivulet::live::flow2d
