#include "rivulet/live/distill2d/engine.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/live/distill2d/views.h"
#include "rivulet/live/training_task.h"

namespace rivulet::live::distill2d {
namespace {

constexpr double delivery_seconds = 0.05;
constexpr float memory = 0.95F;  // of the mean over steps

/// One generator, whatever trains it.
class Student {
 public:
  Student(const Order& order, int side) : side_(side), target_(order.target) {
    make(order.setup, order.level, *order.device);
  }

  /// An update of the generator, after those of its fake net.
  void step(int64_t number) {
    if (report_.stopped || trainer().steps() == number * cycle()) return;
    try {
      while (trainer().steps() < number * cycle()) (void)trainer().step();
    } catch (const Error&) {  // away to where numbers end; its twin goes on
      report_.stopped = true;
      return;
    }
    const float now = trainer().loss(distill_ ? "l1" : "loss");
    report_.last_l1 = number == 1 ? now : memory * report_.last_l1 + (1 - memory) * now;
    report_.l1.add(static_cast<float>(number), std::min(report_.last_l1, most_l1));
  }

  void adjust(const Order& order) {
    const Setup& setup = order.setup;
    if (drifting_) {
      *drifting_->how = drifting_of(setup).how;
    } else {
      const train::Distillation how = distill_of(setup, side_, order.level).how;
      distill_->how->lowest_level = how.lowest_level;
      distill_->how->highest_level = how.highest_level;
      trainer().set_learning_rate(setup.fake_learning_rate, train::group::fake);
    }
    trainer().set_learning_rate(setup.learning_rate);
  }
  /// As take_over: what is here stays until all of it is there.
  void move_to(Order order, const Device& device) {
    order.target = target_;
    order.device = &device;
    Student fresh(order, side_);
    fresh.trainer().restore(trainer().checkpoint());
    while (fresh.trainer().steps() < trainer().steps()) (void)fresh.trainer().step();
    fresh.report_ = std::move(report_);
    *this = std::move(fresh);
  }

  [[nodiscard]] Delivery::Side delivery() const {
    Delivery::Side out{.generator = trainer().weights(), .fake = {}};
    if (distill_) out.fake = train::fake_weights(trainer());
    return out;
  }
  [[nodiscard]] const Progress::Side& report() const { return report_; }

 private:
  void make(const Setup& setup, float level, const Device& device) {
    if (setup.drifts(side_)) {
      drifting_.emplace(train::drifting2d_trainer(drifting_of(setup), *target_, device));
    } else {
      distill_.emplace(train::distill2d_trainer(distill_of(setup, side_, level), *target_, device));
    }
    trainer().keep_copies();
  }
  [[nodiscard]] int cycle() const { return distill_ ? distill_->how->fake_steps + 1 : 1; }
  [[nodiscard]] train::Trainer& trainer() {
    return distill_ ? distill_->trainer : drifting_->trainer;
  }
  [[nodiscard]] const train::Trainer& trainer() const {
    return distill_ ? distill_->trainer : drifting_->trainer;
  }

  int side_;
  std::shared_ptr<const data::Target2d> target_;
  std::optional<train::Distill2d> distill_;
  std::optional<train::Drifting2d> drifting_;
  Progress::Side report_;
};

/// Both: they begin alike and see the same noise.
class Pair {
 public:
  Pair(const Order& order, Deliveries deliveries, Outbox& out)
      : students_{Student(order, 0), Student(order, 1)},
        order_(order),
        deliveries_(std::move(deliveries)),
        out_(out) {
    report_.run = order.run;
  }

  void step() {
    for (Student& student : students_) student.step(steps_ + 1);
    ++steps_;
  }
  [[nodiscard]] int64_t steps() const { return steps_; }
  void adjust(const Order& order) {
    order_ = order;
    for (Student& student : students_) student.adjust(order);
  }
  void move_to(const Device& device) {
    for (Student& student : students_) student.move_to(order_, device);
  }
  void deliver(double steps_per_second) {
    Delivery& delivery = deliveries_->back();
    delivery.run = report_.run;
    delivery.step = steps_;
    for (size_t side = 0; side < students_.size(); ++side) {
      delivery.of[side] = students_[side].delivery();
      report_.of[side] = students_[side].report();
    }
    deliveries_->publish();
    report_.step = steps_;
    report_.steps_per_second = steps_per_second;
    out_.post(report_);
  }

 private:
  std::array<Student, sides> students_;
  Order order_;
  Deliveries deliveries_;
  Outbox& out_;
  int64_t steps_ = 0;
  Progress report_;
};

auto tasks(Outbox& out) {
  const auto deliveries = std::make_shared<Mailbox<Delivery>>();
  const auto make = [deliveries, &out](const Order& order) {
    return std::make_unique<Pair>(order, deliveries, out);
  };
  using Training = TrainingTask<Order, Pair>;
  return std::array{
      Engine::Task{.name = "train",
                   .share = 1,
                   .worker = std::make_unique<Training>(make, delivery_seconds)},
      Engine::Task{
          .name = "look", .share = 0.5, .worker = std::make_unique<Views>(deliveries, out)}};
}

}  // namespace

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

}  // namespace rivulet::live::distill2d
