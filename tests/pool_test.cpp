// When a program takes its threads, and threads on a machine that has none to spare.
#include "rivulet/exec/xnnpack/pool.h"

#include <doctest/doctest.h>

#if defined(__linux__) && !defined(__EMSCRIPTEN__)

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "rivulet/exec/program.h"
#include "rivulet/graph/ops.h"

using namespace rivulet;

namespace {

/// Seconds of the fastest of several runs of ten products, just large enough for two threads, by
/// so many of them.
double fastest(int threads) {
  Graph graph;
  Value x = graph.input("x", {512, 128});
  const Value w = graph.state("w", Tensor(Shape{128, 128}));
  for (int i = 0; i < 10; ++i) x = relu(matmul(x, w));
  graph.output("y", x);
  Program program = compile(graph, cpu_device(), {.threads = threads});
  double best = std::numeric_limits<double>::infinity();
  for (int run = 0; run < 20; ++run) {
    const auto begun = std::chrono::steady_clock::now();
    program.run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    best = std::min(best, took.count());
  }
  return best;
}

}  // namespace

TEST_CASE("threads: little work stays on the caller's, and no part is small") {
  using exec::xnnpack::least_part;
  const exec::xnnpack::Pool pool(3);
  CHECK(pool.parts(0) == 1);
  CHECK(pool.parts(2 * least_part - 1) == 1);
  CHECK(pool.parts(2 * least_part) == 2);
  CHECK(pool.parts(100 * least_part) == 3);
  CHECK(pool.parts(100 * least_part, 2) == 2);
  CHECK(pool.parts(100 * least_part, 0) == 1);
  CHECK(pool.get(2 * least_part - 1) == nullptr);
  CHECK(pool.get(2 * least_part) != nullptr);
  const exec::xnnpack::Pool alone(1);
  CHECK(alone.parts(100 * least_part) == 1);
  CHECK(alone.get(100 * least_part) == nullptr);
}

TEST_CASE("threads: a step that they slow down leaves them, and returns when they pay") {
  exec::xnnpack::Habit habit;
  const auto share = [&](float with_threads, int calls) {  // of the calls that took threads
    int taken = 0;
    for (int i = 0; i < calls; ++i) {
      const bool threads = habit.threads();
      taken += threads ? 1 : 0;
      habit.note(threads, threads ? with_threads : 1.0F);
    }
    return static_cast<double>(taken) / calls;
  };
  CHECK(share(0.6F, 16) == 0.5);  // both ways by turns
  CHECK(share(0.6F, 2560) > 0.95);
  CHECK(share(20, 2560) < 0.05);  // somebody else took the core
  CHECK(share(0.6F, 2560) > 0.85);
  habit.note(true, 20);  // once is no habit
  CHECK(habit.threads());
}

TEST_CASE("threads: two on one core take turns, and are not fifty times as slow as one") {
  double one = 0;
  double two = 0;
  // A thread of its own, bound to a core; those of the pool inherit that.
  std::thread bound([&] {
    cpu_set_t all;
    REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
    int core = 0;
    while (!CPU_ISSET(core, &all)) ++core;
    cpu_set_t single;
    CPU_ZERO(&single);
    CPU_SET(core, &single);
    REQUIRE(sched_setaffinity(0, sizeof single, &single) == 0);
    one = fastest(1);
    two = fastest(2);
  });
  bound.join();
  CAPTURE(one);
  CAPTURE(two);
  CHECK(two < 20 * one);
}

#endif
