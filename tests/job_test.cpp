// Work beside the user interface: jobs in slices, and the engine of the first lab.
#include "rivulet/live/job.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

#include "frames.h"
#include "rivulet/live/flow2d/engine.h"

using namespace rivulet;

namespace {

live::flow2d::Order small_order(uint64_t run) {
  train::Flow2dConfig config;
  config.width = 16;
  config.depth = 2;
  config.batch = 32;
  live::flow2d::Order order{.run = run, .configs = {config, config}, .target = nullptr};
  order.configs[1].method = models::Method::flow_matching;
  order.target = std::make_shared<const data::Target2d>(data::Shape2d::eight_gaussians);
  return order;
}

}  // namespace

TEST_CASE("job: every task gets its turns") {
  std::atomic<int> first = 0;
  std::atomic<int> second = 0;
  const auto count = [](std::atomic<int>& turns) {
    return [&turns] {
      ++turns;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      return true;
    };
  };
  live::Job job({{.name = "a", .share = 1, .slice = count(first)},
                 {.name = "b", .share = 0.25, .slice = count(second)}});
  CHECK(frames_until([&] { job.pump(4); }, [&] { return first > 80 && second > 8; }));
  CHECK(first > second);
  CHECK(job.error().empty());
}

TEST_CASE("job: a failure is kept, and work goes on when asked to") {
  std::atomic<int> turns = 0;
  std::atomic<bool> broken = true;
  live::Job job({{.name = "a", .share = 1, .slice = [&] {
                    if (broken) throw std::runtime_error("the bridge is out");
                    ++turns;
                    return false;
                  }}});
  CHECK(frames_until([&] { job.pump(2); }, [&] { return !job.error().empty(); }));
  CHECK(job.error() == "the bridge is out");
  CHECK(turns == 0);
  broken = false;
  job.retry();
  CHECK(job.error().empty());
  CHECK(frames_until([&] { job.pump(2); }, [&] { return turns > 0; }));
}

TEST_CASE("job: what fails late does not spoil the next attempt") {
  if (!live::Job::has_threads()) return;  // nothing can be late there
  std::atomic<int> stage = 0;
  std::atomic<bool> thrown = false;
  std::atomic<int> turns = 0;
  live::Job job({{.name = "quick",
                  .share = 1,
                  .slice =
                      [&] {
                        if (stage == 1 && !thrown.exchange(true)) throw std::runtime_error("old");
                        return false;
                      }},
                 {.name = "late", .share = 1, .slice = [&] {
                    if (stage == 0) {
                      stage = 1;
                      while (stage < 2) std::this_thread::yield();
                      throw std::runtime_error("old and late");
                    }
                    ++turns;
                    return false;
                  }}});
  CHECK(frames_until([&] { job.wake(); }, [&] { return job.error() == "old"; }));
  job.retry();
  stage = 2;
  CHECK(frames_until([&] { job.wake(); }, [&] { return turns > 1; }));
  CHECK(job.error().empty());
}

TEST_CASE("job: while it is held no slice begins, and then it goes on") {
  std::atomic<int> slices = 0;
  live::Job job({{.name = "count", .slice = [&] {
                    ++slices;
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                    return true;
                  }}});
  const auto pump = [&] { job.pump(3); };
  REQUIRE(frames_until(pump, [&] { return slices > 3; }));
  job.hold(std::chrono::seconds(1));
  const int before = slices;
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(100)) pump();
  CHECK(slices <= before + 1);  // one may have been about to begin
  CHECK(frames_until(pump, [&] { return slices > before + 3; }));
}

TEST_CASE("job: rests when nobody has anything left to do") {
  std::atomic<int> given = 0;  // what the first task leaves to the second
  std::atomic<int> asked = 0;
  std::atomic<int> done = 0;
  live::Job job({{.name = "gives",
                  .share = 1,
                  .slice =
                      [&] {
                        if (asked == 0) return false;
                        --asked;
                        ++given;
                        return true;
                      }},
                 {.name = "takes", .share = 1, .slice = [&] {
                    if (given == 0) return false;
                    std::this_thread::sleep_for(std::chrono::milliseconds(2));
                    --given;
                    ++done;
                    return true;
                  }}});
  for (int round = 1; round <= 20; ++round) {
    asked = 3;
    job.wake();
    CHECK((!job.rests() || done == 3 * round));
    CHECK(frames_until([&] { job.pump(1); }, [&] { return job.rests(); }));
    CHECK(done == 3 * round);
  }
}

TEST_CASE("engine: trains both sides alike and draws every panel from the same noise") {
  live::flow2d::Engine engine;
  live::flow2d::Order order = small_order(1);
  order.sides = 2;
  order.panel = 2;
  order.field = true;
  order.time = 0.5F;
  engine.order(order);
  const auto complete = [&] {
    for (int side = 0; side < 2; ++side) {
      for (int i = 0; i < live::flow2d::panel_count; ++i) {
        if (engine.panel(side, i).run != 1 || engine.panel(side, i).step < 1) return false;
      }
    }
    return engine.paths(1).run == 1 && engine.field(1).run == 1 &&
           engine.distances().last[1][5] > 0;
  };
  REQUIRE(frames_until([&] { engine.update(8); }, complete));
  CHECK(engine.error().empty());
  CHECK(engine.progress().step > 30);
  CHECK(engine.progress().sides == 2);
  CHECK(engine.distances().floor > 0);
  CHECK(engine.field(0).velocity.size() == 2 * live::flow2d::field_side * live::flow2d::field_side);
  const live::flow2d::Paths& left = engine.paths(0);
  const live::flow2d::Paths& right = engine.paths(1);
  CHECK(left.n == 4);
  REQUIRE(left.frames.size() == size_t{5} * 2 * live::flow2d::cloud_points);
  for (size_t i = 0; i < 20; ++i) CHECK(left.frames[i] == right.frames[i]);  // the noise
}

TEST_CASE("engine: pauses, takes one step when asked, starts again, survives nonsense") {
  live::flow2d::Engine engine;
  live::flow2d::Order order = small_order(1);
  order.playing = false;
  engine.order(order);
  const auto frame = [&] { engine.update(8); };
  REQUIRE(frames_until(frame, [&] { return engine.panel(0, 0).run == 1; }));
  CHECK(engine.progress().step == 0);
  order.allowance = 3;
  engine.order(order);
  CHECK_FALSE(engine.rests());
  REQUIRE(frames_until(frame, [&] { return engine.rests(); }));
  CHECK(engine.progress().step == 3);
  CHECK(engine.panel(0, 0).step == 3);

  order.run = 2;
  order.configs[0].width = -1;  // no such network
  engine.order(order);
  REQUIRE(frames_until(frame, [&] { return !engine.error().empty(); }));
  CHECK(engine.error().find("width") != std::string::npos);
  order = small_order(3);
  engine.order(order);
  engine.retry();
  REQUIRE(frames_until(frame,
                       [&] { return engine.progress().run == 3 && engine.progress().step > 5; }));
  CHECK(engine.error().empty());
}
