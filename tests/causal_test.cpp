// Causal transformers: nothing comes from later tokens, probabilities add up, gradients, devices.
#include <doctest/doctest.h>

#include <cmath>

#include "compare.h"
#include "network_checks.h"
#include "rivulet/core/error.h"
#include "rivulet/nn/causal.h"
#include "rivulet/nn/sequence.h"

using namespace rivulet;
using namespace rivulet::testing;

namespace {

constexpr int64_t batch = 2;
constexpr int64_t tokens = 5;

nn::CausalConfig small() { return {.width = 8, .depth = 2, .heads = 2, .mlp_ratio = 2}; }

nn::SequenceConfig small_sequence() {
  return {.tokens = 3, .vocabulary = 4, .layers = small(), .classes = {2, 3}};
}

nn::SequenceTables tables(const nn::SequenceConfig& config, nn::Params& params) {
  const Shape shape{int64_t{config.tokens} * config.vocabulary, config.layers.width};
  return {.in = params.get("in", shape, nn::Init::normal(1)),
          .out = params.get("out", shape, nn::Init::normal(1))};
}

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

}  // namespace

TEST_CASE("causal: output k does not depend on tokens after k, and does on all up to it") {
  Graph graph;
  nn::Params params(graph, 1);
  const Value x = graph.input("x", {batch, tokens, 8});
  graph.output("y", nn::causal_layers(small(), params, "layers", x));
  for (const Device* device : {&reference_device(), &cpu_device()}) {
    CAPTURE(device->name);
    Program program = compile(graph, *device);
    stir(program, params);
    const Tensor input = normal(x.shape(), 1);
    program.write("x", input.span());
    program.run();
    const std::vector<float> before = copy(program.read("y"));
    for (int64_t k = 0; k < tokens; ++k) {
      Tensor other = input;
      for (int64_t c = 0; c < 8; ++c)
        other.span()[static_cast<size_t>(k * 8 + c)] += 1.5F + float(c);
      program.write("x", other.span());
      program.run();
      const auto now = program.read("y");
      for (int64_t i = 0; i < batch * tokens; ++i) {
        const auto token = [&](std::span<const float> y) {
          return y.subspan(static_cast<size_t>(i) * 8, 8);
        };
        CAPTURE(k);
        CAPTURE(i);
        const float change = largest_difference(token(now), token(before));
        if (i >= k && i < tokens) {  // of the row that was changed
          CHECK(change > 1e-4F);
        } else {
          CHECK(change == 0);
        }
      }
    }
  }
}

TEST_CASE("causal: shifted tokens stand one place later, after the first") {
  Graph graph;
  const Value x = graph.input("x", {2, 3, 2});
  const Value first = graph.input("first", {1, 1, 2});
  graph.output("y", nn::shift_right(x, first));
  graph.output("alone", nn::shift_right(slice(x, 1, 0, 1), first));
  Program program = compile(graph, reference_device());
  program.write("x", std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  program.write("first", std::vector<float>{-1, -2});
  program.run();
  CHECK(copy(program.read("y")) == std::vector<float>{-1, -2, 1, 2, 3, 4, -1, -2, 7, 8, 9, 10});
  CHECK(copy(program.read("alone")) == std::vector<float>{-1, -2, -1, -2});
}

TEST_CASE("causal: gradients equal central differences, and devices each other") {
  const auto network = [](Graph& graph, nn::Params& params) {
    const Value x = graph.input("x", {batch, tokens, 8});
    return nn::causal_layers(small(), params, "layers", x);
  };
  const auto write = [](Program& program) {
    program.write("x", normal({batch, tokens, 8}, 3).span());
    if (program.contains("target")) {
      program.write("target", normal({batch, tokens, 8}, 9).span());
    }
  };
  {
    Graph graph;
    nn::Params params(graph, 1);
    const Value y = network(graph, params);
    check_gradients(graph, params, mean(square(y - graph.input("target", y.shape()))), {}, write);
  }
  Graph graph;
  nn::Params params(graph, 1);
  check_devices(graph, params, network(graph, params), write);
}

TEST_CASE("sequence: the probabilities of all sequences add up to one") {
  const nn::SequenceConfig config = small_sequence();
  constexpr int64_t all = 4 * 4 * 4;
  Graph graph;
  nn::Params params(graph, 1);
  const Value t = graph.input("tokens", {all, 3});
  const Value labels = graph.input("labels", {all, 2});
  const Value logits = nn::sequence_logits(config, params, tables(config, params), t, labels);
  graph.output("log p", log_softmax(logits));  // [N,B,K]
  graph.output("loss", nn::sequence_loss(logits, t));
  Program program = compile(graph, cpu_device());
  stir(program, params);
  std::vector<float> sequences;
  for (int i = 0; i < all; ++i) {
    for (const int k : {i / 16, i / 4 % 4, i % 4}) sequences.push_back(static_cast<float>(k));
  }
  program.write("tokens", sequences);
  const auto probabilities = [&](float a, float b) {
    std::vector<float> both;
    for (int i = 0; i < all; ++i) both.insert(both.end(), {a, b});
    program.write("labels", both);
    program.run();
    const auto log_p = program.read("log p");
    std::vector<double> p;
    double loss = 0;
    for (size_t row = 0; row < all; ++row) {
      double sum = 0;
      for (size_t i = 0; i < 3; ++i) {
        sum += log_p[(i * all + row) * 4 + static_cast<size_t>(sequences[row * 3 + i])];
      }
      p.push_back(std::exp(sum));
      loss -= sum / (3 * all);
    }
    CHECK(program.scalar("loss") == doctest::Approx(loss).epsilon(1e-5));
    return p;
  };
  const std::vector<double> p = probabilities(0, 2);
  double total = 0;
  for (const double each : p) total += each;
  CHECK(total == doctest::Approx(1).epsilon(1e-5));
  // They are no even ones, and depend on each of the labels, "any" among them.
  CHECK(std::ranges::max(p) > 2.0 / all);
  CHECK(std::fabs(probabilities(1, 2)[0] / p[0] - 1) > 1e-3);
  CHECK(std::fabs(probabilities(0, 3)[0] / p[0] - 1) > 1e-3);
}

TEST_CASE("sequence: gradients equal central differences, and devices each other") {
  nn::SequenceConfig config = small_sequence();
  const auto network = [&](Graph& graph, nn::Params& params) {
    const Value t = graph.input("tokens", {batch, 3});
    const Value labels = graph.input("labels", {batch, 2});
    return nn::sequence_logits(config, params, tables(config, params), t, labels);
  };
  const auto write = [](Program& program) {
    program.write("tokens", std::vector<float>{3, 1, 0, 2, 2, 1});
    program.write("labels", std::vector<float>{0, 3, 2, 1});
  };
  {
    Graph graph;
    nn::Params params(graph, 1);
    const Value logits = network(graph, params);
    const Value drawn = graph.constant(Tensor({batch, 3}, {3, 1, 0, 2, 2, 1}));
    check_gradients(graph, params, nn::sequence_loss(logits, drawn), {}, write);
  }
  Graph graph;
  nn::Params params(graph, 1);
  check_devices(graph, params, network(graph, params), write);
}

TEST_CASE("sequence: sizes that do not fit are named") {
  const auto message = [](const nn::SequenceConfig& config) -> std::string {
    try {
      nn::validate(config);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message(small_sequence()).empty());
  CHECK(message({.tokens = 0}) == "[sequence] tokens must be 1..1024, not 0");
  CHECK(message({.tokens = 1024, .vocabulary = 65536}) ==
        "[sequence] tokens times vocabulary must be 2..1048576, not 67108864");
  CHECK(message({.layers = {.width = 100, .heads = 3}}) ==
        "[causal] 3 heads do not divide a width of 100");
  CHECK(message({.classes = {0}}) == "[sequence] values of an attribute must be 1..255, not 0");
}
