// Optimiser, averages and schedules against plain double precision.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "rivulet/core/random.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/params.h"
#include "rivulet/train/adamw.h"
#include "rivulet/train/ema.h"
#include "rivulet/train/schedule.h"

using namespace rivulet;

namespace {

/// loss = mean((x W + b - y)^2), x [4,3], W [3,2], b [2]: gradients by hand.
struct Regression {
  std::vector<double> x, y;
  std::vector<double> w, b;

  [[nodiscard]] std::vector<double> gradient() const {  // of W, then of b
    std::vector<double> g(8);
    for (size_t row = 0; row < 4; ++row) {
      for (size_t o = 0; o < 2; ++o) {
        double error = b[o] - y[row * 2 + o];
        for (size_t i = 0; i < 3; ++i) error += x[row * 3 + i] * w[i * 2 + o];
        for (size_t i = 0; i < 3; ++i) g[i * 2 + o] += 2 * error * x[row * 3 + i] / 8;
        g[6 + o] += 2 * error / 8;
      }
    }
    return g;
  }
};

std::vector<float> normal(size_t n, uint64_t stream) {
  std::vector<float> x(n);
  Rng(21, stream).normal(x);
  return x;
}

std::vector<double> doubles(std::span<const float> x) { return {x.begin(), x.end()}; }

constexpr train::AdamW settings{.weight_decay = 0.1F, .clip = 0.5F};

/// The same regression as a graph with its optimiser and its averages.
void build(Graph& graph) {
  nn::Params params(graph, 1);
  const Value w = params.get("w", {3, 2}, nn::Init::normal(1));
  const Value b = params.get("b", {2}, nn::Init::normal(1));
  const Value x = graph.input("x", {4, 3});
  const Value loss = mean(square(matmul(x, w) + b - graph.input("y", {4, 2})));
  const Value rate = graph.input("learning_rate", {});
  const train::Gradients gradients = train::gradients(loss, params);
  const std::vector<Value> moved = train::adamw(settings, params, gradients, rate);
  nn::Params averages = params.copy_states("ema.");
  train::update_averages(averages, params, moved, graph.input("decay", {}), gradients.finite);
  graph.output("norm", gradients.norm);
  graph.output("finite", gradients.finite);
}

}  // namespace

TEST_CASE("train: AdamW and averages follow a double-precision reference for 20 steps") {
  for (const Device* device : devices()) {
    CAPTURE(device->name);
    Graph graph;
    build(graph);
    Program program = compile(graph, *device);
    const auto x = normal(12, 1);
    const auto y = normal(8, 2);
    program.write("x", x);
    program.write("y", y);
    Regression r{doubles(x), doubles(y), doubles(program.read("w")), doubles(program.read("b"))};
    std::vector<double> p = r.w;
    p.insert(p.end(), r.b.begin(), r.b.end());
    std::vector<double> m(8);
    std::vector<double> v(8);
    std::vector<double> average = p;
    bool clipped = false;
    bool free = false;
    for (int n = 1; n <= 20; ++n) {
      const float lr = 0.02F + 0.01F * static_cast<float>(n % 5);
      const float decay = 0.9F;
      program.write("learning_rate", {&lr, 1});
      program.write("decay", {&decay, 1});
      program.run();

      std::vector<double> g = r.gradient();
      double norm = 0;
      for (const double value : g) norm += value * value;
      norm = std::sqrt(norm);
      CHECK(program.scalar("norm") == doctest::Approx(norm).epsilon(1e-4));
      (norm > double{settings.clip} ? clipped : free) = true;
      for (size_t i = 0; i < 8; ++i) {
        const double clip = std::min(1.0, double{settings.clip} / norm);
        const double b1 = double{settings.beta1};
        const double b2 = double{settings.beta2};
        m[i] = b1 * m[i] + (1 - b1) * g[i] * clip;
        v[i] = b2 * v[i] + (1 - b2) * std::pow(g[i] * clip, 2);
        const double m_hat = m[i] / (1 - std::pow(b1, n));
        const double v_hat = v[i] / (1 - std::pow(b2, n));
        const double wd = i < 6 ? double{settings.weight_decay} : 0;  // not on the bias
        p[i] -= double{lr} * (m_hat / (std::sqrt(v_hat) + double{settings.epsilon}) + wd * p[i]);
        average[i] = double{decay} * average[i] + (1 - double{decay}) * p[i];
      }
      r.w.assign(p.begin(), p.begin() + 6);
      r.b.assign(p.begin() + 6, p.end());
    }
    CHECK(clipped);
    CHECK(free);
    for (size_t i = 0; i < 6; ++i) {
      CHECK(std::fabs(program.read("w")[i] - p[i]) < 2e-5);
      CHECK(std::fabs(program.read("ema.w")[i] - average[i]) < 2e-5);
      CHECK(std::fabs(program.read("adamw.m.w")[i] - m[i]) < 2e-5);
    }
    for (size_t i = 0; i < 2; ++i) CHECK(std::fabs(program.read("b")[i] - p[6 + i]) < 2e-5);
  }
}

TEST_CASE("train: a gradient next to nothing is not clipped") {
  const auto trained = [](const Device& device, float clip) {
    Graph graph;
    nn::Params params(graph, 1);
    const Value w = params.get("w", {3}, nn::Init::normal(1));
    const train::Gradients gradients = train::gradients(sum(w * graph.input("slope", {3})), params);
    (void)train::adamw({.clip = clip}, params, gradients, graph.fill({}, 0.1F));
    Program program = compile(graph, device);
    program.write("slope", std::vector<float>{3e-14F, -4e-14F, 0});
    for (int step = 0; step < 3; ++step) program.run();
    const auto after = program.read("w");
    return std::vector<float>(after.begin(), after.end());
  };
  for (const Device* device : devices()) {
    CAPTURE(device->name);
    CHECK(trained(*device, 1) == trained(*device, 0));
  }
}

TEST_CASE("train: nothing moves when the gradient is not finite") {
  for (const Device* device : devices()) {
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e30F}) {
      CAPTURE(device->name);
      CAPTURE(bad);
      Graph graph;
      build(graph);
      Program program = compile(graph, *device);
      const float lr = 0.1F;
      const float decay = 0.5F;
      program.write("learning_rate", {&lr, 1});
      program.write("decay", {&decay, 1});
      program.write("y", normal(8, 2));
      auto x = normal(12, 1);
      program.write("x", x);
      program.run();
      CHECK(program.scalar("finite") == 1);
      std::vector<std::vector<float>> before;
      for (const std::string& name : program.state_names()) {
        const auto values = program.read(name);
        before.emplace_back(values.begin(), values.end());
      }
      x[5] = bad;
      program.write("x", x);
      program.run();
      CHECK(program.scalar("finite") == 0);
      size_t i = 0;
      for (const std::string& name : program.state_names()) {
        const auto values = program.read(name);
        CHECK(std::vector<float>(values.begin(), values.end()) == before[i++]);
      }
    }
  }
}

TEST_CASE("train: nothing moves when the loss is infinite and its gradient is not") {
  for (const Device* device : devices()) {
    CAPTURE(device->name);
    Graph graph;
    nn::Params params(graph, 1);
    const Value w = params.get("w", {2}, nn::Init::normal(1));
    const Value loss = sum(square(w)) + reshape(graph.input("beside", {1}), {});
    const train::Gradients gradients = train::gradients(loss, params);
    (void)train::adamw({}, params, gradients, graph.fill({}, 0.1F));
    Program program = compile(graph, *device);
    const auto first = program.read("w");
    const std::vector<float> before(first.begin(), first.end());
    const auto moves = [&](float beside) {
      program.write("w", before);
      program.write("beside", {&beside, 1});
      program.run();
      const auto after = program.read("w");
      return std::vector<float>(after.begin(), after.end()) != before;
    };
    CHECK(moves(-3));
    CHECK_FALSE(moves(std::numeric_limits<float>::infinity()));
    CHECK_FALSE(moves(-std::numeric_limits<float>::infinity()));
    CHECK_FALSE(moves(std::numeric_limits<float>::quiet_NaN()));
  }
}

TEST_CASE("train: without momentum no mean of the gradients is kept") {
  Graph graph;
  nn::Params params(graph, 1);
  const Value w = params.get("w", {2}, nn::Init::normal(1));
  const train::Gradients gradients = train::gradients(sum(square(w)), params);
  (void)train::adamw({.beta1 = 0}, params, gradients, graph.fill({}, 0.1F));
  for (const Node& node : graph.nodes()) CHECK(node.name != "adamw.m.w");
}

TEST_CASE("train: the schedule warms up, falls as a cosine and stays") {
  const train::Schedule schedule{.peak = 2, .warmup = 10, .total = 110, .floor = 0.1F};
  CHECK(train::learning_rate(schedule, 0) == doctest::Approx(0.2));
  CHECK(train::learning_rate(schedule, 4) == doctest::Approx(1));
  CHECK(train::learning_rate(schedule, 9) == doctest::Approx(2));
  CHECK(train::learning_rate(schedule, 10) == doctest::Approx(2));
  CHECK(train::learning_rate(schedule, 60) == doctest::Approx(1.1));  // half way
  CHECK(train::learning_rate(schedule, 110) == doctest::Approx(0.2));
  CHECK(train::learning_rate(schedule, 100000) == doctest::Approx(0.2));
  for (int64_t step = 10; step < 110; ++step) {
    CHECK(train::learning_rate(schedule, step + 1) < train::learning_rate(schedule, step));
  }
}

TEST_CASE("train: young averages follow quickly") {
  CHECK(train::warm_decay(0.99F, 0) == doctest::Approx(0.1));
  CHECK(train::warm_decay(0.99F, 90) == doctest::Approx(0.91));
  CHECK(train::warm_decay(0.99F, 1000000) == 0.99F);
  CHECK(train::warm_decay(0, 5) == 0);
}
