// Distillation trained: in the plane against an exact teacher, and of pictures without any data.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <numeric>

#include "random_model.h"
#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/pictures.h"
#include "rivulet/train/distill2d.h"
#include "rivulet/train/distill_pictures.h"

using namespace rivulet;
using train::Distill2dTraining;

namespace {

Distill2dTraining small_plane() {
  return {.nets = {.width = 24, .depth = 2, .start = 0.5F, .centres = 32, .deviation = 0.3F},
          .how = {.rows = {.batch = 64}, .normalise = false},
          .schedule_steps = 300};
}

train::Distill2d make(const Distill2dTraining& config) {
  return train::distill2d_trainer(config, data::Target2d(data::Shape2d::eight_gaussians),
                                  cpu_device());
}

float run(train::Trainer& trainer, int steps) {
  float loss = 0;
  for (int i = 0; i < steps; ++i) loss = trainer.step();
  return loss;
}

}  // namespace

TEST_CASE("distillation: in the plane L1 falls") {
  train::Distill2d made = make(small_plane());
  (void)run(made.trainer, 2);
  const float first = made.trainer.loss("l1");
  double last = 0;
  for (int i = 0; i < 600; ++i) {
    (void)made.trainer.step();
    if (i >= 500 && i % 2 == 1) last += made.trainer.loss("l1") / 50;
  }
  CHECK(last < 0.5 * first);
}

TEST_CASE("distillation: loss and levels change between steps, without another program") {
  train::Distill2d made = make(small_plane());
  train::Distill2d other = make(small_plane());
  (void)run(made.trainer, 2);
  (void)run(other.trainer, 2);
  CHECK(made.trainer.loss("loss") == other.trainer.loss("loss"));
  other.how->loss = models::DistillLoss::l3;
  (void)run(made.trainer, 2);
  (void)run(other.trainer, 2);
  CHECK(made.trainer.loss("loss") != other.trainer.loss("loss"));
  other.how->lowest_level = other.how->highest_level = 0.5F;
  (void)run(other.trainer, 1);
  for (const float t : other.trainer.program(0).read("t")) CHECK(t == 0.5F);
  // Half of the levels are below the middle of the range, or a quarter of the way.
  for (const float power : {1.0F, 2.0F}) {
    other.how->lowest_level = 0.1F;
    other.how->highest_level = 0.9F;
    other.how->level_power = power;
    (void)run(other.trainer, 2);
    const float middle = 0.1F + 0.8F * (power == 1 ? 0.5F : 0.25F);
    const std::span<const float> t = other.trainer.program(0).read("t");
    CHECK(std::ranges::count_if(t, [&](float one) { return 1 - one < middle; }) ==
          std::ssize(t) / 2);
  }
}

TEST_CASE(
    "distillation: nets are asked twice where they are guided by labels, and once elsewhere") {
  const auto asked = [](float guidance, const std::vector<int>& classes) {
    int count = 0;
    const auto weight = [](nn::Params& params) {
      return params.get("w", {1, 1}, nn::Init::normal(1));
    };
    const train::DistillNets::Predict predict = [&](nn::Params& params, Value x_t,
                                                    const models::Level&, Value) {
      ++count;
      return x_t * weight(params);
    };
    const train::DistillNets nets{
        .classes = classes,
        .generator = [&](nn::Params& params, Value z, Value) { return z * weight(params); },
        .fake = predict,
        .teacher = predict};
    const auto how = std::make_shared<train::Distillation>(
        train::Distillation{.rows = {.batch = 4}, .guidance = guidance});
    const train::Trainer trainer(train::distill_objective(nets, how), {}, reference_device());
    return count;
  };
  const int once = asked(1, {});
  CHECK(once == 3);  // the fake net to learn, and both to lead the generator
  CHECK(asked(1, {2}) == once);
  CHECK(asked(2, {}) == once);
  CHECK(asked(2, {2}) == 2 * once);
}

TEST_CASE("distillation: the fake net of the plane begins with what it will see of the generator") {
  // s z of deviation s: E[eps | x_t] = b x_t / (s^2 a^2 + b^2).
  for (const float start : {0.3F, 1.0F, 4.0F}) {
    const models::Distill2dConfig config{.width = 16, .depth = 2, .start = start};
    Graph graph;
    nn::Params weights(graph, 3);
    const Value x = graph.input("x", {3, 2});
    const models::NoiseLevel at = models::cosine_level(0.4F);
    const models::Level level{.abar = graph.fill({1, 1}, at.abar),
                              .bbar = graph.fill({1, 1}, at.bbar),
                              .t = graph.fill({1, 1}, 0.6F)};
    graph.output("eps", models::fake2d(config, weights, x, level));
    graph.output("made", models::generator2d(config, weights, x));
    Program program = compile(graph, reference_device());
    const std::vector<float> values = {0.5F, -1, 2, 3, 0, -0.2F};
    program.write("x", values);
    program.run();
    const float slope = at.bbar / (start * start * at.abar * at.abar + at.bbar * at.bbar);
    for (size_t i = 0; i < values.size(); ++i) {
      CHECK(program.read("eps")[i] == doctest::Approx(slope * values[i]));
      CHECK(program.read("made")[i] == doctest::Approx(start * values[i]));
    }
  }
}

TEST_CASE("distillation: resumes to the bit; the teacher stands still") {
  Distill2dTraining config = small_plane();
  config.how.fake_steps = 2;
  train::Distill2d whole = make(config);
  (void)run(whole.trainer, 5);  // in the midst of a turn
  const io::SafeTensors checkpoint = whole.trainer.checkpoint();
  train::Distill2d half = make(config);
  half.trainer.restore(checkpoint);
  const float expected = run(whole.trainer, 7);
  CHECK(run(half.trainer, 7) == expected);
  const io::SafeTensors a = whole.trainer.checkpoint();
  const io::SafeTensors b = half.trainer.checkpoint();
  REQUIRE(a.tensors.size() == b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    const auto x = tensor.span(), y = b.at(name).span();
    CHECK(std::ranges::equal(x, y));
    CHECK_FALSE(name.starts_with("training/ema.fake."));     // nobody wants its averages
    CHECK_FALSE(name.starts_with("training/ema.teacher."));  // nor its
  }
}

TEST_CASE(
    "distillation: pictures, from files of weights alone; the student makes them in one step") {
  const auto teacher = std::make_shared<const io::SafeTensors>(
      random_weights(small_picture_model(models::Method::flow_matching), 1));
  const auto first = std::make_shared<const io::SafeTensors>(
      random_weights(small_picture_model(models::Method::shortcut), 2));
  for (const float guidance : {1.0F, 2.0F}) {
    const train::Distillation how{.rows = {.batch = 4}, .guidance = guidance};
    const train::TrainerConfig config{.learning_rate = 1e-4F, .warmup = 1, .schedule_steps = 10};
    train::Trainer trainer(
        train::distill_pictures_objective(models::diffusion_model(*teacher),
                                          {.teacher = teacher, .first = first},
                                          std::make_shared<train::Distillation>(how), config),
        config, cpu_device());
    (void)run(trainer, 4);
    CHECK(trainer.loss("l1") > 0);
    const io::SafeTensors checkpoint = trainer.checkpoint();
    for (const auto& [name, tensor] : teacher->tensors) {  // the teacher stands, the others move
      const auto is = [&](const char* of) {
        return std::ranges::equal(checkpoint.at(std::string("training/") + of + name).span(),
                                  tensor.span());
      };
      CHECK(is("teacher."));
    }
    CHECK_FALSE(std::ranges::equal(checkpoint.at("training/fake.patch.weight").span(),
                                   teacher->at("patch.weight").span()));
    models::PictureSampler student(trainer.weights(), 2, cpu_device());
    CHECK(student.model().one_step);
    std::vector<float> x(2 * 8 * 8 * 3);
    models::picture_noise(1, 0, x);
    CHECK_NOTHROW(student.sample({.labels = {0, 1, 2, 0}, .steps = 1}, x));
    CHECK_THROWS_AS(student.sample({.labels = {0, 1, 2, 0}, .steps = 2}, x), Error);
  }
  models::PictureModel other = small_picture_model(models::Method::shortcut);
  other.pictures.net.depth = 2;
  CHECK_THROWS_WITH_AS(
      (void)train::distill_pictures_objective(
          models::diffusion_model(*teacher),
          {.teacher = teacher,
           .first = std::make_shared<const io::SafeTensors>(random_weights(other, 3))},
          std::make_shared<train::Distillation>(), {}),
      "[distillation] the weights to begin with are of another network than the teacher's", Error);
}

TEST_CASE("distillation: settings out of range are refused by name") {
  Distill2dTraining config = small_plane();
  config.how.lambda = NAN;
  CHECK_THROWS_WITH_AS(validate(config),
                       "[distillation] lambda must be -1.000000..3.000000, not nan", Error);
  config = small_plane();
  config.how.highest_level = 0.01F;
  CHECK_THROWS_AS(validate(config), Error);
  config = small_plane();
  config.how.fake_steps = 0;
  CHECK_THROWS_AS(validate(config), Error);
  config = small_plane();
  config.nets.start = 0;
  CHECK_THROWS_AS(validate(config), Error);
  const train::Distillation how{.loss = models::DistillLoss::l3,
                                .lambda = 0.25F,
                                .fake_steps = 3,
                                .normalise = false,
                                .guidance = 1.5F};
  CHECK(train::distillation(train::distillation_card(how)) == how);
}
