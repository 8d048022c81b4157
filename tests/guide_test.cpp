// Guidance by selection: a judge's gradient, and codes that a judge chooses.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "random_model.h"
#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/models/guide.h"
#include "rivulet/models/pictures.h"
#include "rivulet/nn/params.h"

using namespace rivulet;
using namespace rivulet::models;

namespace {

/// A judge of 8x8 RGB pictures with random weights.
io::SafeTensors random_judge() {
  JudgeModel model;
  model.net.side = 8;
  model.net.channels = 3;
  model.net.width = 4;
  model.dataset = "squares";
  model.attributes = {{"colour", {"red", "green", "blue"}}, {"hat", {"no", "yes"}}};
  model.net.classes = classes_of(model.attributes);
  Graph graph;
  nn::Params params(graph, 1);
  (void)nn::judge(model.net, params, graph.input("x", {1, model.net.pixels()}));
  return random_weights(params, judge_card(model), 2);
}

constexpr size_t pixels = 192;

std::vector<float> normal(size_t n, uint64_t seed) {
  std::vector<float> x(n);
  Rng(seed).normal(x);
  return x;
}

}  // namespace

TEST_SUITE("guide") {
  TEST_CASE("the logarithm is that of the product of the shares of all labels") {
    const io::SafeTensors file = random_judge();
    const std::vector<float> x = normal(pixels, 7);
    const Opinion opinion = Judge(file, cpu_device())(x);
    const std::vector<float> labels(opinion.labels.begin(), opinion.labels.end());
    std::vector<float> gradient(x.size());
    JudgeGradient judge(file, 1, cpu_device());
    CHECK(judge(labels, x, gradient) ==
          doctest::Approx(std::log(opinion.shares[0]) + std::log(opinion.shares[1])));
    CHECK(judge(std::vector<float>{labels[0], 2}, x, gradient) ==  // any hat
          doctest::Approx(std::log(opinion.shares[0])));
  }

  TEST_CASE("the gradient of a judge's opinion is that of finite differences") {
    for (const Device* device : devices()) {
      JudgeGradient judge(random_judge(), 2, *device);
      const std::vector<float> x = normal(3 * pixels, 5);  // more rows than a batch
      for (const std::vector<float>& labels :
           {std::vector<float>{1, 0}, std::vector<float>{2, 2}}) {
        std::vector<float> gradient(x.size());
        (void)judge(labels, x, gradient);
        const std::vector<float> way = normal(x.size(), 6);
        std::vector<float> scratch(x.size());
        const auto at = [&](float step) {
          std::vector<float> moved = x;
          for (size_t i = 0; i < x.size(); ++i) moved[i] += step * way[i];
          return double{judge(labels, moved, scratch)} * 3;
        };
        double along = 0;
        for (size_t i = 0; i < x.size(); ++i) along += double{gradient[i]} * way[i];
        CHECK(along == doctest::Approx((at(1e-3F) - at(-1e-3F)) / 2e-3).epsilon(0.02));
      }
    }
  }

  TEST_CASE("any for every attribute is no pull at all; labels and sizes are checked") {
    JudgeGradient judge(random_judge(), 2, cpu_device());
    std::vector<float> gradient(pixels);
    CHECK(judge(std::vector<float>{3, 2}, normal(pixels, 1), gradient) == 0);
    CHECK(std::ranges::all_of(gradient, [](float value) { return value == 0; }));
    CHECK_THROWS_AS(judge(std::vector<float>{4, 0}, normal(pixels, 1), gradient), Error);
    CHECK_THROWS_AS(judge(std::vector<float>{1}, normal(pixels, 1), gradient), Error);
    CHECK_THROWS_AS(judge(std::vector<float>{1, 1}, normal(100, 1), gradient), Error);
  }

  TEST_CASE("noise that a judge chooses brings what was asked for, random noise does not") {
    JudgeGradient judge(random_judge(), 8, cpu_device());
    const Denoise denoise = [](std::span<const float> x, NoiseLevel level, std::span<float> x0) {
      std::ranges::transform(x, x0.begin(), [&](float value) { return level.abar * value; });
    };
    const DdcmSettings settings{.codes = 20, .bits = 6, .noise = 1};
    const Ddcm codec(settings, denoise, pixels);
    std::vector<float> gradient(pixels);
    const auto opinion = [&](const std::vector<float>& labels, const std::vector<float>& x) {
      return judge(labels, x, gradient);
    };
    for (const std::vector<float>& labels : {std::vector<float>{0, 2}, {1, 2}, {2, 1}}) {
      const std::vector<float> guided = codec.choose(pull_towards(judge, labels), 1).finish().x;
      const std::vector<float> random = codec.replay({random_code(settings, 4)}).finish().x;
      CHECK(opinion(labels, guided) > std::log(0.8F));
      CHECK(opinion(labels, guided) > opinion(labels, random));
    }
  }
}
