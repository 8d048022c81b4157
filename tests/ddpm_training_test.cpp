// Training of diffusion models of pictures: cards, losses, learning by heart.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "random_model.h"
#include "rivulet/core/error.h"
#include "rivulet/models/ddpm.h"

using namespace rivulet;
using models::Prediction;

namespace {

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

models::DiffusionModel small_diffusion_model(Prediction prediction) {
  models::PictureModel like = small_picture_model(models::Method::flow_matching);
  return {.prediction = prediction,
          .net = like.net,
          .dataset = like.dataset,
          .attributes = like.attributes,
          .palette = {255, 255, 255, 0, 170, 60}};
}

}  // namespace

TEST_CASE("diffusion cards: what is written is read") {
  for (const Prediction prediction : {Prediction::eps, Prediction::x0, Prediction::v}) {
    CAPTURE(models::name_of(prediction));
    const models::DiffusionModel model = small_diffusion_model(prediction);
    const io::Card card = models::diffusion_card(model);
    const models::DiffusionModel read = models::diffusion_model({.metadata = card, .tensors = {}});
    CHECK(read.prediction == prediction);
    CHECK(models::prediction_of(models::name_of(prediction)) == prediction);
    CHECK(read.net == model.net);
    CHECK(read.dataset == model.dataset);
    CHECK(read.attributes == model.attributes);
    CHECK(read.palette == model.palette);
    CHECK(read.any() == std::vector<float>{3, 2});
  }
}

TEST_CASE("diffusion cards: flow-matching and shortcut models are diffusion models") {
  for (const models::Method method : {models::Method::flow_matching, models::Method::shortcut}) {
    models::PictureModel model = small_picture_model(method);
    model.palette = {1, 2, 3};
    const models::DiffusionModel read =
        models::diffusion_model({.metadata = models::picture_card(model), .tensors = {}});
    CHECK(read.prediction == Prediction::flow);
    CHECK(read.net == model.net);
    CHECK(read.palette == model.palette);
  }
}

TEST_CASE("diffusion cards: what is malformed is refused with a sentence") {
  const auto with = [](const char* key, const std::string& text) {
    io::Card card = models::diffusion_card(small_diffusion_model(Prediction::v));
    card[key] = text;
    return message_of([&] { (void)models::diffusion_model({.metadata = card, .tensors = {}}); });
  };
  CHECK(with("palette", "000000").empty());
  CHECK(with("architecture", "judge") == "[model card] it says architecture = 'judge'");
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
  CHECK(message_of([] { (void)models::prediction_of("score"); }) ==
        "[prediction] there is no 'score', only eps, x0, v and flow");
}
