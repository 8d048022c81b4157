// A layer of experts: sparse against dense, what gates and thresholds do, training and resuming.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "compare.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/moe.h"
#include "rivulet/train/experts.h"
#include "rivulet/train/trainer.h"

using namespace rivulet;
using namespace rivulet::testing;

namespace {

constexpr int64_t batch = 3;
constexpr int64_t tokens = 11;
constexpr int64_t channels = 6;

struct Layer {
  Graph graph;
  nn::Params params{graph, 5};
  nn::MoeTrace trace;
  std::vector<nn::Param> weights;

  explicit Layer(const nn::MoeConfig& config, nn::Dispatch dispatch = nn::Dispatch::sorted,
                 Value (*f)(Value) = gelu) {
    const Value x = graph.input("x", {batch, tokens, channels});
    trace.dispatch = dispatch;
    const Value y = nn::moe(config, params, "ffn", x, f, &trace);
    const Value w = graph.input("w", y.shape());
    graph.output("y", y);
    weights = params.learned().all();
    std::vector<Value> of = params.learned().values();
    of.push_back(x);
    const Value loss = reshape(sum(y * w), {}) + trace.layers[0].loss;
    const std::vector<Value> gradients = grad(loss, of);
    for (size_t i = 0; i < gradients.size(); ++i) {
      graph.output("gradient " + std::to_string(i), gradients[i]);
    }
    const nn::MoeReport& report = trace.layers[0];
    graph.output("gates", report.gates);
    graph.output("scores", report.scores);
    graph.output("load", report.load);
    graph.output("per token", report.per_token);
  }

  Program run(const Device& device = cpu_device()) {
    Program program = compile(graph, device);
    feed(program, graph, 3);
    program.run();
    return program;
  }
};

std::vector<nn::MoeConfig> kinds() {
  using namespace nn;
  return {
      {.experts = 8, .chosen = 2, .hidden = 5},
      {.experts = 8, .chosen = 3, .hidden = 4, .router = Router::softmax, .gate = GateNorm::after},
      {.experts = 5, .chosen = 1, .hidden = 7, .router = Router::relu, .norm = ExpertNorm::l2},
      {.experts = 7, .chosen = 3, .shared = 1, .hidden = 4, .norm = ExpertNorm::rms, .scale = 1.7F},
      {.experts = 6,
       .chosen = 2,
       .hidden = 4,
       .gate = GateNorm::before,
       .choice = Choice::threshold},
      {.experts = 6, .chosen = 2, .hidden = 4, .router = Router::softmax, .balance = Balance::loss},
      {.experts = 6, .chosen = 2, .hidden = 4, .balance = Balance::sequence},
      {.experts = 6,
       .chosen = 2,
       .hidden = 4,
       .choice = Choice::threshold,
       .balance = Balance::sequence},
  };
}

}  // namespace

TEST_CASE("moe: sparse equals dense masked, forward and backward, on every device") {
  for (const nn::MoeConfig& config : kinds()) {
    CAPTURE(nn::balance_names.of(config.balance));
    CAPTURE(config.experts);
    Layer dense(config, nn::Dispatch::dense);
    const Program want = dense.run(reference_device());
    for (const Device* device : {&cpu_device(), &reference_device()}) {
      Layer sparse(config);
      const Program got = sparse.run(*device);
      check_close(got.read("y"), want.read("y"), 1e-5F);
      for (size_t i = 0; i <= sparse.weights.size(); ++i) {
        const std::string name = "gradient " + std::to_string(i);
        check_close(got.read(name), want.read(name), 1e-5F);
      }
    }
  }
}

TEST_CASE("moe: each token has k gates, or about k by threshold, and the load is theirs") {
  for (const nn::MoeConfig& config : kinds()) {
    Layer layer(config);
    const Program program = layer.run();
    const std::span<const float> gates = program.read("gates");
    const std::span<const float> scores = program.read("scores");
    const auto n = static_cast<size_t>(config.routed());
    std::vector<double> load(n);
    size_t chosen = 0;
    for (size_t i = 0; i < gates.size(); ++i) {
      if (gates[i] == 0) continue;
      ++chosen;
      ++load[i % n];
      if (config.gate == nn::GateNorm::none) CHECK(gates[i] == scores[i]);
    }
    const size_t m = gates.size() / n;
    CHECK(program.scalar("per token") ==
          doctest::Approx(static_cast<double>(chosen) / static_cast<double>(m)));
    if (config.choice == nn::Choice::top_k && config.router != nn::Router::relu) {
      CHECK(chosen == m * static_cast<size_t>(config.picked()));
      for (size_t j = 0; j < n; ++j) {
        CHECK(program.read("load")[j] == doctest::Approx(load[j] / static_cast<double>(chosen)));
      }
    }
  }
}

TEST_CASE("moe: importance is shared out, and gates renormalised add up to one") {
  for (const nn::GateNorm gate : {nn::GateNorm::before, nn::GateNorm::after}) {
    Layer layer({.experts = 6, .chosen = 3, .hidden = 4, .gate = gate});
    layer.graph.output("importance", layer.trace.layers[0].importance);
    const Program program = layer.run();
    const std::span<const float> gates = program.read("gates");
    const std::span<const float> scores = program.read("scores");
    for (size_t row = 0; row < gates.size(); row += 6) {
      const float given = std::accumulate(&gates[row], &gates[row] + 6, 0.0F);
      float all = 0, chosen = 0;
      for (size_t j = row; j < row + 6; ++j) {
        all += scores[j];
        if (gates[j] > 0) chosen += scores[j];
      }
      CHECK(given == doctest::Approx(gate == nn::GateNorm::after ? 1 : chosen / all));
    }
    const std::span<const float> importance = program.read("importance");
    CHECK(std::accumulate(importance.begin(), importance.end(), 0.0F) == doctest::Approx(1));
  }
}

TEST_CASE("moe: by moving quantiles a sequence is balanced by itself") {
  for (const nn::Choice choice : {nn::Choice::top_k, nn::Choice::threshold}) {
    Layer layer({.experts = 6,
                 .chosen = 2,
                 .hidden = 4,
                 .choice = choice,
                 .balance = nn::Balance::sequence});
    Program program = layer.run();
    const std::vector<float> before(program.read("gates").begin(), program.read("gates").end());
    std::vector<float> x(program.read("x").begin(), program.read("x").end());
    for (size_t i = 0; i < tokens * channels; ++i) x[i] = -x[i];  // the first of three
    program.write("x", x);
    program.run();
    const std::span<const float> after = program.read("gates");
    constexpr size_t first = tokens * 6;
    CHECK_FALSE(std::equal(before.begin(), before.begin() + first, after.begin()));
    CHECK(std::equal(before.begin() + first, before.end(), after.begin() + first));
  }
}

TEST_CASE("moe: gates that are renormalised over one expert teach the router nothing") {
  for (const nn::GateNorm gate : {nn::GateNorm::after, nn::GateNorm::none}) {
    Layer layer(
        {.experts = 4, .chosen = 1, .hidden = 5, .router = nn::Router::softmax, .gate = gate});
    const Program program = layer.run();
    REQUIRE(layer.weights[0].name == "ffn.router");
    const float most = largest(program.read("gradient 0"));
    if (gate == nn::GateNorm::after) {
      CHECK(most == 0);
    } else {
      CHECK(most > 1e-3F);
    }
  }
}

TEST_CASE("moe: a threshold that moves all experts alike changes no choice") {
  Layer layer({.experts = 6, .chosen = 2, .hidden = 4});
  Program program = layer.run();
  const std::vector<float> before(program.read("y").begin(), program.read("y").end());
  program.write("ffn.threshold", std::vector<float>(6, 0.25F));
  program.run();
  CHECK(largest_difference(program.read("y"), before) == 0);
}

TEST_CASE("moe: an expert that is silenced is missed by those who chose it, and by no others") {
  const nn::MoeConfig config{.experts = 4, .chosen = 1, .hidden = 5};
  Graph graph;
  nn::Params params(graph, 5);
  const Value x = graph.input("x", {tokens, channels});
  nn::MoeTrace trace{.enabled = graph.input("enabled", {1, 4})};
  graph.output("y", nn::moe(config, params, "ffn", x, gelu, &trace));
  graph.output("gates", trace.layers[0].gates);
  Program program = compile(graph, cpu_device());
  feed(program, graph, 3);
  program.write("enabled", std::vector<float>{1, 1, 1, 1});
  program.run();
  const std::vector<float> all(program.read("y").begin(), program.read("y").end());
  const std::vector<float> gates(program.read("gates").begin(), program.read("gates").end());
  program.write("enabled", std::vector<float>{1, 0, 1, 1});
  program.run();
  for (size_t i = 0; i < all.size(); ++i) {
    const bool chose = gates[i / channels * 4 + 1] != 0;
    CHECK(program.read("y")[i] == (chose ? 0 : all[i]));
  }
}

TEST_CASE("moe: settings that make no sense together are refused") {
  using namespace nn;
  CHECK_THROWS_WITH_AS(validate(MoeConfig{.experts = 4, .chosen = 5}), doctest::Contains("chosen"),
                       Error);
  CHECK_THROWS_AS(validate(MoeConfig{.experts = 4, .chosen = 2, .shared = 2}), Error);
  CHECK_THROWS_AS(validate(MoeConfig{.choice = Choice::threshold, .balance = Balance::rms}), Error);
  CHECK_THROWS_AS(validate(MoeConfig{.router = Router::relu, .balance = Balance::sequence}), Error);
  CHECK_THROWS_AS(validate(MoeConfig{.experts = 0}), Error);
}

namespace {

/// A regression by experts.
train::Objective regression(const nn::MoeConfig& config) {
  return train::simple_objective(
      {.build =
           [config](Graph& graph, train::Nets& nets) {
             nn::MoeTrace trace;
             const Value x = graph.input("x", {64, channels});
             const Value y = nn::moe(config, nets.weights(), "ffn", x, gelu, &trace);
             return train::with_experts({{"loss", mean(square(y - sin(2.0F * x)))}}, trace);
           },
       .feed =
           [](const Rng& rng, Program& program) {
             std::vector<float> x(64 * channels);
             Rng(rng).normal(x);
             program.write("x", x);
           }},
      {});
}

}  // namespace

TEST_CASE("moe: training sets thresholds, and resumes to the bit") {
  for (const nn::Balance balance : {nn::Balance::quantile, nn::Balance::sign, nn::Balance::rms}) {
    const nn::MoeConfig config{.experts = 6, .chosen = 2, .hidden = 8, .balance = balance};
    const train::TrainerConfig how{.schedule_steps = 40};
    train::Trainer whole(regression(config), how, cpu_device());
    train::Trainer half(regression(config), how, cpu_device());
    for (int i = 0; i < 12; ++i) (void)half.step();
    train::Trainer rest(regression(config), how, cpu_device());
    rest.restore(half.checkpoint());
    for (int i = 0; i < 30; ++i) (void)whole.step();
    for (int i = 0; i < 18; ++i) (void)rest.step();
    const io::SafeTensors a = whole.checkpoint();
    const io::SafeTensors b = rest.checkpoint();
    REQUIRE(a.tensors.size() == b.tensors.size());
    for (size_t i = 0; i < a.tensors.size(); ++i) {
      CAPTURE(a.tensors[i].name);
      CHECK(largest_difference(a.tensors[i].tensor.span(), b.tensors[i].tensor.span()) == 0);
    }
    const std::span<const float> thresholds = a.at("training/ffn.threshold").span();
    CHECK(largest(thresholds) > 0);
    CHECK(std::fabs(std::accumulate(thresholds.begin(), thresholds.end(), 0.0F)) < 1e-5F);
    CHECK(whole.loss("max_vio") >= 0);
  }
}
