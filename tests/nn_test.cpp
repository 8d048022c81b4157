// Layers against plain loops; gradients of a stack of layers against central differences.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/layers.h"
#include "rivulet/nn/mlp2d.h"

using namespace rivulet;

namespace {

std::vector<float> normal(int64_t n, uint64_t stream) {
  std::vector<float> x(static_cast<size_t>(n));
  Rng(11, stream).normal(x);
  return x;
}

/// A network that uses every layer: x [B,3], t [B,1] -> [B,2].
Value stack(nn::Params& params, Value x, Value t) {
  Value h = nn::linear(params, "first", x, 6) +
            nn::linear(params, "time", nn::sinusoidal_embedding(t, 4, 3), 6, {.bias = false}) +
            nn::linear(params, "step", nn::fourier_embedding(nn::log_step(t), 2), 6);
  h = silu(nn::layer_norm(params, "norm", h));
  h = gelu(nn::linear(params, "second", h, 5));
  h = nn::rms_norm(params, "rms", h);
  return nn::linear(params, "out", h, 2);
}

}  // namespace

TEST_CASE("nn: linear is x W + b, and norms normalise") {
  Graph graph;
  nn::Params params(graph, 1);
  const Value x = graph.input("x", {4, 3});
  graph.output("y", nn::linear(params, "a", x, 2));
  graph.output("layer", nn::layer_norm(x, 0));
  graph.output("rms", nn::rms_norm(x, 0));
  Program program = compile(graph, reference_device());
  const auto xs = normal(12, 1);
  const auto bias = normal(2, 2);
  program.write("x", xs);
  program.write("a.bias", bias);
  program.run();
  const auto w = program.read("a.weight");
  const auto y = program.read("y");
  for (size_t b = 0; b < 4; ++b) {
    for (size_t o = 0; o < 2; ++o) {
      double expected = bias[o];
      for (size_t i = 0; i < 3; ++i) expected += double{xs[b * 3 + i]} * double{w[i * 2 + o]};
      CHECK(y[b * 2 + o] == doctest::Approx(expected).epsilon(1e-5));
    }
    double mean = 0;
    double variance = 0;
    double square = 0;
    for (size_t i = 0; i < 3; ++i) {
      const double value = program.read("layer")[b * 3 + i];
      mean += value / 3;
      variance += value * value / 3;
      square += std::pow(double{program.read("rms")[b * 3 + i]}, 2) / 3;
    }
    CHECK(mean == doctest::Approx(0).epsilon(1e-5));
    CHECK(variance == doctest::Approx(1).epsilon(1e-4));
    CHECK(square == doctest::Approx(1).epsilon(1e-4));
  }
}

TEST_CASE("nn: embeddings of t and d") {
  Graph graph;
  const Value t = graph.input("t", {3, 1});
  graph.output("sinusoidal", nn::sinusoidal_embedding(t, 4, 100));
  graph.output("fourier", nn::fourier_embedding(t, 2));
  graph.output("log", nn::log_step(t));
  const Value points = graph.constant(Tensor({1, 2}, {0.5F, -2}));
  graph.output("waves", nn::fourier_features(points, Tensor({2, 2}, {1, 0, 3, 0.25F})));
  Program program = compile(graph, reference_device());
  const std::vector<float> ts = {0, 1.0F / 128, 1};
  program.write("t", ts);
  program.run();
  for (size_t i = 0; i < 3; ++i) {
    const double u = ts[i];
    const auto sinusoidal = program.read("sinusoidal").subspan(i * 4, 4);
    // Frequencies 100 and 100 / 10^(4/2) = 1.
    const double expected[] = {std::sin(100 * u), std::sin(u), std::cos(100 * u), std::cos(u)};
    for (size_t k = 0; k < 4; ++k) CHECK(std::fabs(sinusoidal[k] - expected[k]) < 1e-4);
    const auto fourier = program.read("fourier").subspan(i * 5, 5);
    const double pi = std::acos(-1.0);
    const double waves[] = {u, std::sin(pi * u), std::sin(2 * pi * u), std::cos(pi * u),
                            std::cos(2 * pi * u)};
    for (size_t k = 0; k < 5; ++k) CHECK(std::fabs(fourier[k] - waves[k]) < 1e-5);
  }
  const double plane[] = {std::sin(-5.5), std::sin(-0.5), std::cos(-5.5), std::cos(-0.5)};
  for (size_t k = 0; k < 4; ++k) CHECK(std::fabs(program.read("waves")[k] - plane[k]) < 1e-5);
  CHECK(program.read("log")[0] == 0);
  CHECK(program.read("log")[1] == doctest::Approx(std::log(2.0) / std::log(129.0)));
  CHECK(program.read("log")[2] == doctest::Approx(1));
  CHECK_THROWS_AS((void)nn::sinusoidal_embedding(t, 3), Error);
  CHECK_THROWS_AS((void)nn::fourier_embedding(graph.input("row", {1, 3}), 2), Error);
}

TEST_CASE("nn: gradients of a stack of layers agree with central differences") {
  Graph graph;
  nn::Params params(graph, 3);
  const Value y = stack(params, graph.input("x", {5, 3}), graph.input("t", {5, 1}));
  const Value loss = mean(square(y - graph.constant(Tensor({5, 2}, normal(10, 5)))));
  graph.output("loss", loss);
  const std::vector<Value> gradients = grad(loss, params.values());
  for (size_t i = 0; i < gradients.size(); ++i) {
    graph.output("d " + params.all()[i].name, gradients[i]);
  }
  Program program = compile(graph, reference_device());
  program.write("x", normal(15, 1));
  program.write("t", std::vector<float>{0, 0.1F, 0.4F, 0.7F, 1});
  program.run();
  for (const nn::Param& param : params.all()) {
    const auto analytic = program.read("d " + param.name);
    const std::vector<float> gradient(analytic.begin(), analytic.end());
    const auto now = program.read(param.name);
    std::vector<float> w(now.begin(), now.end());
    for (size_t k = 0; k < w.size(); ++k) {
      const float centre = w[k];
      double sides[2];
      constexpr float h = 5e-3F;
      for (const int side : {0, 1}) {
        w[k] = centre + (side == 0 ? -h : h);
        program.write(param.name, w);
        program.run();
        sides[side] = program.scalar("loss");
      }
      w[k] = centre;
      program.write(param.name, w);
      const double numeric = (sides[1] - sides[0]) / (2 * double{h});
      CAPTURE(param.name);
      CHECK(std::fabs(gradient[k] - numeric) < 2e-4 + 2e-3 * std::fabs(numeric));
    }
    program.run();
  }
}

TEST_CASE("nn: parameters are shared, copied, replaced and refused by name") {
  Graph graph;
  nn::Params params(graph, 1);
  const Value x = graph.input("x", {2, 3});
  const Value y = nn::linear(params, "a", x, 4);
  CHECK(nn::linear(params, "a", x, 4) == y);  // the same weights, the same node
  CHECK(params.all().size() == 2);
  CHECK(params.count() == 16);
  CHECK_THROWS_WITH_AS((void)nn::linear(params, "a", x, 5),
                       "[params] a.weight has shape (3,4), asked for as (3,5)", Error);

  nn::Params averages = params.copy_states("ema.");
  nn::Params frozen = params.frozen();
  CHECK_THROWS_AS((void)nn::linear(frozen, "b", x, 4), Error);
  CHECK_THROWS_AS((void)frozen.copy_states("ema."), Error);
  graph.output("y", y);
  graph.output("averaged", nn::linear(averages, "a", x, 4));
  const Value loss = sum(nn::linear(frozen, "a", x, 4));
  graph.output("gradient", grad(loss, params.all()[0].value));
  graph.output("to_input", grad(loss, x));
  Program program = compile(graph, reference_device());
  program.write("x", normal(6, 1));
  program.run();
  const auto expected = program.read("y");
  const auto averaged = program.read("averaged");
  CHECK(std::equal(expected.begin(), expected.end(), averaged.begin()));
  for (const float g : program.read("gradient")) CHECK(g == 0);
  CHECK(program.read("to_input")[0] != 0);
}

TEST_CASE("nn: first weights depend on seed and name only, and have unit gain") {
  const auto first = [](uint64_t seed, bool with_other) {
    Graph graph;
    nn::Params params(graph, seed);
    const Value x = graph.input("x", {1, 256});
    if (with_other) (void)nn::linear(params, "other", x, 7);
    const Value w = params.get("a.weight", {256, 64}, nn::Init::fan_in(256));
    const Tensor value = first_value(graph, w.node());
    return std::vector<float>(value.span().begin(), value.span().end());
  };
  CHECK(first(1, false) == first(1, true));
  CHECK(first(1, false) != first(2, false));
  double square = 0;
  for (const float w : first(1, false)) square += double{w} * double{w};
  CHECK(square / (256 * 64) * 256 == doctest::Approx(1).epsilon(0.03));
}

TEST_CASE("nn: the plane's network takes one time for all rows or one a row") {
  const nn::Mlp2dConfig config{.width = 16, .depth = 2, .zero_output = false};
  Graph graph;
  nn::Params params(graph, 5);
  const Value x = graph.input("x", {3, 2});
  const Value t = graph.input("t", {1, 1});
  const Value d = graph.input("d", {1, 1});
  graph.output("one", nn::mlp2d(config, params, x, t, d));
  graph.output("each", nn::mlp2d(config, params, x, broadcast(t, {3, 1}), broadcast(d, {3, 1})));
  std::set<std::string> names;
  for (const nn::Param& param : params.all()) names.insert(param.name);
  CHECK(names == std::set<std::string>{"in.weight", "in.bias", "hidden.1.weight", "hidden.1.bias",
                                       "out.weight", "out.bias"});
  Program program = compile(graph, reference_device());
  program.write("x", normal(6, 2));
  program.write("t", std::vector<float>{0.3F});
  program.write("d", std::vector<float>{0.25F});
  program.run();
  const auto one = program.read("one");
  const auto each = program.read("each");
  for (size_t i = 0; i < 6; ++i) {
    CHECK(one[i] == doctest::Approx(each[i]));
    CHECK(one[i] != 0);
  }
}
