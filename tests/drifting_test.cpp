// Drifting: its field, and a generator that follows it.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "compare.h"
#include "rivulet/core/error.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/metrics/points.h"
#include "rivulet/train/drifting2d.h"

using namespace rivulet;
using models::DriftForm;

namespace {

constexpr int count = 24;

std::vector<float> cloud(uint64_t seed, float x = 0, float size = 1, int points = count) {
  std::vector<float> xy(static_cast<size_t>(points) * 2);
  Rng(seed).normal(xy);
  for (size_t i = 0; i < xy.size(); ++i) xy[i] = size * xy[i] + (i % 2 == 0 ? x : 0);
  return xy;
}

std::vector<float> sum_of(std::span<const float> a, std::span<const float> b) {
  std::vector<float> sum(a.begin(), a.end());
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += b[i];
  return sum;
}

/// The field of a form at some places.
struct Field {
  models::DriftMap map;

  Field(DriftForm form, int places, int points = count)
      : map(form, places, points, points, cpu_device()) {}
  std::vector<float> operator()(std::span<const float> at, std::span<const float> generated,
                                std::span<const float> data, float tau) {
    map.run(at, generated, data, tau);
    return sum_of(map.attraction(), map.repulsion());
  }
};

/// V of the generated points themselves, from drift() with `own`.
std::vector<float> own_field(DriftForm form, std::span<const float> generated,
                             std::span<const float> data, float tau) {
  Graph graph;
  const auto n = static_cast<int64_t>(generated.size() / 2);
  const auto m = static_cast<int64_t>(data.size() / 2);
  const Value x = graph.input("x", {n, 2});
  const models::Drift v =
      drift(form, x, x, graph.input("y", {m, 2}), graph.fill({1, 1}, tau), true);
  graph.output("v", v.attraction + v.repulsion);
  Program program = compile(graph, reference_device());
  program.write("x", generated);
  program.write("y", data);
  program.run();
  const std::span<const float> out = program.read("v");
  return {out.begin(), out.end()};
}

/// The released notebook, line by line, in double precision.
std::vector<float> notebook(std::span<const float> gen, std::span<const float> data, double tau) {
  const size_t n = gen.size() / 2;
  const size_t all = n + data.size() / 2;
  std::vector<double> k(n * all);
  std::vector<double> rows(n, 0), columns(all, 0);
  const auto point = [&](size_t j, size_t axis) {
    return static_cast<double>(j < n ? gen[2 * j + axis] : data[2 * (j - n) + axis]);
  };
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < all; ++j) {
      const double far = std::hypot(point(i, 0) - point(j, 0), point(i, 1) - point(j, 1));
      k[i * all + j] = std::exp(-(far + (i == j ? 1e6 : 0)) / tau);
      rows[i] += k[i * all + j];
      columns[j] += k[i * all + j];
    }
  }
  std::vector<float> v(gen.size());
  for (size_t i = 0; i < n; ++i) {
    double sum_gen = 0, sum_data = 0;
    double to_gen[2] = {}, to_data[2] = {};
    for (size_t j = 0; j < all; ++j) {
      const double a = k[i * all + j] / std::sqrt(std::max(rows[i] * columns[j], 1e-12));
      (j < n ? sum_gen : sum_data) += a;
      for (size_t axis = 0; axis < 2; ++axis)
        (j < n ? to_gen : to_data)[axis] += a * point(j, axis);
    }
    for (size_t axis = 0; axis < 2; ++axis) {
      v[2 * i + axis] = static_cast<float>(to_data[axis] * sum_gen - to_gen[axis] * sum_data);
    }
  }
  return v;
}

/// The field at any places, by plain loops in double precision.
std::vector<float> by_loops(DriftForm form, std::span<const float> at, std::span<const float> gen,
                            std::span<const float> data, double tau) {
  const auto k = [&](std::span<const float> a, size_t i, std::span<const float> b, size_t j) {
    return std::exp(-std::hypot(double{a[2 * i]} - b[2 * j], double{a[2 * i + 1]} - b[2 * j + 1]) /
                    tau);
  };
  const auto column = [&](std::span<const float> of, size_t j) {  // over the generated points
    double sum = 0;
    for (size_t g = 0; g < gen.size() / 2; ++g) {
      if (of.data() != gen.data() || g != j) sum += k(gen, g, of, j);
    }
    return sum;
  };
  std::vector<float> v(at.size());
  for (size_t i = 0; i < at.size() / 2; ++i) {
    double row = 0;
    for (const std::span<const float> of : {gen, data}) {
      for (size_t j = 0; j < of.size() / 2; ++j) row += k(at, i, of, j);
    }
    std::array<double, 2> sums{};
    std::array<std::array<double, 2>, 2> ways{};  // sum of weight (y - x)
    for (const size_t part : {0U, 1U}) {
      const std::span<const float> of = part == 0 ? gen : data;
      for (size_t j = 0; j < of.size() / 2; ++j) {
        double weight = k(at, i, of, j);
        if (form == DriftForm::shared) weight /= std::sqrt(row * column(of, j));
        sums[part] += weight;
        for (const size_t axis : {0U, 1U}) {
          ways[part][axis] += weight * (double{of[2 * j + axis]} - at[2 * i + axis]);
        }
      }
    }
    for (const size_t axis : {0U, 1U}) {
      v[2 * i + axis] = static_cast<float>(form == DriftForm::plain
                                               ? ways[1][axis] / sums[1] - ways[0][axis] / sums[0]
                                               : sums[0] * ways[1][axis] - sums[1] * ways[0][axis]);
    }
  }
  return v;
}

}  // namespace

TEST_CASE("drifting: swapping both distributions negates the plain field exactly") {
  const std::vector<float> at = cloud(1, 0.3F), p = cloud(2), q = cloud(3, 1, 0.5F);
  Field field(DriftForm::plain, count);
  const std::vector<float> forth = field(at, p, q, 0.4F);
  const std::vector<float> back = field(at, q, p, 0.4F);
  for (size_t i = 0; i < forth.size(); ++i) CHECK(forth[i] == -back[i]);
  CHECK(testing::largest(forth) > 0.1F);
  for (const float v : field(at, p, p, 0.4F)) CHECK(v == 0);
}

TEST_CASE("drifting: the shared form is the notebook's, from which x itself drops out") {
  const std::vector<float> gen = cloud(4, 0.5F, 0.7F), data = cloud(5);
  for (const float tau : {0.05F, 0.3F, 2.0F}) {
    testing::check_close(own_field(DriftForm::shared, gen, data, tau), notebook(gen, data, tau),
                         1e-4F);
  }
}

TEST_CASE("drifting: both forms at places that are none of the points, by plain loops") {
  const std::vector<float> at = cloud(11, 0.2F), gen = cloud(12, 0.5F, 0.7F), data = cloud(13);
  for (const DriftForm form : {DriftForm::plain, DriftForm::shared}) {
    for (const float tau : {0.3F, 2.0F}) {
      testing::check_close(Field(form, count)(at, gen, data, tau),
                           by_loops(form, at, gen, data, tau), 1e-4F);
    }
  }
}

TEST_CASE("drifting: the loss pulls each point along its own field, and points may coincide") {
  std::vector<float> gen = cloud(14, 0.5F), data = cloud(15);
  std::copy_n(gen.begin(), 2, data.begin());
  std::copy_n(gen.begin(), 2, gen.begin() + 2);
  for (const DriftForm form : {DriftForm::plain, DriftForm::shared}) {
    Graph graph;
    const Value x = graph.input("x", {count, 2});
    const Value loss = drift_loss(form, x, graph.input("y", {count, 2}), graph.fill({1, 1}, 0.7F),
                                  graph.fill({1, 1}, 1));
    graph.output("loss", loss);
    graph.output("slope", grad(loss, x));
    Program program = compile(graph, reference_device());
    program.write("x", gen);
    program.write("y", data);
    program.run();
    const std::vector<float> v = own_field(form, gen, data, 0.7F);
    double squares = 0;
    for (size_t i = 0; i < v.size(); ++i) {
      CHECK(program.read("slope")[i] == doctest::Approx(-v[i] / count).scale(0.1).epsilon(1e-4));
      squares += double{v[i]} * v[i] / static_cast<double>(v.size());
    }
    CHECK(program.scalar("loss") == doctest::Approx(squares).epsilon(1e-4));
  }
}

TEST_CASE("drifting: where the kernel sees nothing, nothing moves") {
  // Distance 6, and each point beside its like.
  const std::vector<float> gen = cloud(6, -3, 1e-3F), data = cloud(7, 3, 1e-3F);
  for (const DriftForm form : {DriftForm::plain, DriftForm::shared}) {
    for (const float tau : {0.05F, 0.2F}) {
      // 6 sqrt(exp(-6/tau)) = 1.8e-6 is what the notebook's roots leave at tau = 0.2.
      const float most = form == DriftForm::shared && tau > 0.1F ? 2e-6F : 1e-6F;
      const std::vector<float> there = cloud(8, -3, 1e-3F);
      Field field(form, count);
      field.map.run(there, gen, data, tau);
      CHECK(testing::largest(field.map.attraction()) < most);
    }
    Field field(form, count);
    field.map.run(cloud(8, -3, 1e-3F), gen, data, 3);  // a longer reach sees it
    CHECK(testing::largest(field.map.attraction()) > 0.5F);
  }
}

TEST_CASE("drifting: the generator finds the data; without repulsion it collapses") {
  const auto spread = [](float repulsion, DriftForm form) {
    const train::Drifting2dTraining config{.nets = {.width = 32, .depth = 2, .start = 0.3F},
                                           .form = form,
                                           .how = {.tau = 1, .repulsion = repulsion},
                                           .batch = 128,
                                           .schedule_steps = 400};
    const data::Target2d target(data::Shape2d::eight_gaussians);
    train::Drifting2d made = train::drifting2d_trainer(config, target, cpu_device());
    for (int i = 0; i < 400; ++i) CHECK(std::isfinite(made.trainer.step()));
    models::Distill2dSampler sampler(config.nets, 512, cpu_device());
    sampler.load(made.trainer.weights());
    const std::vector<float> z = cloud(9, 0, 1, 512);
    const std::span<const float> x = sampler.run(z);
    std::vector<float> data(x.size());
    Rng rng(10);
    models::mixture2d(config.nets, target).sample(rng, data);
    return std::pair{models::spread_of(x) / models::spread_of(data),
                     metrics::energy_distance(x, data)};
  };
  for (const DriftForm form : {DriftForm::plain, DriftForm::shared}) {
    const auto [with, near] = spread(1, form);
    CHECK(with == doctest::Approx(1).epsilon(0.1));
    CHECK(near < 0.1F);
    const auto [without, far] = spread(0, form);
    CHECK(without < 0.25F);
    CHECK(far > 1);
  }
}

TEST_CASE("drifting: settings out of range are named") {
  train::Drifting2dTraining config;
  config.how.tau = 0;
  CHECK_THROWS_WITH_AS(train::validate(config), doctest::Contains("tau"), Error);
}
