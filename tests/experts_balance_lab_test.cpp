// The lab "Experts, Balance" without its window: settings as text, routing by hand, and what its
// tasks find.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <thread>
#include <tuple>

#include "compare.h"
#include "rivulet/core/error.h"
#include "rivulet/live/experts_balance/engine.h"

using namespace rivulet;
using namespace rivulet::testing;
namespace lab = live::experts_balance;

namespace {

lab::State parse(const std::string& text) {
  return lab::read_state(live::Fields::parse("experts-balance?" + text));
}

lab::Setup small() { return {.n = 4, .k = 1, .hidden = 8, .batch = 64}; }

lab::Order order_of(const lab::Setup& setup, int64_t steps) {
  return {.run = 1,
          .setup = setup,
          .target = std::make_shared<const data::Target2d>(data::Shape2d::two_moons),
          .playing = false,
          .allowance = steps,
          .time = 0.5F,
          .hand = true};
}

/// Updates until `ready`, as the frame loop does.
template <class Ready>
bool wait(lab::Engine& engine, Ready ready) {
  for (int i = 0; i < 6000; ++i) {
    engine.update(8);
    if (!engine.error().empty()) return false;
    if (ready()) return true;
    if (live::Job::has_threads()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

/// Trained for so many steps, and all of it shown.
void finish(lab::Engine& engine, const lab::Order& order) {
  engine.order(order);
  const auto done = [&](uint64_t run, int64_t step) {
    return run == order.run && step == order.allowance;
  };
  REQUIRE(wait(engine, [&] {
    const auto& [progress, errors, hand] =
        std::tie(engine.progress(), engine.errors(), engine.hand());
    return done(progress.run, progress.step) && done(errors.run, errors.step) &&
           done(engine.map(0).run, engine.map(0).step) &&
           done(engine.map(1).run, engine.map(1).step) &&
           (!order.hand || done(hand.run, hand.step));
  }));
}

/// A network with random weights, on random tokens.
lab::Hand random_hand(const train::Experts2dTraining& config) {
  train::Trainer trainer =
      train::experts2d_trainer(config, data::Target2d(data::Shape2d::rings), cpu_device());
  for (int i = 0; i < 3; ++i) (void)trainer.step();
  lab::Hand hand{.n = config.net.experts.routed(),
                 .k = config.net.experts.picked(),
                 .gate = config.net.experts.gate,
                 .xy = std::vector<float>(2 * lab::hand_tokens),
                 .truth = std::vector<float>(2 * lab::hand_tokens),
                 .parts = {},
                 .router = {}};
  Rng(3).normal(hand.xy);
  Rng(4).normal(hand.truth);
  models::Experts2dParts parts(config.net, lab::hand_tokens, cpu_device());
  parts.load(trainer.weights());
  const std::vector<float> t(lab::hand_tokens, 0.4F);
  hand.parts = parts.run(hand.xy, t);
  models::Experts2dMap map(config.net, lab::hand_tokens, cpu_device());
  map.load(trainer.weights());
  map.run(hand.xy, t);
  std::vector<float> by_hand;
  for (int token = 0; token < lab::hand_tokens; ++token) {
    uint32_t experts = 0;
    for (int i = 0; i < hand.n; ++i) {
      const auto at = static_cast<size_t>(token * hand.n + i);
      if (map.gates()[at] > 0) experts |= 1U << i;
    }
    hand.router.push_back(experts);
    const data::Point v = velocity_by(hand, token, experts);
    by_hand.insert(by_hand.end(), {v.x, v.y});
  }
  check_close(by_hand, map.velocity(), 1e-4F);
  return hand;
}

}  // namespace

TEST_CASE("experts, balance: settings as text") {
  CHECK(lab::to_fields({}).text() == "experts-balance");
  const std::string text =
      "experts-balance?target=rings&left=sign&right=dynamic&n=6&k=2&router=softmax&gate=after"
      "&shared=1&rate=0.01&weight=0.1&hidden=16&learning=0.001&batch=64&seed=3&view=count"
      "&time=0.25&hand=0&play=0";
  CHECK(lab::to_fields(lab::read_state(live::Fields::parse(text))).text() == text);
  for (const char* bad : {"n=1", "n=13", "k=0", "left=all", "batch=1", "time=2", "hidden=0",
                          "weight=-1", "target=drawn"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS((void)parse(bad), Error);
  }
  // A token never uses all experts: there would be nothing to balance.
  const lab::State state = parse("n=4&k=4&right=dynamic&router=softmax");
  CHECK(lab::training_of(state.setup, 1).net.experts.picked() == 3);
  CHECK_FALSE(lab::needs_restart(state, parse("n=4&k=4&right=dynamic&router=softmax&time=1")));
  CHECK(lab::needs_restart(state, parse("n=4&k=4&right=dynamic")));
}

TEST_CASE(
    "experts, balance: every router trains with every gate, with a shared expert and without") {
  const data::Target2d target(data::Shape2d::rings);
  for (const std::string n : {"2", "8"}) {
    for (const std::string router : {"softmax", "sigmoid", "relu"}) {
      for (const std::string gate : {"none", "before", "after"}) {
        for (const std::string shared : {"0", "1"}) {
          const std::string text = "hidden=8&batch=64&n=" + n + "&router=" + router +
                                   "&gate=" + gate + "&shared=" + shared;
          CAPTURE(text);
          const train::Experts2dTraining config = lab::training_of(parse(text).setup, 1);
          CHECK(config.net.experts.scale > 0);
          CHECK(config.net.experts.scale < 100);
          train::Trainer trainer = train::experts2d_trainer(config, target, cpu_device());
          for (int i = 0; i < 4; ++i) CHECK(std::isfinite(trainer.step()));
        }
      }
    }
  }
}

TEST_CASE("experts, balance: the network sees each place at its own time") {
  const train::Experts2dTraining config =
      lab::training_of(parse("hidden=8&batch=64&right=none").setup, 1);
  train::Trainer trainer =
      train::experts2d_trainer(config, data::Target2d(data::Shape2d::rings), cpu_device());
  (void)trainer.step();
  models::Experts2dMap map(config.net, 3, cpu_device());
  map.load(trainer.weights());
  map.run(std::vector<float>{1, 0.5F, 1, 0.5F, 1, 0.5F}, std::vector<float>{0.1F, 0.9F, 0.1F});
  CHECK(map.velocity()[0] != doctest::Approx(map.velocity()[2]));
  CHECK(map.velocity()[0] == doctest::Approx(map.velocity()[4]));
}

TEST_CASE("experts, balance: the right velocity leads to a single point straight, to two evenly") {
  const std::vector<float> one = {1, 2};
  const std::vector<float> v = models::true_velocity(one, std::vector<float>{0, 1}, {{0.5F}});
  CHECK(v[0] == doctest::Approx(2));
  CHECK(v[1] == doctest::Approx(2));
  const std::vector<float> two = {1, 0, -1, 0};
  const std::vector<float> middle = models::true_velocity(two, std::vector<float>{0, 1}, {{0.5F}});
  CHECK(middle[0] == doctest::Approx(0));
  CHECK(middle[1] == doctest::Approx(-2));
  // Nearer to one of them, and early: each weighs what it has of the normal density about t x_1.
  const std::vector<float> near =
      models::true_velocity(two, std::vector<float>{0.5F, 0.2F}, {{0.25F}});
  const double mean = std::tanh(0.25 * 0.5 / (0.75 * 0.75));
  CHECK(near[0] == doctest::Approx((mean - 0.5) / 0.75));
  CHECK(near[1] == doctest::Approx(-0.2 / 0.75));
}

TEST_CASE("experts, balance: rows are assigned to columns at the least cost") {
  Rng rng(2);
  for (int rows = 1; rows <= 5; ++rows) {
    const int columns = rows + rows % 2;
    std::vector<float> lots(static_cast<size_t>(rows * columns));
    rng.normal(lots);
    const std::vector<double> cost(lots.begin(), lots.end());
    const auto sum = [&](std::span<const int> column) {
      double all = 0;
      for (int row = 0; row < rows; ++row) {
        all += cost[static_cast<size_t>(row * columns + column[static_cast<size_t>(row)])];
      }
      return all;
    };
    std::vector<int> order(static_cast<size_t>(columns));
    std::iota(order.begin(), order.end(), 0);
    double least = INFINITY;
    do least = std::min(least, sum(order));
    while (std::ranges::next_permutation(order).found);
    const std::vector<int> got = lab::assign(cost, rows, columns);
    CHECK(sum(got) == doctest::Approx(least));
  }
}

TEST_CASE("experts, balance: choices made by hand give what the network gives for its own") {
  for (const nn::GateNorm gate : {nn::GateNorm::none, nn::GateNorm::before, nn::GateNorm::after}) {
    for (const int k : {1, 2}) {
      lab::Setup setup = small();
      setup.k = k;
      setup.gate = gate;
      setup.shared = k == 2;
      CAPTURE(k);
      const lab::Hand hand = random_hand(lab::training_of(setup, 0));
      const lab::Choices even = best_even_choices(hand);
      const lab::Choices best = best_choices(hand);
      for (const uint32_t experts : even) CHECK(std::popcount(experts) == k);
      CHECK(std::ranges::max(lab::loads_of(even, hand.n)) == lab::hand_tokens * k / hand.n);
      CHECK(lab::score_of(hand, even).violation == doctest::Approx(0));
      CHECK(lab::score_of(hand, best).loss <= lab::score_of(hand, even).loss);
      CHECK(lab::score_of(hand, best).loss <= lab::score_of(hand, hand.router).loss + 1e-6F);
    }
  }
}

TEST_CASE("experts, balance: networks with one remedy fare alike, with two they do not") {
  lab::Setup setup = small();
  setup.remedies = {lab::Remedy::sign, lab::Remedy::sign};
  lab::Engine alike;
  finish(alike, order_of(setup, 12));
  CHECK(alike.progress().fates[0].last_load == alike.progress().fates[1].last_load);
  CHECK(alike.errors().last[0] == alike.errors().last[1]);
  CHECK(alike.map(0).expert == alike.map(1).expert);

  setup.remedies = {lab::Remedy::none, lab::Remedy::quantile};
  lab::Engine engine;
  finish(engine, order_of(setup, 40));
  const auto& fates = engine.progress().fates;
  for (const lab::Fate& fate : fates) {
    CHECK(std::accumulate(fate.last_load.begin(), fate.last_load.end(), 0.0F) ==
          doctest::Approx(1));
    CHECK(fate.load.size() == 4);
    CHECK(fate.load[0].points().size() == 40);
    CHECK(fate.per_token == doctest::Approx(1));
    CHECK(fate.moved > 0);
  }
  CHECK(fates[0].threshold.empty());
  CHECK(fates[1].threshold.size() == 4);
  CHECK(fates[1].last_violation < fates[0].last_violation);
  CHECK(engine.map(0).expert.size() == lab::map_side * lab::map_side);
  for (const int8_t expert : engine.map(1).expert) CHECK((expert >= 0 && expert < 4));
  CHECK(std::ranges::all_of(engine.map(1).count, [](int8_t count) { return count == 1; }));
  const lab::Hand& hand = engine.hand();
  CHECK(hand.tokens() == lab::hand_tokens);
  CHECK(hand.side == 1);
  for (const uint32_t experts : hand.router) CHECK(std::popcount(experts) == 1);
}

TEST_CASE("experts, balance: with dynamic k places use different numbers of experts") {
  lab::Setup setup = small();
  setup.k = 2;
  setup.remedies = {lab::Remedy::dynamic, lab::Remedy::loss};
  lab::Engine engine;
  finish(engine, order_of(setup, 30));
  CHECK(engine.progress().fates[0].per_token == doctest::Approx(2).epsilon(0.4));
  const auto& count = engine.map(0).count;
  CHECK(std::ranges::min(count) < std::ranges::max(count));
  CHECK(engine.progress().fates[1].per_token == doctest::Approx(2));
}

TEST_CASE("experts, balance: one expert with a renormalised gate leaves the router as it began") {
  lab::Setup setup = small();
  setup.gate = nn::GateNorm::after;
  lab::Engine engine;
  finish(engine, order_of(setup, 10));
  for (const lab::Fate& fate : engine.progress().fates) CHECK(fate.moved == 0);
  setup.k = 2;
  lab::Order order = order_of(setup, 10);
  order.run = 2;
  finish(engine, order);
  for (const lab::Fate& fate : engine.progress().fates) CHECK(fate.moved > 0);
}
