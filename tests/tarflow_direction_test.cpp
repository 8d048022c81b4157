// TarFlow in both directions: which one passes all tokens at once is a choice, the theory is one.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "compare.h"
#include "network_checks.h"
#include "rivulet/nn/tarflow.h"

using namespace rivulet;
using namespace rivulet::testing;
using nn::Coupling;
using nn::Direction;
using nn::Given;

namespace {

constexpr int64_t points = 8;

nn::TarflowConfig line(Direction direction, int tokens) {
  return {.tokens = tokens,
          .dims = 1,
          .blocks = 3,
          .layers = {.width = 16, .depth = 2, .heads = 2, .mlp_ratio = 2},
          .direction = direction};
}

/// Tokens of several numbers that steer each other.
nn::TarflowConfig triangular(Direction direction, int tokens, int dims = 2) {
  nn::TarflowConfig config = line(direction, tokens);
  config.dims = dims;
  config.coupling = Coupling::triangular;
  return config;
}

/// Data to noise and back, with every block's tokens on the way.
struct Both {
  explicit Both(const nn::TarflowConfig& config, int64_t rows = points) : config(config) {
    const Value x = graph.input("x", {rows, config.tokens, config.dims});
    const Value labels = config.classes.empty() ? Value{} : graph.input("labels", {rows, 1});
    const nn::Flowed there = nn::tarflow(config, params, x, labels);
    const nn::Flowed back = nn::tarflow_inverse(config, params, there.z(), labels);
    REQUIRE(there.x.size() == static_cast<size_t>(config.blocks) + 1);
    REQUIRE(back.x.size() == there.x.size());
    for (size_t t = 0; t < there.x.size(); ++t) {
      graph.output("there " + std::to_string(t), there.x[t]);
      graph.output("back " + std::to_string(t), back.x[t]);
    }
    graph.output("z", there.z());
    graph.output("log_det there", there.log_det);
    graph.output("log_det back", back.log_det);
  }
  Program compiled(float size = 0.3F) {
    Program program = compile(graph, cpu_device());
    stir(program, params, size);
    return program;
  }

  nn::TarflowConfig config;
  Graph graph;
  nn::Params params{graph, 0};
};

/// log |det| of rows [n][n] by Gaussian elimination with row pivots.
double log_abs_det(std::vector<std::vector<double>> a) {
  double result = 0;
  for (size_t k = 0; k < a.size(); ++k) {
    for (size_t i = k + 1; i < a.size(); ++i) {
      if (std::fabs(a[i][k]) > std::fabs(a[k][k])) std::swap(a[i], a[k]);
    }
    result += std::log(std::fabs(a[k][k]));
    for (size_t i = k + 1; i < a.size(); ++i) {
      const double factor = a[i][k] / a[k][k];
      for (size_t j = k; j < a.size(); ++j) a[i][j] -= factor * a[k][j];
    }
  }
  return result;
}

}  // namespace

TEST_CASE("tarflow directions: back from noise every block meets what it was given") {
  std::vector<nn::TarflowConfig> configs;
  for (const Direction direction : {Direction::to_noise, Direction::to_data}) {
    for (const int tokens : {1, 2, 4}) {
      configs.push_back(line(direction, tokens));
      configs.push_back(triangular(direction, tokens));
      for (const Coupling coupling : {Coupling::affine, Coupling::triangular}) {
        configs.push_back(triangular(direction, tokens, 3));
        configs.back().given = Given::half_of_a_token;
        configs.back().coupling = coupling;
      }
    }
  }
  for (nn::TarflowConfig& config : configs) {
    config.classes = {3};
    Both both(config);
    Program program = both.compiled(0.2F);
    program.write("x", normal({points, config.tokens, config.dims}, 3).span());
    program.write("labels", std::vector<float>{0, 1, 2, 3, 0, 1, 2, 3});
    program.run();
    CAPTURE(static_cast<int>(config.direction));
    CAPTURE(static_cast<int>(config.coupling));
    CAPTURE(config.tokens);
    const bool moves = config.tokens > 1 || config.given == Given::half_of_a_token;
    CHECK((largest_difference(program.read("z"), program.read("there 0")) > 0.3F) == moves);
    for (int t = 0; t <= config.blocks; ++t) {
      check_close(program.read("back " + std::to_string(t)),
                  program.read("there " + std::to_string(t)), 1e-4F);
    }
    check_close(program.read("log_det back"), program.read("log_det there"), 1e-4F);
  }
}

TEST_CASE("tarflow directions: the log-determinant is that of the numerical Jacobian") {
  for (const Direction direction : {Direction::to_noise, Direction::to_data}) {
    for (const nn::TarflowConfig& config :
         {line(direction, 2), line(direction, 4), triangular(direction, 2)}) {
      Both both(config);
      // L reaches far: milder weights, so that differences still tell the slope.
      Program program = both.compiled(config.dims > 1 ? 0.2F : 0.3F);
      const auto n = static_cast<size_t>(config.tokens * config.dims);
      const Tensor x = normal({points, config.tokens * config.dims}, 3);
      const auto z_at = [&](size_t axis, float h) {
        Tensor moved = x;
        for (size_t i = axis; i < points * n; i += n) moved.span()[i] += h;
        program.write("x", moved.span());
        program.run();
        const auto z = program.read("z");
        return std::vector<float>(z.begin(), z.end());
      };
      constexpr float h = 5e-3F;
      std::vector<std::vector<std::vector<double>>> jacobians(
          points, std::vector(n, std::vector<double>(n)));
      for (size_t axis = 0; axis < n; ++axis) {
        const std::vector<float> up = z_at(axis, h);
        const std::vector<float> down = z_at(axis, -h);
        for (size_t i = 0; i < points * n; ++i) {
          jacobians[i / n][i % n][axis] = (double{up[i]} - double{down[i]}) / (2 * double{h});
        }
      }
      (void)z_at(0, 0);
      CAPTURE(static_cast<int>(direction));
      CAPTURE(n);
      for (size_t i = 0; i < points; ++i) {
        CHECK(log_abs_det(jacobians[i]) ==
              doctest::Approx(program.read("log_det there")[i]).epsilon(0.01).scale(1));
      }
    }
  }
}

TEST_CASE("tarflow directions: two tokens know no direction, four do") {
  for (const int tokens : {2, 4}) {
    std::vector<std::vector<float>> z;
    for (const Direction direction : {Direction::to_noise, Direction::to_data}) {
      Both both(line(direction, tokens));
      Program program = both.compiled();
      program.write("x", normal({points, tokens}, 3).span());
      program.run();
      z.emplace_back(program.read("z").begin(), program.read("z").end());
    }
    const float difference = largest_difference(z[0], z[1]);
    if (tokens == 2) CHECK(difference < 1e-5F);
    if (tokens == 4) CHECK(difference > 0.01F);
  }
}

TEST_CASE("tarflow directions: gradients through tokens that are solved one after the other") {
  nn::TarflowConfig config = line(Direction::to_data, 3);
  config.blocks = 2;
  config.classes = {2};
  const auto build = [&](Graph& graph, nn::Params& params) {
    const Value x = graph.input("x", {2, 3, 1});
    return nn::tarflow(config, params, x, graph.input("labels", {2, 1}));
  };
  const auto write = [](Program& program) {
    program.write("x", normal({2, 3, 1}, 4).span());
    program.write("labels", std::vector<float>{0, 2});
  };
  Graph graph;
  nn::Params params(graph, 0);
  const nn::Flowed flowed = build(graph, params);
  check_gradients(graph, params, nn::tarflow_loss(flowed), {flowed.x[0]}, write, 0.2F);
  Graph other;
  nn::Params again(other, 0);
  check_devices(other, again, build(other, again).log_det, write, 0.2F);
}
