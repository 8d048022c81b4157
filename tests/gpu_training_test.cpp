// Every model trains on a card as it does on the processor: small nets, the same seeds.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "card.h"
#include "eight_pictures.h"
#include "kernel_machine.h"
#include "random_model.h"
#include "random_tarflow.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/code_model.h"
#include "rivulet/train/code_model.h"
#include "rivulet/train/diffusion.h"
#include "rivulet/train/distill2d.h"
#include "rivulet/train/distill_pictures.h"
#include "rivulet/train/drifting2d.h"
#include "rivulet/train/expert_layer.h"
#include "rivulet/train/experts2d.h"
#include "rivulet/train/flow2d.h"
#include "rivulet/train/judge.h"
#include "rivulet/train/pictures.h"
#include "rivulet/train/tarflow.h"
#include "rivulet/train/tarflow2d.h"
#include "small_codes.h"

using namespace rivulet;
using namespace rivulet::testing;

namespace {

constexpr int steps = 20;
constexpr int watched_steps = 2;
const train::TrainerConfig usual{
    .learning_rate = 2e-3F, .ema_decay = 0.9F, .warmup = 5, .schedule_steps = 100};

/// A trainer on a device.
using Make = std::function<train::Trainer(const Device& device)>;

std::vector<float> losses_of(train::Trainer trainer, int count) {
  std::vector<float> losses;
  for (int i = 0; i < count; ++i) losses.push_back(trainer.step());
  return losses;
}

void check_training(const Make& make, const Device& card, int count) {
  const std::vector<float> got = losses_of(make(card), count);
  const std::vector<float> want = losses_of(make(cpu_device()), count);
  float size = 0;
  for (const float loss : want) size = std::max(size, std::fabs(loss));
  for (size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(std::fabs(got[i] - want[i]) <= 1e-3F * std::max(std::fabs(want[i]), 0.1F * size));
  }
}

/// On the card at hand, and a few steps line by line.
void check_training(const Make& make) {
  if (card_at_hand() != nullptr) check_training(make, *card_at_hand(), steps);
  check_training(make, *kernel_machine(), watched_steps);
}

models::PictureModel tiny_pictures(models::Method method) {
  models::PictureModel model = train::picture_model_for(method, *eight_pictures());
  model.pictures.net.width = 16;
  model.pictures.net.depth = 1;
  model.pictures.net.heads = 2;
  model.pictures.net.patch = 4;
  return model;
}

Make pictures(const models::PictureModel& model) {
  return [model](const Device& device) {
    return train::Trainer(train::picture_objective(model, {.rows = {.batch = 8}}, eight_pictures()),
                          usual, device);
  };
}

const data::Target2d spirals(data::Shape2d::spirals);

}  // namespace

TEST_SUITE_BEGIN("gpu training");

TEST_CASE("gpu: flows in the plane train as on the processor") {
  for (const models::Method method : {models::Method::flow_matching, models::Method::shortcut}) {
    check_training([&](const Device& device) {
      return train::flow2d_trainer({.method = method, .width = 32, .depth = 2, .batch = 64},
                                   spirals, device);
    });
  }
}

TEST_CASE("gpu: distillation and drifting in the plane train as on the processor") {
  const models::Distill2dConfig nets{.width = 16, .depth = 2, .centres = 16};
  check_training([&](const Device& device) {
    train::Distill2dTraining config{.nets = nets};
    config.how.rows.batch = 32;
    return train::distill2d_trainer(config, spirals, device).trainer;
  });
  check_training([&](const Device& device) {
    train::Drifting2dTraining config{};
    config.nets = nets;
    config.batch = 32;
    return train::drifting2d_trainer(config, spirals, device).trainer;
  });
}

TEST_CASE("gpu: normalising flows train as on the processor") {
  check_training([](const Device& device) {
    return train::Trainer(train::tarflow2d_objective({.blocks = 2, .width = 8}, 32, spirals), usual,
                          device);
  });
  check_training([](const Device& device) {
    models::TarflowModel model =
        train::tarflow_model_for(models::TarflowNoise::gaussian, *eight_pictures());
    model.pictures.net.width = 16;
    model.pictures.net.depth = 1;
    model.pictures.net.heads = 2;
    model.blocks = 2;
    return train::Trainer(train::tarflow_objective(model, {.batch = 4}, eight_pictures()), usual,
                          device);
  });
}

TEST_CASE("gpu: pictures train as on the processor") {
  check_training(pictures(tiny_pictures(models::Method::flow_matching)));
  check_training(pictures(tiny_pictures(models::Method::shortcut)));
  check_training([](const Device& device) {
    models::DiffusionModel model =
        train::diffusion_model_for(models::Prediction::eps, *eight_pictures());
    model.pictures.net = tiny_pictures(models::Method::flow_matching).pictures.net;
    return train::Trainer(train::diffusion_objective(model, {.batch = 8}, eight_pictures()), usual,
                          device);
  });
}

TEST_CASE("gpu: mixtures of experts train as on the processor") {
  models::PictureModel model = tiny_pictures(models::Method::flow_matching);
  model.pictures.net.experts =
      nn::MoeConfig{.experts = 4, .chosen = 2, .shared = 1, .hidden = 8, .rate = 0.01F};
  check_training(pictures(model));
  check_training([](const Device& device) {
    train::Experts2dTraining config{};
    config.net.width = 16;
    config.batch = 64;
    return train::experts2d_trainer(config, spirals, device);
  });
  check_training([](const Device& device) {
    return train::Trainer(train::expert_layer_objective({}, 32, 1, spirals),
                          train::expert_layer_trainer(), device);
  });
}

TEST_CASE("gpu: distilled pictures, a judge and codes train as on the processor") {
  const auto teacher = std::make_shared<const io::SafeTensors>(
      random_weights(small_picture_model(models::Method::flow_matching), 1));
  const auto first = std::make_shared<const io::SafeTensors>(
      random_weights(small_picture_model(models::Method::shortcut), 2));
  check_training([&](const Device& device) {
    const train::TrainerConfig slow{.learning_rate = 1e-4F, .warmup = 1, .schedule_steps = 100};
    return train::Trainer(
        train::distill_pictures_objective(
            models::diffusion_model(*teacher), {.teacher = teacher, .first = first},
            std::make_shared<train::Distillation>(train::Distillation{.rows = {.batch = 4}}), slow),
        slow, device);
  });
  check_training([](const Device& device) {
    models::JudgeModel model = models::judge_for(*eight_pictures());
    model.net.width = 4;
    model.net.features = 8;
    return train::Trainer(
        train::judge_objective(model, {.batch = 8, .steps = 100}, eight_pictures()), usual, device);
  });
  check_training([](const Device& device) {
    return train::Trainer(train::code_objective(small_code_model(models::TokenLook::vector),
                                                {.batch = 8}, code_pattern()),
                          usual, device);
  });
}

TEST_CASE("gpu: the same seed gives the same bits") {
  const Device* card = card_at_hand();
  if (card == nullptr) return;
  const Make make = pictures(tiny_pictures(models::Method::shortcut));
  CHECK(losses_of(make(*card), steps) == losses_of(make(*card), steps));
  train::Trainer one = make(*card);
  train::Trainer two = make(*card);
  for (int i = 0; i < 3; ++i) {
    (void)one.step();
    (void)two.step();
  }
  CHECK(io::serialise(one.checkpoint(), io::Precision::f32) ==
        io::serialise(two.checkpoint(), io::Precision::f32));
}

TEST_SUITE_END();
