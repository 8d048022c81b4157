// Back-propagation through TarFlow by inverting its blocks.
#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "compare.h"
#include "rivulet/core/error.h"
#include "rivulet/train/tarflow_backprop.h"

using namespace rivulet;
using namespace rivulet::testing;
using train::Kept;

namespace {

constexpr int64_t batch = 3;

nn::TarflowConfig few(int blocks = 4) {
  return {.tokens = 5,
          .dims = 4,
          .blocks = blocks,
          .layers = {.width = 16, .depth = 2, .heads = 2, .mlp_ratio = 2},
          .classes = {3}};
}

train::TarflowBackprop stirred(const nn::TarflowConfig& config, Kept kept) {
  train::TarflowBackprop step(config, batch, kept, 1, cpu_device());
  uint64_t seed = 100;
  for (const std::string& name : step.names()) {
    const auto size = static_cast<int64_t>(step.gradient(name).size());
    step.write(name, normal({size}, ++seed, 0.15F).span());
  }
  return step;
}

}  // namespace

TEST_CASE("tarflow backprop: gradients are those of the ordinary step") {
  std::vector<std::pair<const char*, nn::TarflowConfig>> configs = {
      {"tokens", few()},   {"additive", few()},   {"halves", few()},     {"to data", few(2)},
      {"one way", few(3)}, {"one block", few(1)}, {"triangular", few(2)}};
  configs[1].second.coupling = nn::Coupling::additive;
  configs[2].second.given = nn::Given::half_of_a_token;
  configs[3].second.direction = nn::Direction::to_data;
  configs[4].second.alternate = false;
  configs[6].second.coupling = nn::Coupling::triangular;
  const Tensor x = normal({batch, 5, 4}, 3);
  const std::vector<float> labels = {0, 2, 3};
  for (const auto& [name, config] : configs) {
    CAPTURE(name);
    train::TarflowBackprop ordinary = stirred(config, Kept::activations);
    const float loss = ordinary.run(x.span(), labels);
    for (const Kept kept : {Kept::inputs, Kept::nothing}) {
      CAPTURE(name_of(kept));
      train::TarflowBackprop step = stirred(config, kept);
      CHECK(step.run(x.span(), labels) == doctest::Approx(loss).epsilon(1e-5));
      for (const std::string& weight : ordinary.names()) {
        CAPTURE(weight);
        const auto want = ordinary.gradient(weight);
        CHECK(largest_difference(step.gradient(weight), want) <= 1e-4F * largest(want) + 1e-7F);
      }
    }
  }
}

TEST_CASE("tarflow backprop: without stored activations more blocks take no more memory") {
  nn::TarflowConfig wide = few(2);
  wide.tokens = 16;
  wide.layers.width = 32;
  const auto bytes_without_gradients = [&](Kept kept, int blocks) {
    wide.blocks = blocks;
    const train::TarflowBackprop step(wide, 16, kept, 1, cpu_device());
    int64_t bytes = step.bytes();
    for (const std::string& name : step.names()) {
      bytes -= static_cast<int64_t>(step.gradient(name).size() * sizeof(float));
    }
    return bytes;
  };
  const int64_t few_blocks = bytes_without_gradients(Kept::nothing, 2);
  CHECK(bytes_without_gradients(Kept::nothing, 6) == few_blocks);
  const int64_t tokens = 16 * 16 * 4 * 4;
  CHECK(bytes_without_gradients(Kept::inputs, 6) ==
        bytes_without_gradients(Kept::inputs, 2) + 4 * tokens);
  CHECK(bytes_without_gradients(Kept::activations, 6) >
        2 * bytes_without_gradients(Kept::activations, 2));
}

TEST_CASE("tarflow backprop: weights have names and sizes") {
  train::TarflowBackprop step(few(1), batch, Kept::nothing, 1, cpu_device());
  CHECK_THROWS_AS(step.write("block.7.in.bias", {}), Error);
  CHECK_THROWS_AS(step.write("block.0.in.bias", {}), Error);
}
