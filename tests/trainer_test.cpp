// Several nets that learn in turn, as in distillation: a frozen teacher, a fake net that follows
// the generator, and a generator that is led by both.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/train/trainer.h"

using namespace rivulet;
using train::Nets;
using train::Trainer;
using train::TrainerConfig;

namespace {

constexpr int64_t fake_steps = 3;

const TrainerConfig slow{.learning_rate = 0.05F,
                         .weight_decay = 0,
                         .clip = 0,
                         .ema_decay = 0.8F,
                         .warmup = 4,
                         .schedule_steps = 30,
                         .seed = 5};
const TrainerConfig quick{.learning_rate = 0.1F,
                          .weight_decay = 0,
                          .clip = 0,
                          .beta2 = 0.9F,
                          .ema_decay = 0.5F,
                          .warmup = 2,
                          .schedule_steps = 100,
                          .beta1 = 0};

Value weight(nn::Params& params) { return params.get("w", {1, 2}, nn::Init::normal(1)); }

/// (fake - generator - noise)^2.
std::vector<train::Loss> build_fake(Graph& graph, Nets& nets) {
  const Value made = weight(nets.weights("generator")) + graph.input("noise", {1, 2});
  return {{"fake_loss", mean(square(weight(nets.weights("fake")) - made))}};
}

/// The generator goes where the teacher is larger than the fake net's average.
std::vector<train::Loss> build_generator(Graph&, Nets& nets) {
  const Value lead = weight(nets.averages("fake")) - weight(nets.weights("teacher"));
  return {{"loss", mean(lead * weight(nets.weights("generator")))}};
}

void feed_noise(const Rng& step, Program& program) {
  Rng rng = step;
  std::vector<float> noise(2);
  rng.normal(noise);
  program.write("noise", noise);
}

void feed_nothing(const Rng&, Program&) {}

std::vector<train::Group> groups() {
  const auto teacher = std::make_shared<io::SafeTensors>();
  teacher->tensors.push_back({"w", Tensor({1, 2}, {3, -1})});
  return {{.name = "generator"},
          {.name = "fake", .config = quick},
          {.name = "teacher", .first = teacher}};
}

train::Objective game() {
  return {
      .turns = {{.build = build_fake, .feed = feed_noise, .groups = {"fake"}, .steps = fake_steps},
                {.build = build_generator, .feed = feed_nothing, .groups = {"generator"}}},
      .card = {{"architecture", "game"}},
      .groups = groups()};
}

std::vector<float> state(const io::SafeTensors& checkpoint, const std::string& name) {
  const std::span<const float> values = checkpoint.at("training/" + name).span();
  return {values.begin(), values.end()};
}

io::Bytes bytes_of(const Trainer& trainer) {
  return io::serialise(trainer.checkpoint(), io::Precision::f32);
}

/// One weight under AdamW without decay and clipping, and its average, in double precision.
struct Plain {
  TrainerConfig config;
  double w = 0;
  double average = 0;
  double m = 0;
  double v = 0;
  int64_t updates = 0;

  void move(double g) {
    const auto n = static_cast<double>(updates);
    double rate = double{config.learning_rate};
    if (updates < config.warmup) {
      rate *= (n + 1) / static_cast<double>(config.warmup);
    } else {
      const double share =
          std::min(1.0, (n - static_cast<double>(config.warmup)) /
                            static_cast<double>(config.schedule_steps - config.warmup));
      rate *= double{config.floor} +
              (1 - double{config.floor}) * 0.5 * (1 + std::cos(3.14159265358979 * share));
    }
    ++updates;
    m = double{config.beta1} * m + (1 - double{config.beta1}) * g;
    v = double{config.beta2} * v + (1 - double{config.beta2}) * g * g;
    const double m_hat = m / (1 - std::pow(double{config.beta1}, n + 1));
    const double v_hat = v / (1 - std::pow(double{config.beta2}, n + 1));
    w -= rate * m_hat / (std::sqrt(v_hat) + 1e-8);
    const double decay = std::min(double{config.ema_decay}, (1 + n) / (10 + n));
    average += (1 - decay) * (w - average);
  }
};

}  // namespace

TEST_CASE("trainer: groups learn in turn, each by its own optimiser, schedule and averages") {
  for (const Device* device : devices()) {
    CAPTURE(device->name);
    Trainer trainer(game(), slow, *device);
    const io::SafeTensors first = trainer.checkpoint();
    CHECK(state(first, "teacher.w") == std::vector<float>{3, -1});
    CHECK(state(first, "generator.w") != state(first, "fake.w"));
    std::array<Plain, 2> generator;
    std::array<Plain, 2> fake;
    for (size_t i = 0; i < 2; ++i) {
      const double g = double{state(first, "generator.w")[i]};
      const double f = double{state(first, "fake.w")[i]};
      generator[i] = {.config = slow, .w = g, .average = g};
      fake[i] = {.config = quick, .w = f, .average = f};
    }
    const std::array teacher = {3.0, -1.0};
    for (int64_t n = 0; n < 10 * (fake_steps + 1); ++n) {
      (void)trainer.step();
      const bool turn_of_fake = n % (fake_steps + 1) < fake_steps;
      CHECK(trainer.losses().front().first == (turn_of_fake ? "fake_loss" : "loss"));
      const io::SafeTensors now = trainer.checkpoint();
      for (size_t i = 0; i < 2; ++i) {
        if (turn_of_fake) {
          const double noise = double{trainer.program(0).read("noise")[i]};
          fake[i].move(fake[i].w - generator[i].w - noise);
        } else {
          generator[i].move((fake[i].average - teacher[i]) / 2);
        }
        CHECK(std::fabs(double{state(now, "fake.w")[i]} - fake[i].w) < 1e-4);
        CHECK(std::fabs(double{state(now, "generator.w")[i]} - generator[i].w) < 1e-4);
        CHECK(std::fabs(double{state(now, "ema.fake.w")[i]} - fake[i].average) < 1e-4);
        CHECK(std::fabs(double{now.at("w")[static_cast<int64_t>(i)]} - generator[i].average) <
              1e-4);
      }
      CHECK(state(now, "teacher.w") == std::vector<float>{3, -1});
    }
  }
}

TEST_CASE("trainer: an alternating training that is interrupted continues to the bit") {
  constexpr int steps = 14;
  for (const Device* device : devices()) {
    CAPTURE(device->name);
    Trainer straight(game(), slow, *device);
    std::vector<float> whole;
    for (int i = 0; i < steps; ++i) whole.push_back(straight.step());
    for (int stop = 0; stop < 2 * (fake_steps + 1); ++stop) {
      Trainer before(game(), slow, *device);
      for (int i = 0; i < stop; ++i) (void)before.step();
      Trainer after(game(), slow, *device);
      after.restore(io::parse_safetensors(bytes_of(before)));
      CHECK(after.steps() == stop);
      CHECK(bytes_of(after) == bytes_of(before));
      for (int i = stop; i < steps; ++i) CHECK(after.step() == whole[static_cast<size_t>(i)]);
      CHECK(bytes_of(after) == bytes_of(straight));
    }
  }
}

TEST_CASE("trainer: what is kept is the first group, and its card tells of every optimiser") {
  Trainer trainer(game(), slow, reference_device());
  (void)trainer.step();
  const io::SafeTensors file = trainer.weights();
  REQUIRE(file.tensors.size() == 1);
  CHECK(file.tensors[0].name == "w");
  CHECK(trainer.parameters() == 2);
  CHECK(train::trainer_config(file.metadata) == slow);
  TrainerConfig own = train::trainer_config(file.metadata, "fake");
  CHECK(own.seed == slow.seed);
  own.seed = quick.seed;
  CHECK(own == quick);

  trainer.set_learning_rate(0, "fake");
  CHECK(trainer.config("fake").learning_rate == 0);
  CHECK(trainer.config().learning_rate == slow.learning_rate);
  const auto before = state(trainer.checkpoint(), "fake.w");
  (void)trainer.step();
  CHECK(state(trainer.checkpoint(), "fake.w") == before);
  CHECK_THROWS_AS(trainer.set_learning_rate(0, "teacher"), Error);
  CHECK_THROWS_AS((void)trainer.loss("loss"), Error);  // that turn has another
  CHECK(trainer.loss("fake_loss") > 0);
}

TEST_CASE("trainer: groups that learn in one step all move, or none") {
  train::Objective joint{.turns = {{.build =
                                        [](Graph& graph, Nets& nets) {
                                          std::vector<train::Loss> losses =
                                              build_generator(graph, nets);
                                          losses.push_back(build_fake(graph, nets).front());
                                          return losses;
                                        },
                                    .feed = feed_noise,
                                    .groups = {"generator", "fake"}}},
                         .groups = groups()};
  Trainer trainer(std::move(joint), slow, reference_device());
  const io::SafeTensors first = trainer.checkpoint();
  (void)trainer.step();
  const io::SafeTensors second = trainer.checkpoint();
  for (const char* name : {"generator.w", "fake.w", "ema.generator.w", "ema.fake.w"}) {
    CAPTURE(name);
    CHECK(state(first, name) != state(second, name));
  }
  // The fake net's loss overflows, the generator's does not.
  trainer.program().write("fake.w", std::vector<float>{std::numeric_limits<float>::max(), 0});
  const io::SafeTensors broken = trainer.checkpoint();
  CHECK_THROWS_AS((void)trainer.step(), Error);
  CHECK(bytes_of(trainer) == io::serialise(broken, io::Precision::f32));
}

TEST_CASE("trainer: the hook before a step sees what was learned, and its memory is kept") {
  struct Memory {
    std::vector<float> seen;
  };
  const auto make = [](const std::shared_ptr<Memory>& memory) {
    train::Objective objective = game();
    objective.before_step = [memory](const Trainer& trainer) {
      train::Weights weights;
      trainer.averaged(weights);
      CHECK(weights.step == trainer.steps());
      memory->seen.push_back(weights.tensors.at(0)[0]);
    };
    objective.save = [memory](io::SafeTensors& file) {
      const auto n = static_cast<int64_t>(memory->seen.size());
      file.tensors.push_back({"training/seen", Tensor({n}, memory->seen)});
    };
    objective.restore = [memory](const io::SafeTensors& file) {
      const std::span<const float> seen = file.at("training/seen").span();
      memory->seen.assign(seen.begin(), seen.end());
    };
    return objective;
  };
  const auto memory = std::make_shared<Memory>();
  Trainer trainer(make(memory), slow, reference_device());
  for (int i = 0; i < 6; ++i) (void)trainer.step();
  REQUIRE(memory->seen.size() == 6);
  CHECK(memory->seen[0] == memory->seen[3]);  // the fake net's turns
  CHECK(memory->seen[3] != memory->seen[4]);
  const auto other = std::make_shared<Memory>();
  Trainer resumed(make(other), slow, reference_device());
  resumed.restore(trainer.checkpoint());
  CHECK(other->seen == memory->seen);
}

TEST_CASE("trainer: a state that a network sets more than once becomes the mean of all") {
  train::Objective objective = train::simple_objective(
      {.build =
           [](Graph& graph, Nets& nets) {
             nn::Params& params = nets.weights();
             (void)params.get("seen", {1}, nn::Init::normal(0));
             for (const float value : {1.0F, 2.0F, 6.0F})
               params.set("seen", graph.fill({1}, value));
             return std::vector<train::Loss>{{"loss", mean(square(weight(params)))}};
           },
       .feed = feed_nothing},
      {});
  Trainer trainer(std::move(objective), slow, reference_device());
  (void)trainer.step();
  CHECK(trainer.checkpoint().at("training/seen").span()[0] == doctest::Approx(3));
}

TEST_CASE("trainer: objectives that cannot be trained are refused") {
  const auto refused = [](const std::function<void(train::Objective&)>& spoil) {
    train::Objective objective = game();
    spoil(objective);
    CHECK_THROWS_AS(Trainer(std::move(objective), slow, reference_device()), Error);
  };
  refused([](train::Objective& o) { o.turns.clear(); });
  refused([](train::Objective& o) { o.groups.clear(); });
  refused([](train::Objective& o) { o.groups.front().averaged = false; });
  refused([](train::Objective& o) { o.turns[0].steps = 0; });
  refused([](train::Objective& o) { o.turns[0].groups = {"nobody"}; });
  refused([](train::Objective& o) { o.turns[0].groups = {}; });
  refused([](train::Objective& o) { o.turns.pop_back(); });   // the generator never learns
  refused([](train::Objective& o) { o.groups.pop_back(); });  // no teacher
  refused([](train::Objective& o) { o.groups[1].config->beta2 = 2; });
  refused([](train::Objective& o) {
    o.groups[2].first = std::make_shared<io::SafeTensors>();  // has no "w"
  });
  refused([](train::Objective& o) {
    o.turns[0].build = [](Graph&, Nets&) { return std::vector<train::Loss>{}; };
  });
}
