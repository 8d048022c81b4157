// Training while somebody watches.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/exec/program.h"
#include "rivulet/live/clock.h"
#include "rivulet/live/engine.h"
#include "rivulet/train/trainer.h"

namespace rivulet::live {

/// What of an order says when to train: a new `run` starts again; while it is not `playing`, steps
/// are taken up to `allowance`, counted from the beginning of the run ("one step").
template <class Order>
concept TrainingOrder = requires(const Order& order) {
  { order.run } -> std::convertible_to<uint64_t>;
  { order.playing } -> std::convertible_to<bool>;
  { order.allowance } -> std::convertible_to<int64_t>;
  { order.device } -> std::convertible_to<const Device*>;
};

/// What is trained: one network, two sides of a comparison, several that take turns.
/// * `step()` takes one step of all of it, `steps()` is how many were taken in this run.
/// * `adjust(order)` takes over what may change meanwhile: learning rates, averaging, ...
/// * `move_to(device)` goes on there from the same weights, moments and averages; also where that
///   is the device that has failed.
/// * `deliver(rate)` shows the others what it has come to; `rate` in steps a second, 0: not known.
template <class T, class Order>
concept Trainee = requires(T t, const T& c, const Order& order, const Device& device, double rate) {
  { c.steps() } -> std::convertible_to<int64_t>;
  t.step();
  t.adjust(order);
  t.move_to(device);
  t.deliver(rate);
};

/// `fresh`, the same objective made for another device, goes on in the place of `trainer`. Where
/// that was lost with its device, steps since its last copy are taken again.
inline void take_over(train::Trainer& trainer, train::Trainer fresh) {
  fresh.restore(trainer.checkpoint());
  while (fresh.steps() < trainer.steps()) (void)fresh.step();
  fresh.keep_copies();
  trainer = std::move(fresh);
}

/// Steps a second, counted over half a second.
class Pace {
 public:
  /// After a pause: time that was not spent on steps does not count.
  void restart() {
    count_ = 0;
    mark_ = Clock::now();
  }
  void step() {
    ++count_;
    const double elapsed = seconds_since(mark_);
    if (elapsed < 0.5) return;
    rate_ = static_cast<double>(count_) / elapsed;
    restart();
  }
  [[nodiscard]] double rate() const { return rate_; }  ///< 0: not known yet

 private:
  int64_t count_ = 0;
  double rate_ = 0;
  Clock::time_point mark_ = Clock::now();
};

/// Plays, pauses, takes single steps, starts again, changes settings and device on the way, and
/// delivers often enough for the eye. The last step before a pause is always delivered.
template <TrainingOrder Order, Trainee<Order> T>
class TrainingTask final : public Worker<Order> {
 public:
  using Make = std::function<std::unique_ptr<T>(const Order&)>;

  /// `make` gives what a new run trains, on the order's device, and may throw.
  explicit TrainingTask(Make make, double delivery_seconds = 0.04)
      : make_(std::move(make)), delivery_seconds_(delivery_seconds) {}

  void obey(const Order& order) override {
    const bool begin = order.run != order_.run;
    const bool resumed = order.playing && !order_.playing;
    const bool moved = order.device != order_.device;
    order_ = order;
    if (begin || (moved && !made_)) {
      trainee_.reset();
      pace_ = {};
      made_ = lost_ = false;
      trainee_ = make_(order_);
      made_ = true;
      on_device([&] { deliver(); });
    } else if (trainee_ && (moved || lost_)) {
      on_device([&] { trainee_->move_to(*order_.device); });
      lost_ = false;
      delivered_ = false;  // to those who lost it on the way
    }
    if (resumed || moved) pace_.restart();
    if (trainee_) trainee_->adjust(order_);
  }

  bool slice() override {
    if (!trainee_) return false;  // nothing asked yet, or it could not be made
    bool busy = false;
    on_device([&] { busy = work(); });
    return busy;
  }

 private:
  bool work() {
    if (!order_.playing && trainee_->steps() >= order_.allowance) {
      if (delivered_) return false;
      deliver();
      return true;
    }
    delivered_ = false;
    trainee_->step();
    pace_.step();
    if (seconds_since(delivered_at_) > delivery_seconds_) deliver();
    return true;
  }

  /// What fails with its device may be half done: it is given up for the last copy.
  template <class Work>
  void on_device(Work work) {
    try {
      work();
    } catch (const DeviceError&) {
      lost_ = true;
      throw;
    }
  }

  void deliver() {
    delivered_ = true;
    delivered_at_ = Clock::now();
    trainee_->deliver(pace_.rate());
  }

  Make make_;
  double delivery_seconds_;
  Order order_;
  std::unique_ptr<T> trainee_;
  bool made_ = true;   ///< false: a run could not begin, and may on another device
  bool lost_ = false;  ///< with its device
  Pace pace_;
  bool delivered_ = true;
  Clock::time_point delivered_at_ = Clock::now();
};

}  // namespace rivulet::live
