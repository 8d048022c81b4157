// Another device in the midst of training or sampling: because somebody wants it, or because the
// first one was lost.
#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <vector>

#include "compare.h"
#include "fragile_device.h"
#include "frames.h"
#include "random_model.h"
#include "rivulet/live/flow2d/engine.h"
#include "rivulet/live/looking_task.h"
#include "rivulet/live/pictures/work.h"
#include "rivulet/live/training_task.h"
#include "rivulet/train/tarflow2d.h"

using namespace rivulet;
using namespace rivulet::live;
using rivulet::testing::FragileDevice;
using rivulet::testing::largest_difference;

namespace {

train::Trainer small_trainer(const Device& device) {
  return {train::tarflow2d_objective({.blocks = 2, .width = 8}, 16,
                                     data::Target2d(data::Shape2d::rings)),
          train::tarflow2d_trainer(), device};
}

struct WatchOrder {
  uint64_t run = 0;
  const Device* device = usual_device();
  int zoom = 1;
};

/// Looks at nothing, by two programs.
class Watcher final : public LookingTask<WatchOrder> {
 public:
  const Device* bad = nullptr;   // fails while it makes the second program
  const Device* lost = nullptr;  // fails at work
  std::vector<const Device*> programs;
  std::vector<float> kept;
  int begun = 0;
  int seen = 0;
  int zoom = 0;

 private:
  void begin() override {
    ++begun;
    kept.assign(3, 1.0F);
    zoom = order().zoom;
  }
  void adjust(const WatchOrder& before) override { zoom += order().zoom - before.zoom; }
  void compile() override {
    programs.clear();
    for (int i = 0; i < 2; ++i) {
      if (i == 1 && order().device == bad) throw DeviceError("[gpu] lost");
      programs.push_back(order().device);
    }
    seen = 0;
  }
  bool look() override {
    REQUIRE(programs == std::vector(2, order().device));
    REQUIRE(kept.size() == 3);
    if (order().device == lost) throw DeviceError("[gpu] lost");
    return ++seen < 3;
  }
};

}  // namespace

TEST_CASE("looking task: programs of each run and device, whole or made anew") {
  Watcher watcher;
  const auto rest = [&] {
    while (watcher.slice()) continue;
    return watcher.seen;
  };
  CHECK_FALSE(watcher.slice());  // nothing was asked
  watcher.obey({});
  CHECK_FALSE(watcher.slice());
  watcher.obey({.run = 1});
  CHECK(rest() == 3);
  watcher.obey({.run = 1, .zoom = 4});
  CHECK(watcher.zoom == 4);
  CHECK(rest() == 4);  // the same programs
  watcher.obey({.run = 1, .device = &reference_device(), .zoom = 4});
  CHECK(rest() == 3);
  CHECK(watcher.begun == 1);
  watcher.obey({.run = 2, .device = &reference_device()});
  CHECK(rest() == 3);
  CHECK(watcher.begun == 2);
  CHECK(watcher.zoom == 1);

  // Lost in the midst of making programs: at the beginning, later, and twice.
  watcher.bad = &reference_device();
  watcher.obey({.run = 3, .device = &reference_device()});
  CHECK_THROWS_AS((void)watcher.slice(), DeviceError);
  CHECK_THROWS_AS((void)watcher.slice(), DeviceError);
  watcher.obey({.run = 3});
  CHECK(rest() == 3);
  watcher.obey({.run = 3, .device = &reference_device()});
  CHECK_THROWS_AS((void)watcher.slice(), DeviceError);
  watcher.obey({.run = 3});
  CHECK(rest() == 3);
  CHECK(watcher.begun == 3);

  // Lost at work: anew even on the same.
  watcher.bad = nullptr;
  watcher.lost = &reference_device();
  watcher.obey({.run = 3, .device = &reference_device()});
  CHECK(watcher.slice());
  CHECK_THROWS_AS((void)watcher.slice(), DeviceError);
  watcher.programs.clear();
  watcher.lost = nullptr;
  CHECK(rest() == 3);
}

TEST_CASE("trainer: another device takes over, and back, as if nothing had happened") {
  train::Trainer stays = small_trainer(cpu_device());
  train::Trainer moves = small_trainer(cpu_device());
  for (int i = 0; i < 30; ++i) {
    if (i == 10) take_over(moves, small_trainer(reference_device()));
    if (i == 20) take_over(moves, small_trainer(cpu_device()));
    CHECK(moves.steps() == i);
    CHECK(moves.step() == doctest::Approx(stays.step()).epsilon(1e-4));
  }
  const io::SafeTensors a = stays.checkpoint();
  const io::SafeTensors b = moves.checkpoint();
  REQUIRE(a.tensors.size() == b.tensors.size());
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    CAPTURE(a.tensors[i].name);
    CHECK(largest_difference(a.tensors[i].tensor.span(), b.tensors[i].tensor.span()) < 1e-3F);
  }
}

TEST_CASE("trainer: where its device is lost, another goes on as if nothing had happened") {
  FragileDevice card;
  train::Trainer stays = small_trainer(cpu_device());
  train::Trainer moves = small_trainer(card.device());
  moves.keep_copies();
  const auto take = [&] { CHECK(moves.step() == stays.step()); };
  // What is saved of a lost device is the last copy; how often one is made is a matter of time.
  const auto copied = [&] {
    card.lose();
    const int64_t step = io::card_integer(moves.checkpoint().metadata, "step", 0, moves.steps());
    card.find_again();
    return step;
  };
  for (int i = 0; i < 40; ++i) take();
  while (copied() == 0) take();
  for (int i = 0; i < 7; ++i) take();
  const int64_t reached = moves.steps();
  card.lose();
  CHECK_THROWS_AS((void)moves.step(), DeviceError);
  CHECK_THROWS_AS((void)moves.weights(), DeviceError);
  take_over(moves, small_trainer(cpu_device()));
  CHECK(moves.steps() == reached);
  for (int i = 0; i < 20; ++i) take();
  CHECK(io::serialise(moves.checkpoint(), io::Precision::f32) ==
        io::serialise(stays.checkpoint(), io::Precision::f32));

  // Who asked for no copies has none.
  card.find_again();
  train::Trainer forgetful = small_trainer(card.device());
  (void)forgetful.step();
  card.lose();
  CHECK_THROWS_AS((void)forgetful.checkpoint(), DeviceError);
}

TEST_CASE("training task: a device that failed and is taken again begins from the last copy") {
  struct Order {
    uint64_t run = 0;
    bool playing = true;
    int64_t allowance = 0;
    const Device* device = usual_device();
  };
  /// Moves to a device count as well as steps.
  struct Counter {
    FragileDevice* card;
    int64_t* moves;
    train::Trainer trainer = small_trainer(card->device());
    [[nodiscard]] int64_t steps() const { return trainer.steps(); }
    void step() { (void)trainer.step(); }
    void adjust(const Order& /*order*/) {}
    void move_to(const Device& device) {
      take_over(trainer, small_trainer(device));
      ++*moves;
    }
    void deliver(double /*rate*/) {}
  };
  FragileDevice card;
  int64_t moves = 0;
  const Counter* made = nullptr;
  TrainingTask<Order, Counter> task([&](const Order&) {
    auto counter = std::make_unique<Counter>(Counter{.card = &card, .moves = &moves});
    counter->trainer.keep_copies();
    made = counter.get();
    return counter;
  });
  const Order order{.run = 1, .device = &card.device()};
  task.obey(order);
  for (int i = 0; i < 5; ++i) CHECK(task.slice());
  card.lose();
  CHECK_THROWS_AS(task.slice(), DeviceError);
  card.find_again();
  task.obey(order);  // nobody saw that it was another in between
  CHECK(moves == 1);
  CHECK(made->steps() == 5);
  CHECK(task.slice());
  task.obey(order);
  CHECK(moves == 1);
  CHECK(made->steps() == 6);
}

TEST_CASE("flow2d engine: training and sampling go on where the device changes") {
  train::Flow2dConfig config;
  config.width = 16;
  config.depth = 2;
  config.batch = 32;
  flow2d::Order order{.run = 1, .configs = {config, config}, .sides = 2, .target = nullptr};
  order.configs[1].method = models::Method::flow_matching;
  order.target = std::make_shared<const data::Target2d>(data::Shape2d::eight_gaussians);
  order.playing = false;

  /// Losses of both sides and samples after 45 steps, a third of them with each device.
  struct Seen {
    std::array<Series, 2> loss;
    std::vector<float> samples;
  };
  const auto train_by = [&](std::array<const Device*, 3> devices) {
    flow2d::Engine engine;
    flow2d::Order asked = order;
    for (const Device* device : devices) {
      asked.device = device;
      asked.allowance += 15;
      engine.order(asked);
      REQUIRE(frames_until([&] { engine.update(8); },
                           [&] {
                             return engine.progress().step == asked.allowance &&
                                    engine.panel(1, 2).step == asked.allowance;
                           }));
      CHECK(engine.progress().run == 1);
    }
    CHECK(engine.error().empty());
    return Seen{.loss = engine.progress().loss, .samples = engine.panel(1, 2).xy};
  };
  const Device* const cpu = &cpu_device();
  const Device* const reference = &reference_device();
  const Seen stays = train_by({cpu, cpu, cpu});
  const Seen moves = train_by({cpu, reference, cpu});
  for (size_t side = 0; side < 2; ++side) {
    const auto& a = stays.loss[side].points();
    const auto& b = moves.loss[side].points();
    REQUIRE(a.size() == 45);
    REQUIRE(b.size() == 45);
    for (size_t i = 0; i < a.size(); ++i) {
      CHECK(a[i].x == b[i].x);
      CHECK(b[i].y == doctest::Approx(a[i].y).epsilon(1e-3));
    }
  }
  CHECK(largest_difference(stays.samples, moves.samples) < 1e-3F);
}

TEST_CASE("pictures: a sheet that changes its device half way comes out the same") {
  const FileBytes file = model_file(models::Method::flow_matching, 2);
  const auto sheet = [&](int moved_after) {
    pictures::LoadedModel model(file, cpu_device());
    pictures::SheetWork work;
    work.set({.model = file,
              .wish = {.labels = {2}, .guidance = 2, .steps = 4, .seed = 5},
              .count = 9,
              .to = {}},
             model);
    for (int i = 0; !work.done(); ++i) {
      if (i == moved_after) model.move_to(reference_device());
      (void)work.advance(model);
    }
    CHECK(work.sheet().finished());
    return work.sheet().values;
  };
  const std::vector<float> stays = sheet(-1);
  CHECK(largest_difference(stays, sheet(2)) < 1e-4F);
  CHECK(largest_difference(stays, sheet(5)) < 1e-4F);
}
