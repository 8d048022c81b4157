// TarFlow of the plane: the map and its way back, entropies of the targets, what training reaches,
// and the lab without its window.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <thread>
#include <vector>

#include "compare.h"
#include "messages.h"
#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/live/tarflow2d/engine.h"
#include "rivulet/live/tarflow2d/state.h"
#include "rivulet/train/tarflow2d.h"

using namespace rivulet;
using models::Tarflow2dConfig;
using models::Tarflow2dMap;
namespace lab = live::tarflow2d;

namespace {

Tarflow2dConfig small() { return {.blocks = 4, .width = 16}; }

std::vector<float> draw(data::Shape2d shape, int points, uint64_t stream = 7) {
  std::vector<float> xy(static_cast<size_t>(2 * points));
  Rng rng(3, stream);
  data::Target2d(shape).sample(rng, xy);
  return xy;
}

struct Trained {
  io::SafeTensors weights;
  float nll = 0;  // the last batches' mean
};
Trained train_on(data::Shape2d shape, const Tarflow2dConfig& config, int steps) {
  train::TrainerConfig how = train::tarflow2d_trainer();
  how.ema_decay = 0.95F;
  train::Trainer trainer(train::tarflow2d_objective(config, 256, data::Target2d(shape)), how,
                         cpu_device());
  float sum = 0;
  constexpr int last = 20;
  for (int i = 0; i < steps; ++i) {
    const float nll = trainer.step();
    if (i >= steps - last) sum += nll / last;
  }
  return {.weights = trainer.weights(), .nll = sum};
}

/// All states of data under trained weights.
struct Passed {
  std::vector<float> states;  // [T+1,points,2]
  std::vector<float> log_q;
};
Passed pass(Tarflow2dMap& map, const Tarflow2dConfig& config, const std::vector<float>& xy) {
  Passed passed{std::vector<float>(static_cast<size_t>(config.blocks + 1) * xy.size()),
                std::vector<float>(xy.size() / 2)};
  map.forward(xy, passed.states, passed.log_q);
  return passed;
}

/// Kozachenko and Leonenko's estimate from distances to nearest neighbours, for the plane.
double estimated_entropy(const std::vector<float>& xy) {
  const size_t n = xy.size() / 2;
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    double least = INFINITY;
    for (size_t j = 0; j < n; ++j) {
      if (i == j) continue;
      const double dx = xy[2 * i] - xy[2 * j];
      const double dy = xy[2 * i + 1] - xy[2 * j + 1];
      least = std::min(least, dx * dx + dy * dy);
    }
    sum += std::log(least);
  }
  const double gamma = std::numbers::egamma;
  return std::log(static_cast<double>(n - 1)) + gamma + std::log(std::numbers::pi) +
         sum / static_cast<double>(n);
}

/// Updates until `ready`, as the frame loop does.
template <class Ready>
bool wait(lab::Engine& engine, Ready ready) {
  for (int i = 0; i < 6000; ++i) {
    engine.update(8);
    if (ready()) return true;
    if (live::Job::has_threads()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

lab::Order small_order(uint64_t run) {
  return {.run = run,
          .config = small(),
          .batch = 64,
          .learning_rate = 2e-3F,
          .ema_decay = 0.9F,
          .seed = 1,
          .target = std::make_shared<const data::Target2d>(data::Shape2d::rings),
          .playing = true,
          .allowance = 0,
          .held = {0.5F, -0.25F},
          .held_after = 0,
          .cursor = {1, 1}};
}

std::string refusal(const std::string& text) {
  try {
    (void)lab::read_state(live::Fields::parse(text));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("target entropy: agrees with an estimate from nearest neighbours") {
  for (int i = 0; i + 1 < data::shape2d_count; ++i) {
    const auto shape = static_cast<data::Shape2d>(i);
    CAPTURE(data::name_of(shape));
    const std::optional<double> entropy = data::Target2d(shape).entropy();
    REQUIRE(entropy);
    CHECK(std::abs(*entropy - estimated_entropy(draw(shape, 3000))) < 0.08);
  }
  CHECK(*data::Target2d(data::Shape2d::checkerboard).entropy() ==
        doctest::Approx(std::log(8 * 1.21)));
  // A thin ring: uniform along, Gaussian across, up to the square of deviation over radius.
  const double across = 0.5 * std::log(2 * std::numbers::pi * std::numbers::e * 0.05 * 0.05);
  CHECK(*data::Target2d(data::Shape2d::rings).entropy() ==
        doctest::Approx(across + std::log(2 * std::numbers::pi * 0.8 * 6)).epsilon(1e-3));
  CHECK_FALSE(data::Target2d::drawn({{{0, 0}, {1, 1}}}).entropy());
}

TEST_CASE("tarflow2d: from any block back to the data, and its conditionals are what it does") {
  constexpr int points = 32;
  for (const nn::Direction direction : {nn::Direction::to_noise, nn::Direction::to_data}) {
    Tarflow2dConfig config = small();
    config.direction = direction;
    const Trained trained = train_on(data::Shape2d::rings, config, 60);
    Tarflow2dMap map(config, points, cpu_device());
    map.load(trained.weights);
    const std::vector<float> xy = draw(data::Shape2d::rings, points);
    const Passed passed = pass(map, config, xy);
    for (int k = 0; k <= config.blocks; ++k) {
      const auto* state = passed.states.data() + static_cast<size_t>(k) * xy.size();
      std::vector<float> back(state, state + xy.size());
      map.back(k, back);
      for (size_t i = 0; i < xy.size(); ++i) CHECK(std::abs(back[i] - xy[i]) < 1e-4F);
    }
    // The first block keeps x_1 and moves x_2 by (mu, exp(alpha)) of it.
    std::vector<float> kept(points);
    for (size_t i = 0; i < points; ++i) kept[i] = xy[2 * i];
    std::vector<float> mu(static_cast<size_t>(config.blocks) * points);
    std::vector<float> scale(mu.size());
    map.conditionals(kept, mu, scale);
    for (size_t i = 0; i < points; ++i) {
      const float* after = passed.states.data() + xy.size() + 2 * i;
      CHECK(after[0] == xy[2 * i]);
      CHECK(after[1] == doctest::Approx((xy[2 * i + 1] - mu[i]) / scale[i]).epsilon(1e-3));
    }
  }
}

TEST_CASE("tarflow2d: training comes near the target's entropy, and density fills the square") {
  const Tarflow2dConfig config{.blocks = 6, .width = 24};
  const Trained trained = train_on(data::Shape2d::two_moons, config, 450);
  const double entropy = *data::Target2d(data::Shape2d::two_moons).entropy();
  CHECK(trained.nll > entropy - 0.1);
  CHECK(trained.nll < entropy + 0.5);
  constexpr int side = 100;
  constexpr float cell = 8.0F / side;
  std::vector<float> xy;
  for (int i = 0; i < side * side; ++i) {
    xy.push_back(-4 + cell * (static_cast<float>(i % side) + 0.5F));
    xy.push_back(-4 + cell * (static_cast<float>(i / side) + 0.5F));
  }
  Tarflow2dMap map(config, side * side, cpu_device());
  map.load(trained.weights);
  double mass = 0;
  for (const float log_q : pass(map, config, xy).log_q)
    mass += std::exp(double{log_q}) * cell * cell;
  CHECK(mass == doctest::Approx(1).epsilon(0.01));
}

TEST_CASE("tarflow2d: places far from all data stay finite") {
  const Trained trained = train_on(data::Shape2d::eight_gaussians, small(), 120);
  Tarflow2dMap map(small(), 4, cpu_device());
  map.load(trained.weights);
  std::vector<float> far = {900, -900, -50, 60, 3e4F, 1, 0, -3e4F};
  for (const float log_q : pass(map, small(), far).log_q) CHECK(std::isfinite(log_q));
  map.back(4, far);
  for (const float value : far) CHECK(std::isfinite(value));
}

TEST_CASE("tarflow2d: a map of no points, or of too many, is refused before anything is made") {
  for (const int points : {0, -1, (1 << 16) + 1}) {
    const std::string message =
        testing::message_of([&] { (void)Tarflow2dMap(small(), points, cpu_device()); });
    CAPTURE(message);
    CHECK(message.find("points") != std::string::npos);
    CHECK(message.find("1..65536") != std::string::npos);
  }
}

TEST_CASE("tarflow2d: what fails, fails") {
  const auto shape = data::Shape2d::checkerboard;
  constexpr int points = 64;
  const std::vector<float> xy = draw(shape, points);
  // Without a permutation the first coordinate is what it was.
  Tarflow2dConfig fixed = small();
  fixed.alternate = false;
  const Trained still = train_on(shape, fixed, 80);
  Tarflow2dMap map(fixed, points, cpu_device());
  map.load(still.weights);
  const Passed passed = pass(map, fixed, xy);
  const float* z = passed.states.data() + static_cast<size_t>(fixed.blocks) * xy.size();
  for (size_t i = 0; i < points; ++i) CHECK(z[2 * i] == xy[2 * i]);
  // Without a scale the density is the noise's, whatever the blocks do.
  Tarflow2dConfig additive = small();
  additive.coupling = nn::Coupling::additive;
  const Trained shifted = train_on(shape, additive, 80);
  Tarflow2dMap shifting(additive, points, cpu_device());
  shifting.load(shifted.weights);
  const Passed moved = pass(shifting, additive, xy);
  for (size_t i = 0; i < points; ++i) {
    const float* at =
        moved.states.data() + static_cast<size_t>(additive.blocks) * xy.size() + 2 * i;
    const double log_noise =
        -0.5 * (double{at[0]} * at[0] + double{at[1]} * at[1]) - std::log(2 * std::numbers::pi);
    CHECK(moved.log_q[i] == doctest::Approx(log_noise).epsilon(1e-4));
  }
}

TEST_CASE("tarflow2d lab: every setting survives the text, and nonsense is refused") {
  CHECK(lab::to_fields({}).text() == "tarflow2d");
  const std::string text =
      "tarflow2d?target=spirals&coupling=additive&permute=0&blocks=5&direction=to-data&average=0.9"
      "&width=64&depth=2&batch=256&rate=0.001&seed=4&play=0&view=samples&flow=0&after=2.5&rule=0"
      "&x=-1.5&y=0.25&held=5";
  CHECK(lab::to_fields(lab::read_state(live::Fields::parse(text))).text() == text);
  const std::string older =  // as links had it once
      "tarflow2d?target=spirals&blocks=5&coupling=additive&permute=0&direction=to-data&width=64"
      "&depth=2&batch=256&rate=0.001&average=0.9&seed=4&play=0&view=samples&flow=0&after=2.5&rule=0"
      "&x=-1.5&y=0.25&held=5";
  CHECK(lab::to_fields(lab::read_state(live::Fields::parse(older))).text() == text);
  CHECK(refusal("tarflow2d?blocks=900").find("blocks must be 1..16") != std::string::npos);
  CHECK(refusal("tarflow2d?after=9").find("after must be") != std::string::npos);
  CHECK(refusal("tarflow2d?held=-1").find("held must be 0..8") != std::string::npos);
  CHECK(refusal("tarflow2d?x=nan").find("x is not a number") != std::string::npos);
  CHECK(refusal("tarflow2d?coupling=cubic").find("cubic") != std::string::npos);
  CHECK(refusal("tarflow2d?target=drawn").find("strokes") != std::string::npos);
  lab::State a;
  lab::State b = a;
  b.learning_rate = 0.1F;
  b.held = {1, 1};
  CHECK_FALSE(lab::needs_restart(a, b));
  b.config.alternate = false;
  CHECK(lab::needs_restart(a, b));
}

TEST_CASE("tarflow2d lab: trains, shows the flow from all sides, follows the held point") {
  lab::Engine engine;
  lab::Order order = small_order(1);
  order.playing = false;
  order.allowance = 30;
  engine.order(order);
  REQUIRE(wait(engine, [&] {
    return engine.cloud().step == 30 && engine.density().step == 30 &&
           engine.held_out().step == 30 && engine.held().step == 30;
  }));
  CHECK(engine.progress().step == 30);
  const lab::Cloud& cloud = engine.cloud();
  CHECK(cloud.data.size() == size_t{5} * 2 * lab::cloud_points);
  CHECK(cloud.grid.size() == size_t{5} * 2 * lab::grid_points);
  CHECK(cloud.mu.size() == size_t{4} * lab::curve_points);
  CHECK(engine.density().log_q.size() == size_t{lab::density_side} * lab::density_side);
  CHECK(engine.held_out().entropy);
  // The grid is even in the noise.
  const float* grid = cloud.grid.data() + size_t{4} * 2 * lab::grid_points;
  CHECK(grid[0] == doctest::Approx(-3).epsilon(1e-3));
  CHECK(grid[1] == doctest::Approx(-3).epsilon(1e-3));

  // Noise that is held has its data; that data, held, has the same noise.
  REQUIRE(engine.held().path.size() == 10);
  const data::Point noise = {engine.held().path[8] + 0.1F, engine.held().path[9] - 0.1F};
  order.held = noise;
  order.held_after = 4;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.held().path.back() == noise.y; }));
  order.held = {engine.held().path[0], engine.held().path[1]};
  order.held_after = 0;
  order.cursor = {-1, 0.5F};
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.held().cursor == order.cursor; }));
  CHECK(engine.held().path[0] == order.held.x);
  CHECK(std::abs(engine.held().path[8] - noise.x) < 1e-4F);
  CHECK(std::abs(engine.held().path[9] - noise.y) < 1e-4F);

  order.allowance = 32;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.progress().step == 32; }));
  order = small_order(2);
  order.config.blocks = 99;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return !engine.error().empty(); }));
  CHECK(engine.error().find("blocks") != std::string::npos);
  engine.order(small_order(3));
  engine.retry();
  REQUIRE(wait(engine, [&] { return engine.progress().run == 3 && engine.progress().step > 3; }));
}
