// What all labs are built of: an engine, a slot for a model, a training task.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "frames.h"
#include "rivulet/core/error.h"
#include "rivulet/live/device.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/model_slot.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/training_task.h"

using namespace rivulet;
using namespace rivulet::live;

namespace {

// --- A lab of two tasks: one adds, one multiplies, both as they are told ---

struct SumOrder {
  int a = 0;
  int b = 0;
};
struct Sum {
  int value = 0;
};
struct Product {
  int value = 0;
  int from = 0;
};
using SumOutbox = Outbox<Sum, Several<Product, 2, 3>>;

class Adder final : public Worker<SumOrder> {
 public:
  explicit Adder(SumOutbox& out) : out_(out) {}
  void obey(const SumOrder& order) override {
    if (order.a < 0) throw std::runtime_error("less than nothing");
    sum_ = order.a + order.b;
    fresh_ = true;
  }
  bool slice() override {
    if (std::exchange(fresh_, false)) out_.post(Sum{sum_});
    return false;
  }

 private:
  SumOutbox& out_;
  int sum_ = 0;
  bool fresh_ = false;
};

/// One result a slice.
class Multiplier final : public Worker<SumOrder> {
 public:
  explicit Multiplier(SumOutbox& out) : out_(out) {}
  void obey(const SumOrder& order) override {
    order_ = order;
    next_ = 0;
  }
  bool slice() override {
    if (next_ == 6) return false;
    const int row = next_ / 3;
    const int column = next_ % 3;
    out_.post(Product{.value = order_.a * order_.b * (next_ + 1), .from = next_}, row, column);
    return ++next_ < 6;
  }

 private:
  SumOutbox& out_;
  SumOrder order_;
  int next_ = 6;
};

class SumEngine : public Engine<SumOrder, SumOutbox> {
 public:
  SumEngine()
      : Engine([](SumOutbox& out) {
          return std::array{
              Task{.name = "add", .worker = std::make_unique<Adder>(out)},
              Task{.name = "multiply", .share = 0.5, .worker = std::make_unique<Multiplier>(out)}};
        }) {}
};

// --- A model that is a number in a file ---

struct NumberCard : ModelCard {
  int number = 0;
};

class Number {
 public:
  using Card = NumberCard;

  Number(const FileBytes& file, const Device& device) : device_(&device) {
    ++made;
    if (file->empty()) fail("number", "the file is empty");
    number_ = std::to_integer<int>(file->front());
    find_room(device);
  }
  void move_to(const Device& device) {
    find_room(device);
    if (number_ == 13) fail("number", "13 is not for this device");
    device_ = &device;
  }
  [[nodiscard]] Card card() const {
    Card card;
    card.parameters = 1;
    card.number = number_;
    return card;
  }
  [[nodiscard]] const Device& device() const { return *device_; }

  static inline int made = 0;

 private:
  void find_room(const Device& device) const {
    if (number_ == 77 && &device == &reference_device()) throw DeviceError("[gpu] no memory left");
  }

  int number_ = 0;
  const Device* device_;
};

FileBytes file_of(const std::vector<int>& numbers) {
  io::Bytes bytes;
  for (const int number : numbers) bytes.push_back(static_cast<std::byte>(number));
  return std::make_shared<const io::Bytes>(std::move(bytes));
}

// --- Three "networks" that take turns, two steps of the first to one of the others ---

struct TurnsOrder {
  uint64_t run = 0;
  bool playing = true;
  int64_t allowance = 0;
  const Device* device = usual_device();
  float rate = 1;
  int networks = 3;
};

struct Turns {
  uint64_t run = 0;
  int64_t step = 0;
  double steps_per_second = 0;
  std::array<float, 3> weights{};
  const Device* device = nullptr;
};

class ThreeNetworks {
 public:
  ThreeNetworks(const TurnsOrder& order, std::function<void(const Turns&)> show)
      : show_(std::move(show)) {
    if (order.networks != 3) throw std::runtime_error("there must be three networks");
    now_.run = order.run;
    now_.device = order.device;
  }
  void step() {
    const auto turn = static_cast<size_t>(now_.step % 4);
    now_.weights[turn < 2 ? 0 : turn - 1] += rate_;
    ++now_.step;
    if (now_.step == 100) throw std::runtime_error("a hundred is too much");
  }
  [[nodiscard]] int64_t steps() const { return now_.step; }
  void adjust(const TurnsOrder& order) { rate_ = order.rate; }
  void move_to(const Device& device) { now_.device = &device; }
  void deliver(double steps_per_second) {
    now_.steps_per_second = steps_per_second;
    show_(now_);
  }

 private:
  std::function<void(const Turns&)> show_;
  float rate_ = 0;
  Turns now_;
};

using TurnsTask = TrainingTask<TurnsOrder, ThreeNetworks>;

/// Without an engine or its threads: the test gives the slices.
struct Trained {
  Turns shown;
  int deliveries = 0;
  const Device* bad = nullptr;  ///< nothing can be made there
  TurnsTask task{[this](const TurnsOrder& order) {
                   if (order.device == bad) throw DeviceError("[gpu] there is no memory left");
                   return std::make_unique<ThreeNetworks>(order, [this](const Turns& turns) {
                     shown = turns;
                     ++deliveries;
                   });
                 },
                 1e6};  // never for being due

  void run() {
    while (task.slice()) continue;
  }
};

}  // namespace

TEST_CASE("outbox: each result has a place, and is read as it was polled") {
  SumOutbox out;
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 3; ++column) {
      out.post(Product{.value = 10 * row + column}, row, column);
    }
  }
  out.post(Sum{7});
  CHECK(out.get<Sum>().value == 0);
  out.poll();
  CHECK(out.get<Sum>().value == 7);
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 3; ++column) {
      CHECK(out.get<Product>(row, column).value == 10 * row + column);
    }
  }
  out.post(Sum{8});
  out.post(Sum{9});
  CHECK(out.get<Sum>().value == 7);
  out.poll();
  CHECK(out.get<Sum>().value == 9);
}

TEST_CASE("engine: an order reaches every task, and the newest results come back") {
  SumEngine engine;
  engine.update(5);
  CHECK(engine.get<Sum>().value == 0);
  engine.order({2, 3});
  const auto frame = [&] { engine.update(5); };
  REQUIRE(frames_until(frame, [&] {
    return engine.get<Sum>().value == 5 && engine.get<Product>(1, 2).value == 36;
  }));
  CHECK(engine.get<Product>(0, 1).value == 12);
  CHECK(engine.get<Product>(1, 0).from == 3);
  SumEngine other = std::move(engine);
  other.order({1, 1});
  CHECK(frames_until([&] { other.update(5); }, [&] { return other.get<Sum>().value == 2; }));
}

TEST_CASE("engine: what a task throws is its error until it is told to try again") {
  SumEngine engine;
  const auto frame = [&] { engine.update(5); };
  engine.order({-1, 3});
  REQUIRE(frames_until(frame, [&] { return !engine.error().empty(); }));
  CHECK(engine.error() == "less than nothing");
  engine.order({4, 3});
  for (int i = 0; i < 5; ++i) frame();
  CHECK(engine.get<Sum>().value == 0);
  engine.retry();
  CHECK(engine.error().empty());
  CHECK(frames_until(frame, [&] { return engine.get<Sum>().value == 7; }));
}

TEST_CASE("model slot: a model once per file, or why there is none") {
  using Slot = ModelSlot<Number>;
  using Change = Slot::Change;
  Slot slot;
  Number::made = 0;
  CHECK(slot.set(nullptr, cpu_device()) == Change::none);
  CHECK_FALSE(slot);
  CHECK_FALSE(slot.card().good());

  const FileBytes seven = file_of({7});
  CHECK(slot.set(seven, cpu_device()) == Change::file);
  CHECK(slot.set(seven, cpu_device()) == Change::none);
  CHECK(Number::made == 1);
  REQUIRE(slot);
  CHECK(slot.card().good());
  CHECK(slot.card().file == seven);
  CHECK(slot.card().number == 7);
  CHECK(slot.card().parameters == 1);

  const FileBytes empty = file_of({});
  CHECK(slot.set(empty, cpu_device()) == Change::file);
  CHECK(slot.set(empty, cpu_device()) == Change::none);  // not again and again
  CHECK(Number::made == 2);
  CHECK_FALSE(slot);
  CHECK(slot.card().file == empty);
  CHECK(slot.card().error == "the file is empty");
  slot.retry();
  CHECK(slot.set(empty, cpu_device()) == Change::file);
  CHECK(Number::made == 3);

  const auto check = [](const Number& number) {
    if (number.card().number > 100) fail("number", "too large a number");
  };
  CHECK(slot.set(file_of({101}), cpu_device(), check) == Change::file);
  CHECK_FALSE(slot);
  CHECK(slot.card().error == "too large a number");
  CHECK(slot.card().number == 0);
  CHECK(slot.set(nullptr, cpu_device(), check) == Change::file);
  CHECK(slot.card().error.empty());
}

TEST_CASE("model slot: a model that fails at its work is dropped with its words") {
  ModelSlot<Number> slot;
  const FileBytes file = file_of({5});
  (void)slot.set(file, cpu_device());
  int seen = 0;
  CHECK(slot.attempt([&](Number& number) { seen = number.card().number; }));
  CHECK(seen == 5);
  CHECK_FALSE(slot.attempt([](Number&) { fail("number", "worn out"); }));
  CHECK_FALSE(slot);
  CHECK(slot.card().file == file);
  CHECK(slot.card().error == "worn out");
  CHECK(slot.card().number == 0);
  CHECK(slot.set(file, cpu_device()) == ModelSlot<Number>::Change::none);
  slot.forget();
  CHECK(slot.card().file == nullptr);
  CHECK(slot.set(file, cpu_device()) == ModelSlot<Number>::Change::file);
  CHECK(slot);
}

TEST_CASE("model slot: a device that fails says nothing against the file") {
  using Change = ModelSlot<Number>::Change;
  ModelSlot<Number> slot;
  const FileBytes heavy = file_of({77});
  CHECK_THROWS_AS(slot.set(heavy, reference_device()), DeviceError);
  CHECK_FALSE(slot);
  CHECK(slot.card().error.empty());
  CHECK(slot.set(heavy, cpu_device()) == Change::file);
  CHECK(slot.card().good());
  CHECK_THROWS_AS((void)slot.set(heavy, reference_device()), DeviceError);
  CHECK(slot.set(heavy, cpu_device()) == Change::device);
  CHECK(slot.card().good());
  CHECK(slot.set(heavy, cpu_device()) == Change::none);
  CHECK_THROWS_AS(slot.attempt([](Number&) { throw DeviceError("[gpu] lost"); }), DeviceError);
  CHECK(slot.card().good());
  CHECK(slot.set(heavy, cpu_device()) == Change::device);  // what was half done begins anew
  CHECK(slot.set(heavy, cpu_device()) == Change::none);
}

TEST_CASE("model slot: a model moves to another device, or is read again there") {
  using Change = ModelSlot<Number>::Change;
  ModelSlot<Number> slot;
  const FileBytes five = file_of({5});
  (void)slot.set(five, cpu_device());
  Number::made = 0;
  CHECK(slot.set(five, reference_device()) == Change::device);
  CHECK(&slot->device() == &reference_device());
  CHECK(Number::made == 0);

  const FileBytes unlucky = file_of({13});
  (void)slot.set(unlucky, cpu_device());
  REQUIRE(slot);
  CHECK(slot.set(unlucky, reference_device()) == Change::file);
  CHECK_FALSE(slot);
  CHECK(slot.card().error == "13 is not for this device");
  CHECK(slot.set(unlucky, cpu_device()) == Change::file);  // here it is as good as before
  CHECK(slot);
}

TEST_CASE("training task: plays, pauses, takes single steps and delivers the last one") {
  Trained trained;
  CHECK_FALSE(trained.task.slice());  // nothing was asked
  TurnsOrder order{.run = 1, .playing = false};
  trained.task.obey(order);
  CHECK(trained.deliveries == 1);  // what it begins from
  CHECK_FALSE(trained.task.slice());
  CHECK(trained.deliveries == 1);

  order.allowance = 1;
  trained.task.obey(order);
  trained.run();
  CHECK(trained.deliveries == 2);
  CHECK(trained.shown.step == 1);
  order.allowance = 4;
  trained.task.obey(order);
  trained.run();
  CHECK(trained.deliveries == 3);
  CHECK(trained.shown.step == 4);
  CHECK(trained.shown.weights == std::array<float, 3>{2, 1, 1});

  order.playing = true;
  trained.task.obey(order);
  for (int i = 0; i < 20; ++i) CHECK(trained.task.slice());
  order.playing = false;
  trained.task.obey(order);
  trained.run();
  CHECK(trained.shown.step == 24);
  CHECK(trained.deliveries == 4);
}

TEST_CASE("training task: settings and device change in its midst, a new run begins again") {
  Trained trained;
  TurnsOrder order{.run = 1, .playing = false, .allowance = 4};
  trained.task.obey(order);
  trained.run();
  order.rate = 10;
  order.device = &reference_device();
  order.allowance = 8;
  trained.task.obey(order);
  trained.run();
  CHECK(trained.shown.weights == std::array<float, 3>{22, 11, 11});
  CHECK(trained.shown.device == &reference_device());
  CHECK(trained.shown.run == 1);

  order.run = 2;
  order.allowance = 2;
  trained.task.obey(order);
  trained.run();
  CHECK(trained.shown.run == 2);
  CHECK(trained.shown.step == 2);
  CHECK(trained.shown.weights == std::array<float, 3>{20, 0, 0});
  CHECK(trained.shown.device == &reference_device());
}

TEST_CASE(
    "training task: a run that cannot begin leaves none; a step that fails may be tried again") {
  Trained trained;
  TurnsOrder order{.run = 1};
  trained.task.obey(order);
  CHECK(trained.task.slice());
  order.run = 2;
  order.networks = 2;
  CHECK_THROWS_WITH(trained.task.obey(order), "there must be three networks");
  CHECK_FALSE(trained.task.slice());
  order.run = 3;
  order.networks = 3;
  trained.task.obey(order);
  CHECK_THROWS_WITH(trained.run(), "a hundred is too much");
  CHECK(trained.task.slice());
}

TEST_CASE("training task: in an engine, with its pace") {
  using TurnsOutbox = Outbox<Turns>;
  Engine<TurnsOrder, TurnsOutbox> engine([](TurnsOutbox& out) {
    const auto make = [&out](const TurnsOrder& order) {
      return std::make_unique<ThreeNetworks>(order, [&out](const Turns& turns) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        out.post(turns);
      });
    };
    using Task = Engine<TurnsOrder, TurnsOutbox>::Task;
    return std::array{Task{.name = "train", .worker = std::make_unique<TurnsTask>(make, 0)}};
  });
  engine.order({.run = 1, .playing = false, .allowance = 3});
  const auto frame = [&] { engine.update(5); };
  REQUIRE(frames_until(frame, [&] { return engine.get<Turns>().step == 3; }));
  engine.order({.run = 1});
  REQUIRE(frames_until(frame, [&] { return !engine.error().empty(); }));
  CHECK(engine.error() == "a hundred is too much");
  engine.order({.run = 2});
  engine.retry();
  CHECK(frames_until(frame, [&] { return engine.get<Turns>().run == 2; }));
}

TEST_CASE("pace: steps a second, without the time of a pause") {
  Pace pace;
  CHECK(pace.rate() == 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  pace.restart();
  const auto start = Clock::now();
  int steps = 0;
  while (pace.rate() == 0 && seconds_since(start) < 30) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    pace.step();
    ++steps;
  }
  const double expected = steps / seconds_since(start);
  CHECK(pace.rate() == doctest::Approx(expected).epsilon(0.3));
}

TEST_CASE("training task: a run that a device cannot begin begins on another") {
  Trained trained;
  trained.bad = &reference_device();
  TurnsOrder order{.run = 1, .playing = false, .allowance = 2, .device = &reference_device()};
  CHECK_THROWS_AS(trained.task.obey(order), DeviceError);
  CHECK_FALSE(trained.task.slice());
  order.rate = 2;
  trained.task.obey(order);  // not again and again on the same
  CHECK_FALSE(trained.task.slice());
  order.device = &cpu_device();
  trained.task.obey(order);
  trained.run();
  CHECK(trained.shown.step == 2);
  CHECK(trained.shown.weights == std::array<float, 3>{4, 0, 0});
}
