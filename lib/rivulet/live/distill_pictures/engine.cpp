#include "rivulet/live/distill_pictures/engine.h"

#include <memory>
#include <utility>

#include "rivulet/live/distill_pictures/views.h"
#include "rivulet/live/training_task.h"
#include "rivulet/train/distill_pictures.h"

namespace rivulet::live::distill_pictures {
namespace {

constexpr double delivery_seconds = 0.5;
constexpr float ema_decay = 0.95F;  // a run is some hundred steps: averages that follow at once
constexpr int64_t warmup = 20;

std::shared_ptr<const io::SafeTensors> read(const FileBytes& file) {
  return std::make_shared<const io::SafeTensors>(io::parse_safetensors(*file));
}

/// No momentum: both nets chase each other (SiD). The rate stays where the visitor puts it.
train::TrainerConfig config_of(float learning_rate, uint64_t seed) {
  return {.learning_rate = learning_rate,
          .weight_decay = 0,
          .beta2 = 0.999F,
          .ema_decay = ema_decay,
          .warmup = warmup,
          .floor = 1,
          .seed = seed,
          .beta1 = 0};
}

/// A student, its fake net and its teacher.
class Lessons {
 public:
  Lessons(const Order& order, Deliveries deliveries, Outbox& out)
      : lesson_(order.lesson),
        how_(std::make_shared<train::Distillation>(distillation_of(lesson_.setup, order.dials))),
        dials_(order.dials),
        trainer_(make(*order.device)),
        deliveries_(std::move(deliveries)),
        out_(out) {
    report_.run = order.run;
    trainer_.keep_copies();
  }

  void step() {
    (void)trainer_.step();
    if (trainer_.steps() % cycle() != 0) return;
    report_.last_l1 = trainer_.loss("l1");
    report_.l1.add(static_cast<float>(steps()), report_.last_l1);
  }
  [[nodiscard]] int64_t steps() const { return trainer_.steps() / cycle(); }

  /// Loss and lambda are inputs of the program, and rates the trainer's.
  void adjust(const Order& order) {
    dials_ = order.dials;
    how_->loss = dials_.loss;
    how_->lambda = dials_.lambda;
    trainer_.set_learning_rate(dials_.learning_rate);
    trainer_.set_learning_rate(dials_.fake_rate, train::group::fake);
  }
  void move_to(const Device& device) { take_over(trainer_, make(device)); }
  void deliver(double trainer_steps_per_second) {
    deliveries_->post({.run = report_.run, .step = steps(), .weights = trainer_.weights()});
    report_.step = steps();
    report_.steps_per_second = trainer_steps_per_second / static_cast<double>(cycle());
    out_.post(report_);
  }

 private:
  [[nodiscard]] int64_t cycle() const { return lesson_.setup.fake_steps + 1; }
  [[nodiscard]] train::Trainer make(const Device& device) const {
    const uint64_t seed = lesson_.setup.seed;
    const train::PictureTeachers nets{.teacher = read(lesson_.teacher),
                                      .first = read(lesson_.first)};
    return train::Trainer(
        train::distill_pictures_objective(models::diffusion_model(*nets.teacher), nets, how_,
                                          config_of(dials_.fake_rate, seed)),
        config_of(dials_.learning_rate, seed), device);
  }

  Lesson lesson_;
  std::shared_ptr<train::Distillation> how_;
  Dials dials_;
  train::Trainer trainer_;
  Deliveries deliveries_;
  Outbox& out_;
  Progress report_;
};

auto tasks(Outbox& out) {
  const auto deliveries = std::make_shared<Mailbox<Delivery>>();
  const auto make = [deliveries, &out](const Order& order) {
    return std::make_unique<Lessons>(order, deliveries, out);
  };
  using Training = TrainingTask<Order, Lessons>;
  return std::array{
      Engine::Task{.name = "distill",
                   .share = 1,
                   .worker = std::make_unique<Training>(make, delivery_seconds)},
      Engine::Task{
          .name = "draw", .share = 0.5, .worker = std::make_unique<Views>(deliveries, out)}};
}

}  // namespace

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

Model model_of(Maker maker) {
  if (maker == Maker::shortcut) return Model::shortcut;
  return maker == Maker::student ? Model::student : Model::teacher;
}

int steps_of(Maker maker, const Wish& wish) {
  if (maker == Maker::many) return wish.steps;
  return maker == Maker::few ? few_steps : 1;
}

int evaluations_of(Maker maker, const Wish& wish) {
  const bool guided = model_of(maker) == Model::teacher && wish.guidance != 1;
  return steps_of(maker, wish) * (guided ? 2 : 1);
}

}  // namespace rivulet::live::distill_pictures
