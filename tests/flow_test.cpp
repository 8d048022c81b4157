// Flow losses and targets where the answer is known in closed form: x_0 ~ N(0,1), x_1 ~ N(M,S^2).
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <map>

#include "rivulet/core/error.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/flow.h"

using namespace rivulet;
using models::Method;

namespace {

constexpr float mean_of_data = 1.5F;
constexpr float deviation = 0.4F;

Value sigma(Value t) {  // deviation of x_t
  return sqrt(square(1.0F - t) + square(deviation * t));
}

/// The marginal velocity E[x_1 - x_0 | x_t = x].
Value velocity(Value x, Value t) {
  const Value slope = (deviation * deviation) * t - (1.0F - t);
  return mean_of_data + slope / square(sigma(t)) * (x - mean_of_data * t);
}

/// The exact mean velocity over [t, t+d]: the flow keeps (x_t - M t)/sigma_t.
Value mean_velocity(Value x, Value t, Value d) {
  const Value end = t + d;
  const Value arrives = mean_of_data * end + sigma(end) / sigma(t) * (x - mean_of_data * t);
  return (arrives - x) / d;
}

struct Plane {
  Graph graph;
  Value x = graph.input("x", {5, 1});
  Value t = graph.input("t", {5, 1});
  Value d = graph.input("d", {5, 1});

  std::vector<float> run(Value value) {
    graph.output("value", value);
    Program program = compile(graph, reference_device());
    program.write("x", std::vector<float>{-1.2F, 0.3F, 0.9F, 2.0F, 0.1F});
    program.write("t", std::vector<float>{0, 0.1F, 0.35F, 0.5F, 0.75F});
    program.write("d", std::vector<float>{1, 0.5F, 0.4F, 0.125F, 0.25F});
    program.run();
    const auto read = program.read("value");
    return {read.begin(), read.end()};
  }
};

void check_equal(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(2e-4));
}

}  // namespace

TEST_CASE("flow: the MeanFlow identity holds for the exact mean velocity, with this sign") {
  Plane plane;
  const auto exact = plane.run(mean_velocity(plane.x, plane.t, plane.d));
  Plane again;
  const Value v = velocity(again.x, again.t);
  check_equal(again.run(models::mean_flow_target(mean_velocity, again.x, v, again.t, again.d)),
              exact);
  // And it is not trivially so: the velocity itself is another.
  Plane third;
  const auto instant = third.run(velocity(third.x, third.t));
  for (size_t i = 0; i < exact.size(); ++i) CHECK(std::fabs(instant[i] - exact[i]) > 1e-2F);
}

TEST_CASE("flow: two exact steps, split anywhere, are one exact step") {
  Plane plane;
  const auto exact = plane.run(mean_velocity(plane.x, plane.t, plane.d));
  for (const float share : {0.5F, 0.2F, 0.9F}) {
    Plane again;
    const Value part = again.graph.fill({5, 1}, share);
    check_equal(
        again.run(models::two_step_velocity(mean_velocity, again.x, again.t, again.d, part)),
        exact);
  }
}

TEST_CASE("flow: losses vanish at the exact mean velocity of a coupling without crossings") {
  // x_1 = M + S x_0 is this flow's own coupling: every path is straight, so u(x,t,d) = x_1 - x_0.
  const models::Velocity straight = [](Value x, Value t, Value /*d*/) {
    const Value slope = (deviation - 1.0F) * t + 1.0F;
    const Value x0 = (x - mean_of_data * t) / slope;
    return mean_of_data + (deviation - 1.0F) * x0;
  };
  for (int m = 0; m < models::method_count; ++m) {
    const auto method = static_cast<Method>(m);
    CAPTURE(models::name_of(method));
    constexpr int64_t batch = 32;
    const int64_t bootstrap = models::has_self_consistency(method) ? 8 : 0;
    Graph graph;
    models::FlowBatch rows{.x0 = graph.input("x0", {batch, 1}),
                           .x1 = graph.input("x1", {batch, 1}),
                           .t = graph.input("t", {batch, 1}),
                           .d = graph.input("d", {batch, 1}),
                           .split = {},
                           .bootstrap = bootstrap};
    const bool splits = method == Method::split_mean_flow;
    if (splits) rows.split = graph.input("split", {bootstrap, 1});
    const models::FlowLoss loss = models::loss(method, straight, straight, rows);
    const models::Velocity wrong = [&](Value x, Value t, Value d) {
      return straight(x, t, d) + 0.1F * d + 0.2F;
    };
    constexpr float weight = 3;
    const models::FlowLoss other = models::loss(method, wrong, wrong, rows, weight);
    graph.output("total", loss.total);
    graph.output("flow", loss.flow);
    graph.output("self", loss.self);
    graph.output("wrong flow", other.flow);
    graph.output("wrong self", other.self);
    graph.output("wrong total", other.total);
    Program program = compile(graph, reference_device());
    std::vector<float> x0(batch);
    std::vector<float> x1(batch);
    std::vector<float> t(batch);
    std::vector<float> d(batch);
    std::vector<float> split(splits ? static_cast<size_t>(bootstrap) : 0);
    Rng rng(4);
    rng.normal(x0);
    for (size_t i = 0; i < x0.size(); ++i) x1[i] = mean_of_data + deviation * x0[i];
    models::draw_times(method, rng, t, d, split, bootstrap);
    program.write("x0", x0);
    program.write("x1", x1);
    program.write("t", t);
    program.write("d", d);
    if (splits) program.write("split", split);
    program.run();
    CHECK(program.scalar("total") < 1e-9F);
    CHECK(program.scalar("flow") < 1e-9F);
    CHECK(program.scalar("self") < 1e-9F);
    const float step = method == Method::shortcut_code ? 0.1F / 128 : 0;  // 0.1 d of flow rows
    CHECK(program.scalar("wrong flow") == doctest::Approx((0.2F + step) * (0.2F + step)));
    if (bootstrap > 0) CHECK(program.scalar("wrong self") > 1e-4F);
    const float share = static_cast<float>(bootstrap) / batch;
    CHECK(program.scalar("wrong total") ==
          doctest::Approx((1 - share) * program.scalar("wrong flow") +
                          weight * share * program.scalar("wrong self")));
  }
}

TEST_CASE("flow: the shortcut asks the averaged network for the half step, and for 0 below 1/64") {
  // v' = d, whatever x and t are: the target of a row with step d is its half step as asked for.
  const models::Velocity zero = [](Value x, Value /*t*/, Value /*d*/) { return 0.0F * x; };
  const models::Velocity size = [](Value x, Value /*t*/, Value d) { return d + 0.0F * x; };
  for (const bool code : {false, true}) {
    Graph graph;
    const models::FlowBatch rows{.x0 = graph.fill({2, 1}, 0),
                                 .x1 = graph.fill({2, 1}, 0),
                                 .t = graph.fill({2, 1}, 0),
                                 .d = graph.input("d", {2, 1}),
                                 .split = {},
                                 .bootstrap = 1};
    const auto loss = code ? models::shortcut_code_loss : models::shortcut_loss;
    graph.output("self", loss(zero, size, rows, 1).self);
    Program program = compile(graph, reference_device());
    const auto root_of_self = [&](float d) {
      program.write("d", std::vector<float>{d, 0});
      program.run();
      return std::sqrt(program.scalar("self"));
    };
    CHECK(root_of_self(1) == doctest::Approx(0.5));
    CHECK(root_of_self(1.0F / 32) == doctest::Approx(1.0 / 64));
    CHECK(root_of_self(1.0F / 64) == doctest::Approx(code ? 1.0 / 128 : 0));
  }
}

TEST_CASE("flow: what a network asks of itself is a target, which no gradient moves") {
  // u = w d of one weight, x_1 - x_0 = 2, d = 0.8: targets are linear in w as well, and would halve
  // or double the gradient if it went through them.
  constexpr float w = 3;
  constexpr float d = 0.8F;
  constexpr float share = 0.3F;
  const std::map<Method, float> targets = {
      {Method::shortcut, w * d / 2},
      {Method::shortcut_code, w * d / 2},
      {Method::split_mean_flow, w * d * (share * share + (1 - share) * (1 - share))},
      {Method::mean_flow, 2 - w * d}};  // v - d du/dd
  for (const auto& [method, target] : targets) {
    CAPTURE(models::name_of(method));
    Graph graph;
    const Value weight = graph.input("w", {1, 1});
    const models::Velocity u = [&](Value x, Value /*t*/, Value step) {
      return weight * step + 0.0F * x;
    };
    const models::FlowBatch rows{.x0 = graph.fill({2, 1}, -1),
                                 .x1 = graph.fill({2, 1}, 1),
                                 .t = graph.fill({2, 1}, 0.1F),
                                 .d = graph.input("d", {2, 1}),
                                 .split = graph.fill({1, 1}, share),
                                 .bootstrap = 1};
    const Value self = models::loss(method, u, u, rows).self;
    graph.output("self", self);
    graph.output("slope", grad(self, weight));
    Program program = compile(graph, reference_device());
    program.write("w", std::vector<float>{w});
    program.write("d", std::vector<float>{d, 0});
    program.run();
    const float error = w * d - target;
    CHECK(program.scalar("self") == doctest::Approx(error * error));
    CHECK(program.scalar("slope") == doctest::Approx(2 * error * d));
  }
}

TEST_CASE("flow: times are drawn as each method wants them") {
  constexpr size_t batch = 280;
  constexpr int64_t bootstrap = 70;
  for (int m = 0; m < models::method_count; ++m) {
    const auto method = static_cast<Method>(m);
    const int64_t self = models::has_self_consistency(method) ? bootstrap : 0;
    std::vector<float> t(batch);
    std::vector<float> d(batch);
    std::vector<float> split(static_cast<size_t>(self));
    Rng rng(9);
    models::draw_times(method, rng, t, d, split, self);
    const bool grid = method == Method::shortcut || method == Method::shortcut_code;
    std::map<float, int> sizes;
    double total = 0;
    for (size_t i = 0; i < batch; ++i) {
      CHECK(t[i] >= 0);
      CHECK(t[i] + d[i] <= 1);
      if (i >= static_cast<size_t>(self)) {
        CHECK(d[i] == (method == Method::shortcut_code ? 1.0F / 128 : 0.0F));
        total += t[i];
      } else if (grid) {
        ++sizes[d[i]];
        const float cell = t[i] / d[i];
        CHECK(cell == std::floor(cell));
      }
    }
    // Stratified: the mean is far closer to 1/2 than that of independent numbers.
    const auto flow = static_cast<double>(batch) - static_cast<double>(self);
    CHECK(std::fabs(total / flow - 0.5) < 0.01);
    if (grid) {
      REQUIRE(sizes.size() == models::shortcut_levels);
      CHECK(sizes.begin()->first == 1.0F / 64);
      CHECK(sizes.rbegin()->first == 1);
      for (const auto& [step, count] : sizes) CHECK(count == bootstrap / models::shortcut_levels);
    }
  }
}

TEST_CASE("flow: long steps are trained as often as asked for") {
  constexpr size_t rows = 32;
  std::vector<float> t(rows);
  std::vector<float> d(rows);
  Rng rng(3);
  std::map<float, int> sizes;
  constexpr int draws = 2000;
  for (int draw = 0; draw < draws; ++draw) {
    models::draw_times(Method::shortcut, rng, t, d, {}, rows, 1);
    for (const float step : d) ++sizes[step];
  }
  const auto shares = models::step_shares(1);
  for (int level = 0; level < models::shortcut_levels; ++level) {
    const float step = 1.0F / static_cast<float>(1 << level);
    CHECK(shares[static_cast<size_t>(level)] == doctest::Approx(step * 64 / 127));
    CHECK(sizes[step] / double{draws * rows} == doctest::Approx(step * 64 / 127).epsilon(0.02));
  }
}

TEST_CASE("flow: samplers ask for what the method was trained for") {
  CHECK(models::sampling_step(Method::flow_matching, 1) == 0);
  CHECK(models::sampling_step(Method::reflow, 4) == 0);
  CHECK(models::sampling_step(Method::shortcut, 1) == 1);
  CHECK(models::sampling_step(Method::shortcut, 64) == 1.0F / 64);
  CHECK(models::sampling_step(Method::shortcut, 128) == 0);
  CHECK(models::sampling_step(Method::shortcut_code, 128) == 1.0F / 128);
  CHECK(models::sampling_step(Method::shortcut_code, 256) == 1.0F / 128);
  CHECK(models::sampling_step(Method::shortcut_code, 4) == 0.25F);
  CHECK(models::sampling_step(Method::mean_flow, 3) == 1.0F / 3);

  std::vector<float> x = {0, 1};
  std::vector<float> scratch(2);
  std::vector<std::array<float, 2>> asked;
  const auto v = [&](std::span<const float> points, float t, float d, std::span<float> out) {
    asked.push_back({t, d});
    for (size_t i = 0; i < out.size(); ++i) out[i] = points[i] + 2;
  };
  for (int i = 0; i < 2; ++i) models::euler_step(Method::mean_flow, v, x, scratch, i, 2);
  CHECK(asked == std::vector<std::array<float, 2>>{{0, 0.5F}, {0.5F, 0.5F}});
  CHECK(x[0] == doctest::Approx(2.5));  // 0 -> 1 -> 2.5
  CHECK(x[1] == doctest::Approx(4.75));
}

TEST_CASE("flow: names of methods, and batches that do not fit") {
  for (int m = 0; m < models::method_count; ++m) {
    const auto method = static_cast<Method>(m);
    CHECK(models::method_names.read(models::name_of(method)) == method);
  }
  CHECK_THROWS_WITH_AS((void)models::method_names.read("flow"),
                       "[method] there is no 'flow', only flow-matching, shortcut, shortcut-code, "
                       "reflow, split-mean-flow, mean-flow",
                       Error);
  Graph graph;
  const models::Velocity zero = [](Value x, Value /*t*/, Value /*d*/) { return x; };
  models::FlowBatch rows{.x0 = graph.fill({4, 2}, 0),
                         .x1 = graph.fill({4, 2}, 0),
                         .t = graph.fill({4, 1}, 0),
                         .d = graph.fill({4, 1}, 0),
                         .split = {},
                         .bootstrap = 4};
  CHECK_THROWS_AS((void)models::shortcut_loss(zero, zero, rows), Error);
  rows.bootstrap = 0;
  rows.x1 = graph.fill({3, 2}, 0);
  CHECK_THROWS_AS((void)models::flow_matching_loss(zero, rows), Error);
}
