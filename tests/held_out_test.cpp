// The loss of a flow on held-out pictures, and the load of its experts.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "compare.h"
#include "random_model.h"
#include "rivulet/core/error.h"
#include "rivulet/models/held_out.h"
#include "rivulet/models/inputs.h"
#include "rivulet/train/settle_experts.h"

using namespace rivulet;

namespace {

models::PictureModel with_experts(int experts, int chosen) {
  models::PictureModel model = small_picture_model(models::Method::flow_matching);
  model.pictures.net.experts = nn::MoeConfig{.experts = experts, .chosen = chosen, .hidden = 8};
  return model;
}

/// Random pictures: more than one batch, and a batch that is not full.
data::Pictures some_pictures(int64_t count = 257) {
  const models::PictureModel model = small_picture_model(models::Method::flow_matching);
  data::Pictures pictures{.name = "avatars",
                          .side = model.pictures.net.side,
                          .channels = model.pictures.net.channels,
                          .pixels = {},
                          .attributes = model.pictures.attributes,
                          .labels = {}};
  Rng rng(3);
  for (int64_t i = 0; i < count * pictures.numel(); ++i) {
    pictures.pixels.push_back(static_cast<uint8_t>(rng.below(256)));
  }
  for (int64_t i = 0; i < count; ++i) {
    pictures.labels.push_back(static_cast<uint8_t>(rng.below(3)));
    pictures.labels.push_back(static_cast<uint8_t>(rng.below(2)));
  }
  return pictures;
}

models::HeldOut run(const models::PictureModel& model, uint64_t seed,
                    const Device& device = cpu_device()) {
  return models::held_out(random_weights(model, 4), some_pictures(), seed, device, {});
}

}  // namespace

TEST_CASE("held-out: loads are shares of all choices, and the same on every device") {
  const models::HeldOut fast = run(with_experts(4, 2), 1);
  const models::HeldOut oracle = run(with_experts(4, 2), 1, reference_device());
  CHECK(fast.loss == doctest::Approx(oracle.loss).epsilon(1e-4));
  REQUIRE(fast.layers.size() == 1);
  const models::ExpertLoad& layer = fast.layers[0];
  REQUIRE(layer.shares.size() == 4);
  CHECK(layer.per_token == doctest::Approx(2));
  CHECK(std::reduce(layer.shares.begin(), layer.shares.end()) == doctest::Approx(1));
  for (size_t j = 0; j < 4; ++j) {
    CHECK(layer.shares[j] == doctest::Approx(oracle.layers[0].shares[j]).epsilon(0.01));
    CHECK(layer.shares[j] <= 0.5 + 1e-9);  // a token chooses an expert once
  }
  CHECK(layer.max_violation() >= 0);
  CHECK(run(with_experts(4, 2), 1).loss == fast.loss);
  CHECK(run(with_experts(4, 2), 2).loss != fast.loss);
  CHECK(run(with_experts(4, 4), 1).layers[0].max_violation() == doctest::Approx(0));
  CHECK(run(small_picture_model(models::Method::flow_matching), 1).layers.empty());
}

TEST_CASE("held-out: the loss is that of all flow times, each as often as any other") {
  constexpr uint64_t seed = 1;
  constexpr int times = 128;
  constexpr size_t count = 128;  // of the pictures: enough to stand for all
  models::PictureModel model = small_picture_model(models::Method::flow_matching);
  SUBCASE("dense") {}
  SUBCASE("experts") { model = with_experts(4, 2); }
  const io::SafeTensors file = random_weights(model, 4);
  const data::Pictures pictures = some_pictures(1024);
  const auto pixels = static_cast<size_t>(pictures.numel());
  std::vector<float> noise(count * pixels);
  std::vector<float> shown(noise.size());
  for (size_t i = 0; i < count; ++i) {
    const auto picture = static_cast<int64_t>(i);
    models::picture_noise(seed, picture, std::span(noise).subspan(i * pixels, pixels));
    data::to_model(pictures.picture(picture), std::span(shown).subspan(i * pixels, pixels));
  }
  models::PictureSampler sampler(file, static_cast<int>(count), cpu_device());
  const models::PictureRequest request{
      .labels = {pictures.labels.begin(), pictures.labels.begin() + 2 * count}};
  std::vector<float> x_t(noise.size());
  std::vector<float> v(noise.size());
  std::vector<double> loss;  // by time
  for (int i = 0; i < times; ++i) {
    const float t = (static_cast<float>(i) + 0.5F) / times;
    for (size_t k = 0; k < x_t.size(); ++k) x_t[k] = (1 - t) * noise[k] + t * shown[k];
    sampler.velocity(request, x_t, t, 0, v);
    double squares = 0;
    for (size_t k = 0; k < v.size(); ++k) squares += std::pow(v[k] - (shown[k] - noise[k]), 2);
    loss.push_back(squares / static_cast<double>(v.size()));
  }
  const double mean = std::reduce(loss.begin(), loss.end()) / times;
  CHECK(models::held_out(file, pictures, seed, cpu_device(), {}).loss ==
        doctest::Approx(mean).epsilon(0.03));
  CHECK(std::abs(loss.front() / mean - 1) > 0.05);  // no single time would do
  CHECK(std::abs(loss.back() / mean - 1) > 0.05);
}

TEST_CASE("held-out: a sampler's velocity is the network's, with experts and without") {
  models::PictureModel model = small_picture_model(models::Method::flow_matching);
  SUBCASE("dense") {}
  SUBCASE("experts") { model = with_experts(4, 2); }
  const io::SafeTensors file = random_weights(model, 4);
  const std::vector<float> labels = {0, 1, 2, 0, 3, 2};
  const float t = 0.3F;
  const float d = 0;
  const float guidance = 1;
  Graph graph;
  nn::Params params(graph, file);
  const nn::DitInputs inputs = models::picture_inputs(graph, model.pictures.net, 3);
  std::vector<float> x(static_cast<size_t>(inputs.x.shape().numel()));
  Rng(5).normal(x);
  graph.output("v", nn::dit(model.pictures.net, params, inputs));
  Program program = compile(graph, reference_device());
  program.write(models::input::x, x);
  program.write(models::input::t, {&t, 1});
  program.write(models::input::d, {&d, 1});
  program.write(models::input::guidance, {&guidance, 1});
  models::write_labels(program, labels);
  program.run();
  models::PictureSampler sampler(file, 3, cpu_device());
  std::vector<float> v(x.size());
  sampler.velocity({.labels = labels}, x, t, d, v);
  testing::check_close(v, program.read("v"), 1e-3F);
}

TEST_CASE("held-out: an expert that gets less than 1 % of its fair share is dead") {
  const models::ExpertLoad load{.block = 0, .shares = {0.5, 0.4976, 0.0024, 0}, .per_token = 2};
  CHECK(load.dead() == 2);
  CHECK(load.max_violation() == doctest::Approx(1));
}

TEST_CASE("held-out: pictures that do not fit are refused") {
  data::Pictures others = some_pictures(3);
  others.attributes.pop_back();
  CHECK_THROWS_AS(
      (void)models::held_out(random_weights(with_experts(4, 2), 4), others, 1, cpu_device(), {}),
      Error);
}

TEST_CASE("held-out: settled thresholds even out the load, and nothing else changes") {
  const models::PictureModel model = with_experts(4, 1);
  io::SafeTensors before = random_weights(model, 4);
  for (auto& [name, tensor] : before.tensors) {  // thresholds that keep one expert idle
    if (name.ends_with(".threshold")) tensor.span()[0] = 5;
  }
  const auto pictures = std::make_shared<const data::Pictures>(some_pictures(600));
  const auto settle = [&](const models::PictureModel& of, io::SafeTensors file) {
    train::settle_experts(of, {}, pictures, 1, cpu_device(), {}, file);
    return file;
  };
  const io::SafeTensors after = settle(model, before);
  const auto violation = [&](const io::SafeTensors& file) {
    return models::held_out(file, *pictures, 2, cpu_device(), {}).layers[0].max_violation();
  };
  CHECK(violation(before) > 0.3);
  CHECK(violation(after) < 0.15);
  int changed = 0;
  for (size_t i = 0; i < before.tensors.size(); ++i) {
    const auto& [name, tensor] = before.tensors[i];
    changed += std::ranges::equal(tensor.span(), after.tensors[i].tensor.span()) ? 0 : 1;
  }
  CHECK(changed == 1);  // the thresholds of the one layer
  CHECK(io::serialise(settle(model, before), io::Precision::f32) ==
        io::serialise(after, io::Precision::f32));
  const models::PictureModel dense = small_picture_model(models::Method::flow_matching);
  const io::SafeTensors file = random_weights(dense, 4);
  CHECK(io::serialise(settle(dense, file), io::Precision::f32) ==
        io::serialise(file, io::Precision::f32));
}
