#include "rivulet/live/experts_balance/engine.h"

#include <cmath>

#include "rivulet/live/experts_balance/views.h"
#include "rivulet/live/training_task.h"

namespace rivulet::live::experts_balance {
namespace {

constexpr double delivery_seconds = 0.06;
constexpr float load_memory = 0.9F;  // of the mean over batches

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

/// One network, and what becomes of its experts.
class Network {
 public:
  Network(const Order& order, int side)
      : config_(training_of(order.setup, side)),
        target_(order.target),
        trainer_(make(*order.device)),
        first_router_(copy(trainer_.program().read(models::expert_tensor("router")))) {
    const nn::MoeConfig& experts = config_.net.experts;
    fate_.load.resize(static_cast<size_t>(experts.routed()));
    const bool moves = experts.balance != nn::Balance::none && experts.balance != nn::Balance::loss;
    if (moves) fate_.threshold.resize(fate_.load.size());
    trainer_.keep_copies();
  }

  void step() {
    (void)trainer_.step();
    const Program& program = trainer_.program();
    const auto x = static_cast<float>(trainer_.steps());
    const std::span<const float> load = program.read("load");
    if (fate_.last_load.empty()) fate_.last_load = copy(load);
    fate_.last_violation = 0;
    for (size_t i = 0; i < load.size(); ++i) {
      float& mean = fate_.last_load[i];
      mean = load_memory * mean + (1 - load_memory) * load[i];
      fate_.load[i].add(x, mean);
      const float violation = mean * static_cast<float>(load.size()) - 1;
      fate_.last_violation = std::max(fate_.last_violation, violation);
    }
    fate_.violation.add(x, fate_.last_violation);
    fate_.per_token = trainer_.loss("per_token");
    if (fate_.threshold.empty()) return;
    const std::span<const float> beta = program.read(models::expert_tensor("threshold"));
    for (size_t i = 0; i < beta.size(); ++i) fate_.threshold[i].add(x, beta[i]);
  }

  [[nodiscard]] train::Trainer& trainer() { return trainer_; }
  [[nodiscard]] const train::Trainer& trainer() const { return trainer_; }
  void move_to(const Device& device) { take_over(trainer_, make(device)); }
  [[nodiscard]] const Fate& fate() {
    double moved = 0;
    double whole = 0;
    const std::span<const float> router = trainer_.program().read(models::expert_tensor("router"));
    for (size_t i = 0; i < router.size(); ++i) {
      const double off = router[i] - first_router_[i];
      moved += off * off;
      whole += double{first_router_[i]} * first_router_[i];
    }
    fate_.moved = static_cast<float>(std::sqrt(moved / whole));
    return fate_;
  }

 private:
  [[nodiscard]] train::Trainer make(const Device& device) const {
    return train::experts2d_trainer(config_, *target_, device);
  }

  train::Experts2dTraining config_;
  std::shared_ptr<const data::Target2d> target_;
  train::Trainer trainer_;
  std::vector<float> first_router_;
  Fate fate_;
};

/// Both networks: they take the same steps on the same batches.
class Pair {
 public:
  Pair(const Order& order, Deliveries deliveries, Outbox& out)
      : networks_{Network(order, 0), Network(order, 1)},
        deliveries_(std::move(deliveries)),
        out_(out) {
    report_.run = order.run;
  }

  void step() {
    const int64_t taken = steps();
    for (Network& network : networks_) {
      if (network.trainer().steps() == taken) network.step();
    }
  }
  /// That both have taken.
  [[nodiscard]] int64_t steps() const { return networks_.back().trainer().steps(); }
  void adjust(const Order& order) {
    for (Network& network : networks_) {
      network.trainer().set_learning_rate(order.setup.learning_rate);
    }
  }
  void move_to(const Device& device) {
    for (Network& network : networks_) network.move_to(device);
  }
  void deliver(double steps_per_second) {
    Delivery delivery{.run = report_.run, .step = steps(), .weights = {}};
    for (size_t side = 0; side < networks_.size(); ++side) {
      delivery.weights[side] = networks_[side].trainer().weights();
      report_.fates[side] = networks_[side].fate();
    }
    deliveries_->post(delivery);
    report_.step = steps();
    report_.steps_per_second = steps_per_second;
    out_.post(report_);
  }

 private:
  std::array<Network, sides> networks_;
  Deliveries deliveries_;
  Outbox& out_;
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

}  // namespace rivulet::live::experts_balance
