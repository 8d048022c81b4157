// The diffusion transformer: patches, conditions, gradients, devices.
#include <doctest/doctest.h>

#include <cmath>

#include "compare.h"
#include "network_checks.h"
#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/attention.h"
#include "rivulet/nn/dit.h"

using namespace rivulet;
using namespace rivulet::testing;

namespace {

constexpr int64_t batch = 3;

nn::DitConfig small() {
  return {.side = 4,
          .channels = 2,
          .patch = 2,
          .width = 8,
          .depth = 2,
          .heads = 2,
          .mlp_ratio = 2,
          .classes = {3, 2}};
}

nn::DitInputs inputs(Graph& graph, const nn::DitConfig& config) {
  return {.x = graph.input("x", {batch, config.pixels()}),
          .t = graph.input("t", {batch, 1}),
          .d = graph.input("d", {batch, 1}),
          .guidance = graph.input("guidance", {batch, 1}),
          .labels = graph.input("labels", {batch, static_cast<int64_t>(config.classes.size())})};
}

void write_inputs(Program& program, const nn::DitConfig& config) {
  program.write("x", normal({batch, config.pixels()}, 3).span());
  program.write("t", std::vector<float>{0.1F, 0.5F, 0.9F});
  program.write("d", std::vector<float>{0, 0.25F, 0.03125F});
  program.write("guidance", std::vector<float>{1, 2, 1.5F});
  program.write("labels", std::vector<float>{0, 1, 2, 2, 3, 0});
}

}  // namespace

TEST_CASE("dit: patches hold the pixels of their square, and go back") {
  const nn::DitConfig config{.side = 4, .channels = 2, .patch = 2};
  Graph graph;
  const Value x = graph.input("x", {2, 32});
  const Value patches = nn::patchify(config, x);
  graph.output("patches", patches);
  graph.output("back", nn::unpatchify(config, patches));
  Program program = compile(graph, cpu_device());
  std::vector<float> picture(64);
  for (size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i);
  program.write("x", picture);
  program.run();
  CHECK(patches.shape() == Shape{2, 4, 8});
  const auto back = program.read("back");
  CHECK(std::equal(back.begin(), back.end(), picture.begin()));
  const auto values = program.read("patches");
  for (size_t token = 0; token < 4; ++token) {
    for (size_t k = 0; k < 8; ++k) {
      const size_t row = token / 2 * 2 + k / 4;
      const size_t column = token % 2 * 2 + k / 2 % 2;
      CHECK(values[32 + token * 8 + k] == picture[32 + (row * 4 + column) * 2 + k % 2]);
    }
  }
}

TEST_CASE("dit: attention is the softmax-weighted mean of values") {
  Graph graph;
  const Value q = graph.input("q", {1, 1, 2, 4});
  const Value k = graph.input("k", {1, 1, 3, 4});
  const Value v = graph.input("v", {1, 1, 3, 5});
  graph.output("y", nn::attention(q, k, v));
  Program program = compile(graph, cpu_device());
  feed(program, graph, 7);
  program.run();
  const auto qs = program.read("q");
  const auto ks = program.read("k");
  const auto vs = program.read("v");
  for (size_t i = 0; i < 2; ++i) {
    double weights[3];
    double total = 0;
    for (size_t j = 0; j < 3; ++j) {
      double score = 0;
      for (size_t c = 0; c < 4; ++c) score += double{qs[i * 4 + c]} * double{ks[j * 4 + c]};
      total += weights[j] = std::exp(score / 2);
    }
    for (size_t c = 0; c < 5; ++c) {
      double expected = 0;
      for (size_t j = 0; j < 3; ++j) expected += weights[j] / total * double{vs[j * 5 + c]};
      CHECK(program.read("y")[i * 5 + c] == doctest::Approx(expected).epsilon(1e-5));
    }
  }
  CHECK_THROWS_WITH_AS((void)nn::split_heads(graph.input("x", {2, 3, 10}), 4),
                       "[attention] 4 heads do not divide (2,3,10)", Error);
}

TEST_CASE("dit: begins as zero, and every condition matters once trained") {
  const nn::DitConfig config = small();
  Graph graph;
  nn::Params params(graph, 1);
  graph.output("v", nn::dit(config, params, inputs(graph, config)));
  Program program = compile(graph, cpu_device());
  write_inputs(program, config);
  program.run();
  for (const float v : program.read("v")) CHECK(v == 0);

  stir(program, params);
  program.run();
  const auto span = program.read("v");
  const std::vector<float> before(span.begin(), span.end());
  CHECK(largest(before) > 0.1F);
  const auto changes = [&](const char* name, std::vector<float> values) {
    write_inputs(program, config);
    program.write(name, values);
    program.run();
    const auto now = program.read("v");
    const auto row = static_cast<std::ptrdiff_t>(config.pixels());
    CHECK(std::equal(now.begin() + row, now.end(), before.begin() + row));  // of the others, not
    return largest_difference(now.first(static_cast<size_t>(row)),
                              std::span(before).first(static_cast<size_t>(row)));
  };
  CHECK(changes("t", {0.2F, 0.5F, 0.9F}) > 1e-3F);
  CHECK(changes("d", {0.5F, 0.25F, 0.03125F}) > 1e-3F);
  CHECK(changes("guidance", {3, 2, 1.5F}) > 1e-3F);
  CHECK(changes("labels", {3, 1, 2, 2, 3, 0}) > 1e-3F);
  CHECK(changes("labels", {0, 2, 2, 2, 3, 0}) > 1e-3F);
}

TEST_CASE("dit: with closed gates it normalises each patch, then scales and shifts it") {
  const nn::DitConfig config = small();  // as many numbers in a patch as channels: weights may be 1
  Graph graph;
  nn::Params params(graph, 1);
  const nn::DitInputs in = inputs(graph, config);
  graph.output("v", nn::dit(config, params, in));
  graph.output("patches", nn::patchify(config, in.x));
  Program program = compile(graph, cpu_device());
  write_inputs(program, config);
  std::vector<float> one(64);
  for (size_t i = 0; i < 8; ++i) one[9 * i] = 1;
  program.write("patch.weight", one);
  program.write("final.out.weight", one);
  program.write("position", std::vector<float>(32));
  std::vector<float> shift_and_scale(16, 0.25F);
  std::fill(shift_and_scale.begin() + 8, shift_and_scale.end(), 0.5F);
  program.write("final.adaln.bias", shift_and_scale);
  program.run();
  Graph back;
  const Value rows = back.input("rows", {batch, 4, 8});
  back.output("v", nn::unpatchify(config, rows));
  Program unpatched = compile(back, cpu_device());
  std::vector<float> expected;
  const auto patches = program.read("patches");
  for (size_t row = 0; row < patches.size(); row += 8) {
    double mean = 0;
    double square = 0;
    for (size_t i = 0; i < 8; ++i) mean += patches[row + i] / 8.0;
    for (size_t i = 0; i < 8; ++i) square += std::pow(patches[row + i] - mean, 2) / 8;
    for (size_t i = 0; i < 8; ++i) {
      const double normed = (patches[row + i] - mean) / std::sqrt(square + 1e-5);
      expected.push_back(static_cast<float>(1.5 * normed + 0.25));
    }
  }
  unpatched.write("rows", expected);
  unpatched.run();
  CHECK(largest_difference(program.read("v"), unpatched.read("v")) < 1e-4F);
}

TEST_CASE("dit: the gradient of a whole network equals central differences") {
  const nn::DitConfig config = small();
  Graph graph;
  nn::Params params(graph, 1);
  const nn::DitInputs in = inputs(graph, config);
  const Value error = nn::dit(config, params, in) - graph.input("target", in.x.shape());
  check_gradients(graph, params, mean(square(error)), {in.x}, [&](Program& program) {
    write_inputs(program, config);
    program.write("target", normal(in.x.shape(), 9).span());
  });
}

TEST_CASE("dit: forward and backward are the same on every device") {
  const nn::DitConfig config = small();
  Graph graph;
  nn::Params params(graph, 1);
  const nn::DitInputs in = inputs(graph, config);
  const Value v = nn::dit(config, params, in);
  check_devices(graph, params, v, [&](Program& program) { write_inputs(program, config); });
}

TEST_CASE("dit: sizes that do not fit are named") {
  const auto message = [](nn::DitConfig config) -> std::string {
    try {
      nn::validate(config);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message(small()).empty());
  CHECK(message({.side = 10}) == "[dit] patches of 4 do not tile a side of 10");
  CHECK(message({.width = 100, .heads = 3}) == "[dit] 3 heads do not divide a width of 100");
  CHECK(message({.depth = 0}) == "[dit] depth must be 1..32, not 0");
  CHECK(message({.classes = {0}}) == "[dit] values of an attribute must be 1..255, not 0");
}
