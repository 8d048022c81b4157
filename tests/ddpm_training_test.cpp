// Training of diffusion models of pictures: cards, losses, learning by heart.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "compare.h"
#include "eight_pictures.h"
#include "random_model.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/ddpm.h"
#include "rivulet/train/diffusion.h"

using namespace rivulet;
using namespace rivulet::testing;
using models::Prediction;

namespace {

models::DiffusionModel small_diffusion_model(Prediction prediction) {
  models::PictureNet pictures = small_picture_model(models::Method::flow_matching).pictures;
  pictures.palette = {255, 255, 255, 0, 170, 60};
  return {.prediction = prediction, .pictures = std::move(pictures)};
}

train::Trainer trainer(Prediction prediction, int64_t steps, int batch = 32) {
  models::DiffusionModel model = train::diffusion_model_for(prediction, *eight_pictures());
  model.pictures.net.width = 32;
  model.pictures.net.depth = 2;
  model.pictures.net.heads = 2;
  model.pictures.net.patch = 4;
  const train::TrainerConfig config{
      .learning_rate = 4e-3F, .ema_decay = 0.98F, .warmup = 20, .schedule_steps = steps};
  return {train::diffusion_objective(model, {.batch = batch}, eight_pictures()), config,
          cpu_device()};
}

/// Mean squared errors of the eight pictures: denoised half-way from noise, and drawn from pure
/// noise, by their labels.
struct Errors {
  double denoised = 0;
  double drawn = 0;
};
Errors errors_of(const io::SafeTensors& weights) {
  const auto set = eight_pictures();
  std::vector<float> eight(set->pixels.size());
  data::to_model(set->pixels, eight);
  models::PictureDenoiser denoiser(weights, 8, cpu_device());
  denoiser.condition(std::vector<float>(set->labels.begin(), set->labels.end()));
  const auto error = [&](const std::vector<float>& x) {
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += std::pow(x[i] - eight[i], 2);
    return sum / static_cast<double>(x.size());
  };
  std::vector<float> x = eight_noises(5);
  std::vector<float> x_t = x;
  std::vector<float> x0hat(x.size());
  const models::NoiseLevel half = models::cosine_level(0.5F);
  for (size_t i = 0; i < x_t.size(); ++i) x_t[i] = half.abar * eight[i] + half.bbar * x[i];
  denoiser(x_t, half, x0hat);
  models::sample_ddpm(std::ref(denoiser), {.steps = 16}, x, set->numel());
  return {.denoised = error(x0hat), .drawn = error(x)};
}

}  // namespace

TEST_CASE("diffusion training: what is predicted tells x_0 and eps, and a flow is none of it") {
  Graph graph;
  const Value x_0 = graph.fill({1, 1}, 3), eps = graph.fill({1, 1}, -2);
  const Value abar = graph.fill({1, 1}, 0.8F), bbar = graph.fill({1, 1}, 0.6F);
  for (const Prediction told : {Prediction::eps, Prediction::x0, Prediction::v}) {
    graph.output(std::string(name_of(told)), train::prediction_target(told, x_0, eps, abar, bbar));
  }
  CHECK_THROWS_AS((void)train::prediction_target(Prediction::flow, x_0, eps, abar, bbar), Error);
  Program program = compile(graph, reference_device());
  program.run();
  CHECK(program.scalar(name_of(Prediction::eps)) == -2);
  CHECK(program.scalar(name_of(Prediction::x0)) == 3);
  CHECK(program.scalar(name_of(Prediction::v)) == doctest::Approx(0.8 * -2 - 0.6 * 3));
}

TEST_CASE("pictures: rows out of range are refused, in a batch and on a card") {
  const train::PictureRows good{.batch = 4};
  const nn::DitConfig net =
      train::diffusion_model_for(Prediction::v, *eight_pictures()).pictures.net;
  CHECK(train::picture_rows(train::picture_rows_card(good)) == good);
  CHECK_NOTHROW(train::PictureBatches(net, good, eight_pictures()));
  for (const train::PictureRows& bad :
       {train::PictureRows{.batch = 0}, train::PictureRows{.label_dropout = -0.1F},
        train::PictureRows{.value_dropout = 1.1F}}) {
    CHECK_THROWS_AS((void)train::picture_rows(train::picture_rows_card(bad)), Error);
    CHECK_THROWS_AS(train::PictureBatches(net, bad, eight_pictures()), Error);
  }
}

TEST_CASE("diffusion cards: what is written is read") {
  for (const Prediction prediction : {Prediction::eps, Prediction::x0, Prediction::v}) {
    CAPTURE(models::name_of(prediction));
    const models::DiffusionModel model = small_diffusion_model(prediction);
    const io::Card card = models::diffusion_card(model);
    const models::DiffusionModel read = models::diffusion_model({.metadata = card, .tensors = {}});
    CHECK(read.prediction == prediction);
    CHECK(models::prediction_names.read(models::name_of(prediction)) == prediction);
    CHECK(read.pictures.net == model.pictures.net);
    CHECK(read.pictures.dataset == model.pictures.dataset);
    CHECK(read.pictures.attributes == model.pictures.attributes);
    CHECK(read.pictures.palette == model.pictures.palette);
    CHECK(read.any() == std::vector<float>{3, 2});
  }
}

TEST_CASE("diffusion cards: flow-matching and shortcut models are diffusion models") {
  for (const models::Method method : {models::Method::flow_matching, models::Method::shortcut}) {
    models::PictureModel model = small_picture_model(method);
    model.pictures.palette = {1, 2, 3};
    const models::DiffusionModel read =
        models::diffusion_model({.metadata = models::picture_card(model), .tensors = {}});
    CHECK(read.prediction == Prediction::flow);
    CHECK(read.pictures.net == model.pictures.net);
    CHECK(read.pictures.palette == model.pictures.palette);
  }
}

TEST_CASE("diffusion cards: what is malformed is refused with a sentence") {
  const auto with = [](const char* key, const std::string& text) {
    io::Card card = models::diffusion_card(small_diffusion_model(Prediction::v));
    card[key] = text;
    return message_of([&] { (void)models::diffusion_model({.metadata = card, .tensors = {}}); });
  };
  CHECK(with("palette", "000000").empty());
  CHECK(with("architecture", "judge") ==
        "[model card] it is a judge (a classifier of pictures), not a model of denoising diffusion "
        "(its architecture is 'judge')");
  CHECK(with("prediction", "flow") == "[model card] it says prediction = 'flow'");
  CHECK(with("prediction", "score") == "[model card] it says prediction = 'score'");
  CHECK(with("method", "mean-flow") == "[model card] it says method = 'mean-flow'");
  CHECK(with("side", "0") == "[model card] it says side = '0'");
  CHECK(with("patch", "3") == "[dit] patches of 3 do not tile a side of 8");
  CHECK(with("channels", "1") == "[model card] it says palette = 'ffffff 00aa3c'");
  CHECK(with("palette", "fffff") ==
        "[model card] its palette of 5 bytes is no list of at most 256 colours of six digits");
  CHECK(with("palette", "ffffff,000000") == "[model card] its palette says 'ffffff' for a colour");
  CHECK(with("palette", "fffffg") == "[model card] its palette says 'fffffg' for a colour");
  CHECK(with("palette", "+1+1+1") == "[model card] its palette says '+1+1+1' for a colour");
  CHECK(with("palette", std::string(257 * 7 - 1, 'f')).find("at most 256 colours") !=
        std::string::npos);
  CHECK(message_of([] { (void)models::prediction_names.read("score"); }) ==
        "[prediction] there is no 'score', only eps, x0, v, flow");
}

TEST_CASE("diffusion training: the loss of a fixed batch is what it was") {
  for (const auto& [prediction, expected] :
       {std::pair{Prediction::eps, 0.926667}, std::pair{Prediction::x0, 0.938444},
        std::pair{Prediction::v, 0.933826}}) {
    CAPTURE(models::name_of(prediction));
    train::Trainer fixed = trainer(prediction, 1000);
    float loss = 0;
    for (int i = 0; i < 5; ++i) loss = fixed.step();
    CHECK(loss == doctest::Approx(expected).epsilon(1e-4));
  }
}

TEST_CASE("diffusion training: a network that begins as zero has the mean square of its target") {
  // eps: 1. Pictures: 1, as pixels are -1 or 1. v: cos^2 + sin^2 = 1.
  for (const Prediction prediction : {Prediction::eps, Prediction::x0, Prediction::v}) {
    CAPTURE(models::name_of(prediction));
    CHECK(trainer(prediction, 1000, 256).step() == doctest::Approx(1).epsilon(0.03));
  }
}

TEST_CASE("diffusion training: eight pictures are learned by heart") {
  // Another of the eight in place of the wanted one would be an error of 1, their mean 0.44.
  for (const auto& [prediction, steps] :
       {std::pair{Prediction::eps, 400}, std::pair{Prediction::x0, 600},
        std::pair{Prediction::v, 1200}}) {
    CAPTURE(models::name_of(prediction));
    train::Trainer heart = trainer(prediction, steps);
    while (heart.steps() < steps) (void)heart.step();
    const io::SafeTensors weights =
        io::parse_safetensors(io::serialise(heart.weights(), io::Precision::f16));
    CHECK(models::diffusion_model(weights).prediction == prediction);
    CHECK(train::picture_rows(weights.metadata) == train::PictureRows{.batch = 32});
    const Errors errors = errors_of(weights);
    CHECK(errors.denoised < 0.05);
    // In pure noise eps is plain to see and says nothing of the picture: the first steps from there
    // go astray. That is why v is the default.
    if (prediction != Prediction::eps) CHECK(errors.drawn < 0.05);
  }
}

TEST_CASE("diffusion training: what the predictions are trained for is one and the same picture") {
  const Tensor x_0 = normal({4, 6}, 1, 0.5F);
  const Tensor eps = normal({4, 6}, 2);
  for (const float t : {0.1F, 0.5F, 0.9F}) {
    const models::NoiseLevel level = models::cosine_level(t);
    std::vector<float> x_t(x_0.span().size());
    for (size_t i = 0; i < x_t.size(); ++i) {
      x_t[i] = level.abar * x_0.span()[i] + level.bbar * eps.span()[i];
    }
    for (const Prediction prediction : {Prediction::eps, Prediction::x0, Prediction::v}) {
      CAPTURE(t);
      CAPTURE(models::name_of(prediction));
      Graph graph;
      const Value abar = graph.fill({4, 1}, level.abar);
      const Value bbar = graph.fill({4, 1}, level.bbar);
      graph.output("target", train::prediction_target(prediction, graph.constant(x_0),
                                                      graph.constant(eps), abar, bbar));
      Program program = compile(graph, reference_device());
      program.run();
      const auto target = program.read("target");
      std::vector<float> x0hat(target.begin(), target.end());
      models::x0_of(prediction, level, x_t, x0hat);
      check_close(x0hat, x_0.span(), 1e-5F);
    }
  }
}

TEST_CASE("diffusion training: what does not fit is refused with a sentence") {
  models::DiffusionModel model = train::diffusion_model_for(Prediction::v, *eight_pictures());
  const auto message = [&](const train::PictureRows& rows) {
    return message_of([&] { (void)train::diffusion_objective(model, rows, eight_pictures()); });
  };
  CHECK(message({.batch = 8}).empty());
  CHECK(message({.batch = 0}) == "[pictures] batch must be 1..4096, not 0");
  CHECK(message({.batch = 8, .label_dropout = 2}).find("label dropout must be") !=
        std::string::npos);
  model.pictures.net.side = 16;
  CHECK(message({.batch = 8}) == "[pictures] 8x8x1 pictures for a network of 16x16x1");
  model.prediction = Prediction::flow;
  model.pictures.net.side = 8;
  CHECK(message_of([&] {
          const train::Trainer none(
              train::diffusion_objective(model, {.batch = 8}, eight_pictures()), {}, cpu_device());
        }) == "[diffusion] a flow is not trained by DDPM's loss");
  CHECK(message_of([&] {
          (void)train::picture_rows({{"batch", "8"}});
        }) == "[model card] it lacks 'label_dropout'");
}
