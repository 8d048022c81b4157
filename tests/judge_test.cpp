// The judge: its network against plain loops, its card, and that it learns.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/judge.h"
#include "rivulet/nn/judge.h"
#include "rivulet/train/judge.h"

using namespace rivulet;

namespace {

/// 8x8 RGB pictures of a bright square in one of four corners, in one of three colours, on noise.
data::Pictures squares(int64_t count, uint64_t seed) {
  data::Pictures pictures;
  pictures.name = "squares";
  pictures.side = 8;
  pictures.channels = 3;
  pictures.attributes = {{"corner", {"a", "b", "c", "d"}}, {"colour", {"red", "green", "blue"}}};
  Rng rng(seed);
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t corner = rng.below(4);
    const uint32_t colour = rng.below(3);
    for (uint32_t p = 0; p < 192; ++p) {
      const uint32_t y = p / 24;
      const uint32_t x = p / 3 % 8;
      const bool inside = (y / 4) * 2 + x / 4 == corner && p % 3 == colour;
      pictures.pixels.push_back(static_cast<uint8_t>(rng.below(100) + (inside ? 150 : 0)));
    }
    pictures.labels.push_back(static_cast<uint8_t>(corner));
    pictures.labels.push_back(static_cast<uint8_t>(colour));
  }
  return pictures;
}

using Picture = std::vector<double>;  // [H,W,C]

/// The largest of 2x2 pixels of a 3x3 convolution, 0 where negative, in plain loops.
Picture stage(const Picture& x, int side, int channels, const Program& program,
              const std::string& name, int outputs) {
  const auto weight = program.read(name + ".weight");  // [9C,O]
  const auto bias = program.read(name + ".bias");
  Picture pooled(static_cast<size_t>(side / 2 * (side / 2) * outputs));
  for (int y = 0; y < side; ++y) {
    for (int at = 0; at < side; ++at) {
      for (int o = 0; o < outputs; ++o) {
        double sum = bias[static_cast<size_t>(o)];
        for (int k = 0; k < 9 * channels; ++k) {
          const int from_y = y + k / (3 * channels) - 1;
          const int from_x = at + k / channels % 3 - 1;
          if (from_y < 0 || from_x < 0 || from_y >= side || from_x >= side) continue;
          const int pixel = (from_y * side + from_x) * channels + k % channels;
          sum +=
              x[static_cast<size_t>(pixel)] * double{weight[static_cast<size_t>(k * outputs + o)]};
        }
        const int pixel = (y / 2 * (side / 2) + at / 2) * outputs + o;
        double& largest = pooled[static_cast<size_t>(pixel)];
        largest = std::max(largest, sum);
      }
    }
  }
  return pooled;
}

std::vector<double> linear(const std::vector<double>& x, const Program& program,
                           const std::string& name) {
  const auto weight = program.read(name + ".weight");
  const auto bias = program.read(name + ".bias");
  std::vector<double> y(bias.begin(), bias.end());
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t o = 0; o < y.size(); ++o) y[o] += x[i] * double{weight[i * y.size() + o]};
  }
  return y;
}

constexpr train::JudgeTraining short_training{.batch = 32, .steps = 120};

train::Trainer trainer_of(const std::shared_ptr<const data::Pictures>& pictures) {
  models::JudgeModel model = models::judge_for(*pictures);
  model.net.width = 4;
  model.net.features = 16;
  train::TrainerConfig config = train::judge_trainer(short_training);
  config.learning_rate = 0.01F;
  config.ema_decay = 0.9F;
  config.warmup = 10;
  return {train::judge_objective(model, short_training, pictures), config, cpu_device()};
}

}  // namespace

TEST_SUITE_BEGIN("judge");

TEST_CASE("judge: the network is what plain loops compute") {
  const nn::JudgeConfig config{
      .side = 8, .channels = 3, .classes = {4, 3}, .width = 5, .features = 6};
  Graph graph;
  nn::Params params(graph, 1);
  const nn::JudgeOutputs outputs = nn::judge(config, params, graph.input("x", {3, 192}));
  graph.output("features", outputs.features);
  graph.output("corner", outputs.logits[0]);
  graph.output("colour", outputs.logits[1]);
  std::vector<float> x(576);
  Rng(2).normal(x);
  std::vector<float> bias(5);
  Rng(3).normal(bias);
  for (const Device* device : devices()) {
    CAPTURE(device->name);
    Program program = compile(graph, *device);
    program.write("x", x);
    program.write("conv.1.bias", bias);
    program.run();
    for (size_t row = 0; row < 3; ++row) {
      const Picture picture(&x[row * 192], &x[row * 192] + 192);
      Picture h = stage(picture, 8, 3, program, "conv.1", 5);
      h = stage(h, 4, 5, program, "conv.2", 10);
      std::vector<double> features = linear(h, program, "features");
      for (size_t i = 0; i < 6; ++i) {
        CHECK(std::fabs(program.read("features")[row * 6 + i] - features[i]) < 1e-4);
      }
      for (double& feature : features) feature = std::max(feature, 0.0);
      const auto corner = linear(features, program, "attribute.0");
      const auto colour = linear(features, program, "attribute.1");
      for (size_t i = 0; i < 4; ++i) {
        CHECK(std::fabs(program.read("corner")[row * 4 + i] - corner[i]) < 1e-4);
      }
      for (size_t i = 0; i < 3; ++i) {
        CHECK(std::fabs(program.read("colour")[row * 3 + i] - colour[i]) < 1e-4);
      }
    }
  }
}

TEST_CASE("judge: any side, and large pictures are halved until as little is left") {
  for (const auto& [side, stages, left] :
       {std::tuple{10, 2, 3}, {64, 2, 16}, {66, 3, 9}, {96, 3, 12}, {300, 5, 10}}) {
    CAPTURE(side);
    const nn::JudgeConfig config{
        .side = side, .channels = 1, .classes = {2}, .width = 1, .features = 2};
    nn::validate(config);
    Graph graph;
    nn::Params params(graph, 1);
    const Value x = graph.input("x", {1, int64_t{side} * side});
    graph.output("features", nn::judge(config, params, x).features);
    int convolutions = 0;
    int64_t inputs = 0;
    for (const nn::Param& param : params.all()) {
      convolutions += param.name.starts_with("conv.") && param.name.ends_with(".weight") ? 1 : 0;
      if (param.name == "features.weight") inputs = param.value.shape().numel() / 2;
    }
    CHECK(convolutions == stages);
    CHECK(inputs == 2 * left * left);
    std::vector<float> pixels(static_cast<size_t>(side) * static_cast<size_t>(side));
    Rng(2).normal(pixels);
    std::vector<std::vector<float>> features;
    for (const Device* device : devices()) {
      Program program = compile(graph, *device);
      program.write("x", pixels);
      program.run();
      const auto found = program.read("features");
      features.emplace_back(found.begin(), found.end());
      for (size_t i = 0; i < found.size(); ++i) {
        CHECK(std::fabs(found[i] - features[0][i]) < 1e-4F * (1 + std::fabs(found[i])));
      }
    }
  }
}

TEST_CASE("judge: a configuration out of range is an error that names the field") {
  const nn::JudgeConfig good{.side = 8, .channels = 3, .classes = {4}};
  nn::validate(good);
  const auto refuses = [&](auto change) {
    nn::JudgeConfig config = good;
    change(config);
    CHECK_THROWS_AS(nn::validate(config), Error);
  };
  refuses([](nn::JudgeConfig& c) { c.side = 2; });
  refuses([](nn::JudgeConfig& c) { c.side = 1025; });
  refuses([](nn::JudgeConfig& c) { c.side = 0; });
  refuses([](nn::JudgeConfig& c) { c.channels = 5; });
  refuses([](nn::JudgeConfig& c) { c.width = 1000; });
  refuses([](nn::JudgeConfig& c) { c.features = 0; });
  refuses([](nn::JudgeConfig& c) { c.classes = {}; });
  refuses([](nn::JudgeConfig& c) { c.classes = {4, 0}; });
  data::Pictures unlabelled = squares(1, 1);
  unlabelled.attributes.clear();
  CHECK_THROWS_AS((void)models::judge_for(unlabelled), Error);
}

TEST_CASE("judge: learns from labelled pictures, and its file judges others") {
  const auto pictures = std::make_shared<const data::Pictures>(squares(500, 1));
  train::Trainer trainer = trainer_of(pictures);
  const float before = trainer.step();
  CHECK(trainer.losses().size() == 3);  // the sum, and one of each attribute
  CHECK(before == doctest::Approx(trainer.losses()[1].second + trainer.losses()[2].second));
  float after = before;
  while (trainer.steps() < short_training.steps) after = trainer.step();
  CHECK(after < 0.1F * before);

  const io::Bytes bytes = io::serialise(trainer.weights(), io::Precision::f16);
  const io::SafeTensors file = io::parse_safetensors(bytes);
  const data::Pictures others = squares(333, 2);
  models::Judge judge(file, cpu_device(), {}, 100);  // the last batch is not full
  CHECK(judge.model().dataset == "squares");
  CHECK(judge.model().attributes == pictures->attributes);
  const models::Opinion opinion = judge(others);
  CHECK(opinion.features.size() == 333 * 16);
  for (const double share : models::accuracies(opinion.labels, others.labels, 2)) {
    CHECK(share > 0.97);
  }
  REQUIRE(opinion.shares.size() == opinion.labels.size());
  double sure = 0;
  for (const float share : opinion.shares) {
    CHECK(share > 0);
    CHECK(share <= 1);
    sure += share;
  }
  CHECK(sure > 0.9 * static_cast<double>(opinion.shares.size()));

  // Neither the batch nor the way pixels come matters.
  std::vector<float> x(others.pixels.size());
  data::to_model(others.pixels, x);
  const models::Opinion again = models::Judge(file, cpu_device(), {}, 7)(x);
  CHECK(again.labels == opinion.labels);
  for (size_t i = 0; i < again.features.size(); ++i) {
    CHECK(std::fabs(again.features[i] - opinion.features[i]) < 1e-3F);
  }
  CHECK_THROWS_AS((void)judge(std::span(x).first(100)), Error);
  data::Pictures grey = others;
  grey.channels = 1;
  CHECK_THROWS_AS((void)judge(grey), Error);
}

TEST_CASE("judge: shares are those of the largest logit, however large") {
  io::SafeTensors file =
      trainer_of(std::make_shared<const data::Pictures>(squares(1, 1))).weights();
  for (io::NamedTensor& named : file.tensors) {
    if (named.name == "attribute.1.weight") std::ranges::fill(named.tensor.span(), 0.0F);
    if (named.name == "attribute.1.bias") {
      std::ranges::copy(std::vector<float>{-200, 1, 0}, named.tensor.span().begin());
    }
  }
  const models::Opinion opinion = models::Judge(file, cpu_device())(squares(2, 3));
  for (const size_t row : {0U, 1U}) {
    CHECK(opinion.labels[2 * row + 1] == 1);
    CHECK(opinion.shares[2 * row + 1] == doctest::Approx(1 / (1 + std::exp(-1.0))));
  }
}

TEST_CASE("judge: training goes on from a checkpoint to the bit") {
  const auto pictures = std::make_shared<const data::Pictures>(squares(50, 1));
  train::Trainer whole = trainer_of(pictures);
  for (int i = 0; i < 5; ++i) (void)whole.step();
  const io::SafeTensors checkpoint = whole.checkpoint();
  train::Trainer rest = trainer_of(pictures);
  rest.restore(checkpoint);
  for (int i = 0; i < 3; ++i) CHECK(whole.step() == rest.step());
}

TEST_CASE("judge: a card that lacks or distorts something is an error") {
  const models::JudgeModel model = models::judge_for(squares(1, 1));
  io::SafeTensors file{.metadata = models::judge_card(model), .tensors = {}};
  const models::JudgeModel read = models::judge_model(file);
  CHECK(read.net == model.net);
  CHECK(read.attributes == model.attributes);
  CHECK_THROWS_AS(models::Judge(file, cpu_device()), Error);  // no weights
  for (const auto& [key, text] : file.metadata) {
    io::SafeTensors lacking = file;
    lacking.metadata.erase(key);
    CHECK_THROWS_AS((void)models::judge_model(lacking), Error);
  }
  for (const auto& [key, text] : {std::pair{"architecture", "dit"},
                                  {"side", "3"},
                                  {"side", "4000"},
                                  {"channels", "none"},
                                  {"width", "-3"},
                                  {"features", "0"},
                                  {"attributes", "[]"},
                                  {"attributes", "{"}}) {
    CAPTURE(key);
    io::SafeTensors distorted = file;
    distorted.metadata[key] = text;
    CHECK_THROWS_AS((void)models::judge_model(distorted), Error);
  }
}

TEST_CASE("judge: pictures that do not fit the network are refused") {
  const auto pictures = std::make_shared<const data::Pictures>(squares(4, 1));
  models::JudgeModel model = models::judge_for(*pictures);
  model.net.classes = {4, 4};
  CHECK_THROWS_AS((void)train::judge_objective(model, {}, pictures), Error);
  model = models::judge_for(*pictures);
  model.net.side = 12;
  CHECK_THROWS_AS((void)train::judge_objective(model, {}, pictures), Error);
  model = models::judge_for(*pictures);
  CHECK_THROWS_AS((void)train::judge_objective(model, {.batch = 0}, pictures), Error);
  CHECK_THROWS_AS((void)train::judge_objective(model, {.shift = 100}, pictures), Error);
  data::Pictures wrong = squares(4, 1);
  wrong.labels[3] = 3;  // of the colours 0, 1, 2
  CHECK_THROWS_AS(
      (void)train::judge_objective(model, {}, std::make_shared<const data::Pictures>(wrong)),
      Error);
  wrong.labels.pop_back();
  CHECK_THROWS_AS(
      (void)train::judge_objective(model, {}, std::make_shared<const data::Pictures>(wrong)),
      Error);
  const auto none = std::make_shared<const data::Pictures>(squares(0, 1));
  CHECK_THROWS_AS((void)train::judge_objective(model, {}, none), Error);
}

TEST_CASE("judge: who trains one as it ships has the settings of its card") {
  const train::JudgeTraining garments{.batch = 128, .steps = 6000, .shift = 1, .mirror = true};
  const train::JudgeTraining faces{.batch = 128, .steps = 3000, .shift = 0, .mirror = false};
  CHECK(train::usual_judge_training("fashion") == garments);
  CHECK(train::usual_judge_training("avatars") == faces);
  const train::TrainerConfig trainer = train::judge_trainer(garments);
  CHECK(trainer.learning_rate == 0.003F);
  CHECK(trainer.weight_decay == 0.05F);
  CHECK(trainer.ema_decay == 0.998F);
  CHECK(trainer.warmup == 100);
  CHECK(trainer.schedule_steps == 6000);
  CHECK(trainer.floor == 0.02F);
}

TEST_CASE("judge: settings of training survive a card") {
  const train::JudgeTraining training{.batch = 7, .steps = 99, .shift = 2, .mirror = true};
  io::Card card = train::judge_training_card(training);
  CHECK(train::judge_training(card) == training);
  card["shift"] = "9";
  CHECK_THROWS_AS((void)train::judge_training(card), Error);
  card.erase("shift");
  CHECK_THROWS_AS((void)train::judge_training(card), Error);
}

TEST_CASE("judge: a picture is moved, its edges repeated, and mirrored") {
  const std::vector<uint8_t> picture{1, 2, 3, 4, 5, 6, 7, 8, 9};
  const auto moved = [&](int dx, int dy, bool mirror) {
    std::vector<uint8_t> out(9);
    train::moved_picture(picture, 3, 1, dx, dy, mirror, out);
    return out;
  };
  CHECK(moved(0, 0, false) == picture);
  CHECK(moved(1, 0, false) == std::vector<uint8_t>{2, 3, 3, 5, 6, 6, 8, 9, 9});
  CHECK(moved(0, -1, false) == std::vector<uint8_t>{1, 2, 3, 1, 2, 3, 4, 5, 6});
  CHECK(moved(0, 0, true) == std::vector<uint8_t>{3, 2, 1, 6, 5, 4, 9, 8, 7});
  const std::vector<uint8_t> rgb{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::vector<uint8_t> out(12);
  train::moved_picture(rgb, 2, 3, 0, 0, true, out);
  CHECK(out == std::vector<uint8_t>{4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9});
}

TEST_CASE("judge: accuracies count each attribute by itself") {
  const std::vector<uint8_t> labels{0, 1, 2, 3, 4, 5};
  const std::vector<uint8_t> truth{0, 1, 2, 0, 0, 0};
  CHECK(models::accuracies(labels, truth, 2)[0] == doctest::Approx(2.0 / 3));
  CHECK(models::accuracies(labels, truth, 2)[1] == doctest::Approx(1.0 / 3));
  CHECK(models::accuracies(labels, truth, 1)[0] == doctest::Approx(0.5));
  CHECK_THROWS_AS((void)models::accuracies(labels, truth, 4), Error);
  CHECK_THROWS_AS((void)models::accuracies({}, {}, 1), Error);
}

TEST_SUITE_END();
