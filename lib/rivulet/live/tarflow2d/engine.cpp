#include "rivulet/live/tarflow2d/engine.h"

#include <chrono>
#include <utility>

#include "rivulet/live/mailbox.h"
#include "rivulet/live/tarflow2d/views.h"
#include "rivulet/train/tarflow2d.h"

namespace rivulet::live::tarflow2d {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double delivery_seconds = 0.05;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Training {
 public:
  Training(Mailbox<Order>& orders, Mailbox<Delivery>& deliveries, Mailbox<Progress>& reports)
      : orders_(orders), deliveries_(deliveries), reports_(reports) {}

  bool slice() {
    if (orders_.poll()) obey(orders_.front());
    if (!trainer_) return false;  // nothing asked yet, or it could not be made
    if (!order_.playing && trainer_->steps() >= order_.allowance) {
      if (!delivered_) deliver();
      return false;
    }
    report_.last_nll = trainer_->step();
    report_.nll.add(static_cast<float>(trainer_->steps()), report_.last_nll);
    delivered_ = false;
    ++counted_;
    const double elapsed = seconds_since(mark_);
    if (elapsed > 0.5) {
      report_.steps_per_second = static_cast<double>(counted_) / elapsed;
      counted_ = 0;
      mark_ = Clock::now();
    }
    if (seconds_since(delivered_at_) > delivery_seconds) deliver();
    return true;
  }

 private:
  void obey(const Order& order) {
    const bool begin = order.run != order_.run;
    const bool resumed = order.playing && !order_.playing;
    order_ = order;
    if (begin) {
      trainer_.reset();
      train::TrainerConfig config = train::tarflow2d_trainer();
      config.learning_rate = order.learning_rate;
      config.ema_decay = order.ema_decay;
      config.seed = order.seed;
      trainer_.emplace(train::tarflow2d_objective(order.config, order.batch, *order.target), config,
                       cpu_device());
      report_ = {};
      report_.run = order.run;
      deliver();
    }
    if (begin || resumed) {
      counted_ = 0;
      mark_ = Clock::now();
    }
    if (!trainer_) return;
    trainer_->set_learning_rate(order.learning_rate);
    trainer_->set_ema_decay(order.ema_decay);
  }

  void deliver() {
    delivered_ = true;
    delivered_at_ = Clock::now();
    deliveries_.back() = {
        .run = order_.run, .step = trainer_->steps(), .weights = trainer_->weights()};
    deliveries_.publish();
    report_.step = trainer_->steps();
    reports_.back() = report_;
    reports_.publish();
  }

  Mailbox<Order>& orders_;
  Mailbox<Delivery>& deliveries_;
  Mailbox<Progress>& reports_;
  Order order_;
  std::optional<train::Trainer> trainer_;
  Progress report_;
  bool delivered_ = true;
  Clock::time_point delivered_at_ = Clock::now();
  Clock::time_point mark_ = Clock::now();
  int64_t counted_ = 0;
};

}  // namespace

struct Engine::Impl {
  Mailbox<Order> training_orders;
  Mailbox<Order> view_orders;
  Mailbox<Delivery> deliveries;
  Mailbox<Progress> progress;
  Outbox out;
  Training training{training_orders, deliveries, progress};
  Views views{view_orders, deliveries, out};
  // Last, so that its threads end before what they use.
  Job job{{{.name = "train", .share = 1, .slice = [this] { return training.slice(); }},
           {.name = "look", .share = 0.5, .slice = [this] { return views.slice(); }}}};
};

Engine::Engine() : impl_(std::make_unique<Impl>()) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

void Engine::order(const Order& order) {
  impl_->training_orders.back() = order;
  impl_->training_orders.publish();
  impl_->view_orders.back() = order;
  impl_->view_orders.publish();
  impl_->job.wake();
}

void Engine::update(double milliseconds) {
  impl_->job.pump(milliseconds);
  impl_->progress.poll();
  impl_->out.held.poll();
  impl_->out.cloud.poll();
  impl_->out.density.poll();
  impl_->out.held_out.poll();
}

const Progress& Engine::progress() const { return impl_->progress.front(); }
const Held& Engine::held() const { return impl_->out.held.front(); }
const Cloud& Engine::cloud() const { return impl_->out.cloud.front(); }
const Density& Engine::density() const { return impl_->out.density.front(); }
const HeldOut& Engine::held_out() const { return impl_->out.held_out.front(); }
std::string Engine::error() const { return impl_->job.error(); }
void Engine::retry() { impl_->job.retry(); }

}  // namespace rivulet::live::tarflow2d
