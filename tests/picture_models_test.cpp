// Training and sampling of picture models: losses, resuming, overfitting, guidance, bad files.
#include <doctest/doctest.h>

#include <cmath>

#include "compare.h"
#include "eight_pictures.h"
#include "rivulet/core/error.h"
#include "rivulet/models/pictures.h"
#include "rivulet/train/pictures.h"

using namespace rivulet;
using namespace rivulet::testing;
using models::Method;

namespace {

models::PictureModel tiny(Method method) {
  models::PictureModel model = train::picture_model_for(method, *eight_pictures());
  model.pictures.net.width = 32;
  model.pictures.net.depth = 2;
  model.pictures.net.heads = 2;
  model.pictures.net.patch = 4;
  return model;
}

train::Trainer trainer(Method method, int batch = 28, uint64_t seed = 1) {
  const train::TrainerConfig config{.learning_rate = 4e-3F,
                                    .ema_decay = 0.98F,
                                    .warmup = 20,
                                    .schedule_steps = 1000,
                                    .seed = seed};
  return {train::picture_objective(tiny(method), {.rows = {.batch = batch}}, eight_pictures()),
          config, cpu_device()};
}

io::SafeTensors through_bytes(const io::SafeTensors& file, io::Precision precision) {
  return io::parse_safetensors(io::serialise(file, precision));
}

/// The labels of all eight pictures.
models::PictureRequest eight_labels(int steps, float guidance = 1) {
  models::PictureRequest request{.labels = {}, .guidance = guidance, .steps = steps};
  const auto set = eight_pictures();
  request.labels.assign(set->labels.begin(), set->labels.end());
  return request;
}

}  // namespace

TEST_CASE("picture models: the loss of a fixed batch is what it was") {
  for (const auto& [method, expected] :
       {std::pair{Method::flow_matching, 1.88664}, std::pair{Method::shortcut, 1.4185}}) {
    CAPTURE(models::name_of(method));
    train::Trainer fixed = trainer(method);
    float loss = 0;
    for (int i = 0; i < 5; ++i) loss = fixed.step();
    CHECK(loss == doctest::Approx(expected).epsilon(1e-4));
  }
}

TEST_CASE("picture models: training that was interrupted ends in the same bits") {
  train::Trainer whole = trainer(Method::shortcut);
  for (int i = 0; i < 6; ++i) (void)whole.step();
  io::SafeTensors middle;
  {
    train::Trainer first = trainer(Method::shortcut);
    for (int i = 0; i < 3; ++i) (void)first.step();
    middle = through_bytes(first.checkpoint(), io::Precision::f32);
  }
  CHECK(train::trainer_config(middle.metadata) == whole.config());
  CHECK(train::picture_training(middle.metadata) == train::PictureTraining{.rows = {.batch = 28}});
  train::Trainer second = trainer(Method::shortcut);
  second.restore(middle);
  CHECK(second.steps() == 3);
  for (int i = 0; i < 3; ++i) (void)second.step();
  CHECK(io::serialise(second.checkpoint(), io::Precision::f32) ==
        io::serialise(whole.checkpoint(), io::Precision::f32));
}

TEST_CASE("picture models: a checkpoint that does not fit changes nothing") {
  train::Trainer first = trainer(Method::shortcut);
  (void)first.step();
  const io::SafeTensors before = first.checkpoint();
  CHECK(message_of([&] {
          first.restore(first.weights());
        }).find("it holds weights to sample from") != std::string::npos);
  io::SafeTensors other = before;
  for (io::NamedTensor& entry : other.tensors) {
    if (entry.name == "training/final.out.bias") entry.tensor = Tensor({3});
  }
  CHECK(message_of([&] { first.restore(other); }) ==
        "[resume] 'final.out.bias' is (3) in the file, not (16)");
  other = before;
  other.metadata["seed"] = "7";
  CHECK(message_of([&] { first.restore(other); }) ==
        "[resume] the checkpoint was trained with seed 7, not 1");
  other.metadata.erase("step");
  CHECK(message_of([&] { first.restore(other); }) == "[model card] it lacks 'step'");
  CHECK(io::serialise(first.checkpoint(), io::Precision::f32) ==
        io::serialise(before, io::Precision::f32));
}

TEST_CASE("picture models: a loss that is not finite stops, and the weights stay") {
  train::Trainer broken = trainer(Method::flow_matching);
  (void)broken.step();
  auto bias = broken.program().read("final.out.bias");
  std::vector<float> poisoned(bias.begin(), bias.end());
  poisoned[0] = 3e38F;
  broken.program().write("final.out.bias", poisoned);
  const auto weight = broken.program().read("patch.weight");
  const std::vector<float> before(weight.begin(), weight.end());
  CHECK(message_of([&] { (void)broken.step(); }).find("the loss is not finite at step 1") !=
        std::string::npos);
  const auto after = broken.program().read("patch.weight");
  CHECK(std::equal(before.begin(), before.end(), after.begin()));
  CHECK(broken.steps() == 1);
}

TEST_CASE(
    "picture models: eight pictures are learned by heart, by the shortcut for few steps as well") {
  const auto set = eight_pictures();
  std::vector<float> wanted(set->pixels.size());
  data::to_model(set->pixels, wanted);
  const auto error = [&](const io::SafeTensors& weights, int steps, float guidance = 1) {
    models::PictureSampler sampler(weights, 8, cpu_device());
    std::vector<float> x = eight_noises(5);
    sampler.sample(eight_labels(steps, guidance), x);
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += std::pow(x[i] - wanted[i], 2);
    return sum / static_cast<double>(x.size());
  };
  // Another of the eight in place of the wanted one would be an error of 1, their mean 0.44.
  for (const auto& [method, limit] :
       {std::pair{Method::flow_matching, 0.05}, std::pair{Method::shortcut, 0.15}}) {
    train::Trainer heart = trainer(method);
    for (int i = 0; i < 1000; ++i) (void)heart.step();
    const io::SafeTensors weights = through_bytes(heart.weights(), io::Precision::f16);
    CAPTURE(models::name_of(method));
    CHECK(error(weights, 16) < limit);
    CHECK(error(weights, 4) < limit);
    CHECK(error(weights, 4, 1.5F) < limit);  // with the guidance that steps have learned
  }
}

TEST_CASE("picture models: samples depend on seed, labels and steps alone, not on the batch") {
  train::Trainer short_trained = trainer(Method::shortcut);
  for (int i = 0; i < 60; ++i) (void)short_trained.step();
  const io::SafeTensors weights = short_trained.weights();
  models::PictureSampler eight(weights, 8, cpu_device());
  models::PictureSampler one(weights, 1, cpu_device());
  const models::PictureRequest request = eight_labels(4, 2);
  std::vector<float> x = eight_noises(3);
  std::vector<float> again = x;
  eight.sample(request, x);
  eight.sample(request, again);
  CHECK(x == again);
  for (size_t i : {size_t{0}, size_t{5}}) {
    std::vector<float> single(64);
    models::picture_noise(3, static_cast<int64_t>(i), single);
    one.sample(
        {.labels = {request.labels[2 * i], request.labels[2 * i + 1]}, .guidance = 2, .steps = 4},
        single);
    check_close(single, std::span(x).subspan(i * 64, 64), 1e-5F);
  }
  CHECK(eight.evaluations(request) == 1);
  CHECK(eight.evaluations(eight_labels(128, 2)) == 2);
  CHECK(eight.evaluations(eight_labels(128, 1)) == 1);
}

TEST_CASE("picture models: guidance at d = 0 is v_any + w (v_labels - v_any), its end clipped") {
  train::Trainer short_trained = trainer(Method::flow_matching);
  for (int i = 0; i < 30; ++i) (void)short_trained.step();
  models::PictureSampler sampler(short_trained.weights(), 8, cpu_device());
  const std::vector<float> x = eight_noises(3);
  const auto velocity = [&](const models::PictureRequest& request) {
    std::vector<float> v(x.size());
    sampler.velocity(request, x, 0.4F, 0, v);
    return v;
  };
  models::PictureRequest any = eight_labels(1);
  for (size_t i = 0; i < 8; ++i) {
    any.labels[2 * i] = sampler.model().any()[0];
    any.labels[2 * i + 1] = sampler.model().any()[1];
  }
  const auto unguided = velocity(any);
  const auto conditional = velocity(eight_labels(1));
  std::vector<float> expected(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    expected[i] = unguided[i] + 2.5F * (conditional[i] - unguided[i]);
    expected[i] = (std::clamp(x[i] + 0.6F * expected[i], -1.0F, 1.0F) - x[i]) / 0.6F;
  }
  CHECK(largest_difference(conditional, unguided) > 1e-3F);
  check_close(velocity(eight_labels(1, 2.5F)), expected, 1e-6F);

  std::vector<float> belief(x.size());
  sampler.belief(eight_labels(1), x, 0.4F, belief);
  for (size_t i = 0; i < x.size(); ++i) expected[i] = x[i] + 0.6F * conditional[i];
  check_close(belief, expected, 1e-6F);
}

TEST_CASE("picture models: a card says what the model is, and bad ones are refused") {
  const models::PictureModel model = tiny(Method::shortcut);
  const io::SafeTensors good = trainer(Method::shortcut).weights();
  const models::PictureModel read = models::picture_model(good);
  CHECK(read.method == model.method);
  CHECK(read.pictures.net == model.pictures.net);
  CHECK(read.pictures.dataset == "eight");
  CHECK(read.pictures.attributes == model.pictures.attributes);

  const auto with = [&](const char* key, const std::string& text) {
    io::SafeTensors file = good;
    file.metadata[key] = text;
    return message_of([&] { models::PictureSampler sampler(file, 2, cpu_device()); });
  };
  CHECK(with("width", "32").empty());
  CHECK(with("architecture", "mlp2d") ==
        "[model card] it is a flow of the plane, not a flow of pictures (its architecture is "
        "'mlp2d')");
  CHECK(with("method", "mean-flow") == "[model card] it says method = 'mean-flow'");
  CHECK(with("side", "-1") == "[model card] it says side = '-1'");
  CHECK(with("side", "99999999999999999999") ==
        "[model card] it says side = '99999999999999999999'");
  CHECK(with("patch", "3") == "[dit] patches of 3 do not tile a side of 8");
  CHECK(with("attributes", "[{}]") ==
        "[model card] its attributes are not a list of names and values");
  CHECK(with("attributes", "[[[") ==
        "[model card] its attributes are not a list of names and values");
  CHECK(with("attributes", R"([{"name":"a","values":[]}])") ==
        "[model card] attribute 'a' has 0 values; 1..255 are allowed");
  CHECK(with("width", "64").find("'condition.in.weight' is") != std::string::npos);
  CHECK(with("depth", "3").find("block.2") != std::string::npos);
}

TEST_CASE("picture models: experts on a card") {
  models::PictureModel model = tiny(Method::flow_matching);
  model.pictures.net.experts = nn::MoeConfig{.experts = 6,
                                             .chosen = 3,
                                             .shared = 1,
                                             .hidden = 5,
                                             .router = nn::Router::softmax,
                                             .gate = nn::GateNorm::before,
                                             .norm = nn::ExpertNorm::rms,
                                             .choice = nn::Choice::threshold,
                                             .balance = nn::Balance::sign,
                                             .loss = nn::BalanceLoss::entropy,
                                             .loss_weight = 0.5F,
                                             .rate = 0.25F,
                                             .strength = 0.75F,
                                             .scale = 1.5F};
  model.pictures.net.first_experts = 1;
  const io::SafeTensors good{.metadata = models::picture_card(model), .tensors = {}};
  CHECK(models::picture_model(good).pictures.net == model.pictures.net);
  for (const auto& [key, text] : {std::pair{"experts", "0"},
                                  {"experts", "2"},
                                  {"experts.chosen", "9"},
                                  {"experts.shared", "3"},
                                  {"experts.hidden", "-1"},
                                  {"experts.router", "dice"},
                                  {"experts.gate", ""},
                                  {"experts.balance", "rms"},
                                  {"experts.rate", "nan"},
                                  {"experts.first_block", "2"}}) {
    CAPTURE(key);
    io::SafeTensors bad = good;
    bad.metadata[key] = text;
    CHECK_THROWS_AS((void)models::picture_model(bad), Error);
  }
  // What a card claims is believed when the tensors are there, not before: this would be terabytes.
  io::SafeTensors claims = good;
  for (const auto& [key, text] : {std::pair{"experts", "256"},
                                  {"experts.hidden", "8192"},
                                  {"width", "1024"},
                                  {"depth", "32"}}) {
    claims.metadata[key] = text;
  }
  CHECK(message_of([&] {
          models::PictureSampler sampler(claims, 2, cpu_device());
        }).find("condition.in.weight") != std::string::npos);
}

TEST_CASE("picture models: requests that do not fit are refused") {
  const io::SafeTensors weights = trainer(Method::shortcut).weights();
  models::PictureSampler sampler(weights, 8, cpu_device());
  std::vector<float> x = eight_noises(1);
  CHECK(message_of([&] {
          sampler.sample({.labels = {1, 2}, .guidance = 1, .steps = 1}, x);
        }) == "[sampler] 2 labels for 8 pictures of 2 attributes");
  x.pop_back();
  CHECK(message_of([&] { sampler.sample(eight_labels(1), x); }) ==
        "[sampler] 511 pixels for a batch of 512");
  CHECK(message_of([&] { models::PictureSampler none(weights, 0, cpu_device()); }) ==
        "[sampler] a batch must hold 1..4096 pictures, not 0");
  auto other = std::make_shared<data::Pictures>(*eight_pictures());
  other->attributes.pop_back();
  CHECK(message_of([&] {
          (void)train::picture_objective(tiny(Method::shortcut), {}, other);
        }).find("attributes of other counts") != std::string::npos);
  CHECK(message_of([&] {
          (void)train::picture_objective(tiny(Method::shortcut), {.rows = {.batch = 1}},
                                         eight_pictures());
        }).find("batch must be") != std::string::npos);
}

TEST_CASE("picture models: guidance enters the targets of self-consistency alone") {
  train::Trainer plain = trainer(Method::shortcut);
  for (int i = 0; i < 40; ++i) (void)plain.step();
  const auto losses = [&](float highest) {
    train::Trainer run(train::picture_objective(
                           tiny(Method::shortcut),
                           {.rows = {.batch = 28}, .highest_guidance = highest}, eight_pictures()),
                       plain.config(), cpu_device());
    run.restore(plain.checkpoint());
    (void)run.step();
    return run.losses();
  };
  const auto without = losses(1);
  const auto with = losses(8);
  CHECK(without[1].first == "flow_loss");
  CHECK(without[1].second == doctest::Approx(with[1].second).epsilon(1e-5));
  CHECK(without[2].first == "self_loss");
  CHECK(std::fabs(without[2].second - with[2].second) > 1e-4F);
}

TEST_CASE("picture models: self-consistency takes its share of a batch, and never all of it") {
  const auto rows = [](Method method, float share, int batch) {
    return train::bootstrap_rows(tiny(method), {.rows = {.batch = batch}, .bootstrap = share});
  };
  CHECK(rows(Method::shortcut, 0.25F, 100) == 25);
  CHECK(rows(Method::shortcut, 0, 100) == 0);
  CHECK(rows(Method::shortcut, 0.9F, 4) == 3);  // 3.6 would be all
  CHECK(rows(Method::shortcut, 0.9F, 1) == 0);
  CHECK(rows(Method::flow_matching, 0.25F, 100) == 0);
}

TEST_CASE("picture models: patches are as large as a token can carry") {
  CHECK(train::usual_patch(16, 3) == 4);
  CHECK(train::usual_patch(28, 1) == 7);
  CHECK(train::usual_patch(28, 3) == 4);
  CHECK(train::usual_patch(32, 3) == 4);
  CHECK(train::usual_patch(17, 1) == 1);
}
