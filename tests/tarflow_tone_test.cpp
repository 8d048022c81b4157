// The tone of a TarFlow of bytes: a first layer that gives dark pixels room, and costs no density.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "compare.h"
#include "random_tarflow.h"
#include "rivulet/core/error.h"
#include "rivulet/data/pictures.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/tarflow_sampler.h"
#include "rivulet/train/tarflow.h"

using namespace rivulet;
using namespace rivulet::testing;
using models::Tone;

namespace {

constexpr int batch = 2;
const std::vector<float> labels = {0, 1, 2, 2};

models::TarflowModel toned() {
  models::TarflowModel model = small_tarflow(models::TarflowNoise::uniform);
  model.tone = Tone::logarithmic;
  return model;
}

/// Bytes with their uniform noise, many of them black.
std::vector<float> bytes(const models::TarflowModel& model) {
  std::vector<float> y(static_cast<size_t>(batch * model.pixels()));
  for (size_t i = 0; i < y.size(); ++i) {
    const size_t byte = i % 3 == 0 ? 0 : i * 37 % 256;
    y[i] = (static_cast<float>(byte) + 0.1F + 0.11F * static_cast<float>(i % 8)) / 128 - 1;
  }
  return y;
}

Encoded encode(models::TarflowDensity& density, const std::vector<float>& y) {
  return testing::encode(density, labels, y);
}

}  // namespace

TEST_CASE("tarflow tone: noise spreads a byte over its own cell evenly, or about it by sigma") {
  const std::vector<float> bytes = {0, 17, 128, 255};
  const std::vector<float> n = {-1.3F, 0, 0.7F, 4};
  std::vector<float> pictures;
  for (const float v : bytes) pictures.push_back(v / 127.5F - 1);
  for (const auto noise : {models::TarflowNoise::uniform, models::TarflowNoise::gaussian}) {
    const models::TarflowModel model = small_tarflow(noise);
    Graph graph;
    graph.output("noisy", models::noisy_pictures(model, graph.input("pictures", {1, 4}),
                                                 graph.input("n", {1, 4})));
    Program program = compile(graph, reference_device());
    program.write("pictures", pictures);
    program.write("n", n);
    program.run();
    for (size_t i = 0; i < bytes.size(); ++i) {
      const double share = std::erfc(-n[i] / std::numbers::sqrt2) / 2;  // of all that is below
      CHECK(program.read("noisy")[i] == doctest::Approx(noise == models::TarflowNoise::uniform
                                                            ? (bytes[i] + share) / 128 - 1
                                                            : pictures[i] + model.sigma * n[i])
                                            .epsilon(1e-5));
    }
  }
}

TEST_CASE("tarflow tone: with blocks that do nothing, the density is that of the map alone") {
  const models::TarflowModel model = toned();
  const std::vector<float> y = bytes(model);
  models::TarflowDensity density(random_file(model, 0), batch, cpu_device());
  const Encoded found = encode(density, y);
  const auto map = [](double x) { return 2 * std::log(129 + 128 * x) / std::log(257.0) - 1; };
  const auto d = static_cast<size_t>(model.pixels());
  for (size_t row = 0; row < batch; ++row) {
    double log_q = 0;
    for (size_t i = row * d; i < (row + 1) * d; ++i) {
      const double x = y[i];
      constexpr double h = 1e-5;
      const double z = map(x);
      const double slope = (map(x + h) - map(x - h)) / (2 * h);
      CHECK(found.z[i] == doctest::Approx(z).epsilon(1e-5).scale(1));
      log_q += -0.5 * z * z - 0.5 * std::log(2 * std::numbers::pi) + std::log(slope);
    }
    CHECK(found.log_q[row] == doctest::Approx(log_q).epsilon(1e-4));
  }
}

TEST_CASE("tarflow tone: it maps the range of bytes to itself, and samplers come back through it") {
  CHECK(models::picture_of_tone(Tone::logarithmic, -1) == doctest::Approx(-1));
  CHECK(models::picture_of_tone(Tone::logarithmic, 1) == doctest::Approx(1));
  CHECK(models::picture_of_tone(Tone::linear, 0.3F) == 0.3F);
  CHECK(std::isfinite(models::picture_of_tone(Tone::logarithmic, 1e30F)));
  const models::TarflowModel model = toned();
  const io::SafeTensors file = random_file(model);
  const std::vector<float> y = bytes(model);
  models::TarflowDensity density(file, batch, cpu_device());
  models::TarflowSampler sampler(file, batch, cpu_device());
  std::vector<float> back = encode(density, y).z;
  REQUIRE(largest_difference(back, y) > 0.3F);
  (void)sampler.sample({.labels = labels}, back);
  check_close(back, y, 2e-4F);
}

TEST_CASE("tarflow tone: the score is the gradient of the density of bytes") {
  const models::TarflowModel model = toned();
  const std::vector<float> y = bytes(model);
  models::TarflowDensity density(random_file(model), batch, cpu_device());
  std::vector<float> score(y.size());
  density.score(labels, y, score);
  const size_t bright = 7, dark = 3;  // of the first picture
  for (const size_t i : {bright, dark}) {
    const auto log_q_at = [&](float h) {
      std::vector<float> moved = y;
      moved[i] += h;
      return double{encode(density, moved).log_q[0]};
    };
    constexpr float h = 5e-4F;
    CHECK((log_q_at(h) - log_q_at(-h)) / (2 * double{h}) ==
          doctest::Approx(score[i]).epsilon(0.05).scale(1));
  }
}

TEST_CASE("tarflow tone: it is for bytes, and chosen where many are black") {
  models::TarflowModel model = toned();
  const io::SafeTensors file{.metadata = models::tarflow_card(model), .tensors = {}};
  CHECK(models::tarflow_model(file).tone == Tone::logarithmic);
  io::SafeTensors older = file;
  older.metadata.erase("tone");
  CHECK(models::tarflow_model(older).tone == Tone::linear);
  io::SafeTensors odd = file;
  odd.metadata["tone"] = "blue";
  CHECK_THROWS_AS((void)models::tarflow_model(odd), Error);
  model.noise = models::TarflowNoise::gaussian;
  CHECK_THROWS_AS(models::validate(model), Error);

  data::Pictures pictures;
  pictures.side = 8;
  pictures.channels = 1;
  pictures.pixels.assign(128, 200);
  const auto usual = [&](models::TarflowNoise noise) {
    return train::tarflow_model_for(noise, pictures).tone;
  };
  CHECK(usual(models::TarflowNoise::uniform) == Tone::linear);
  std::fill_n(pictures.pixels.begin(), 40, uint8_t{0});
  CHECK(usual(models::TarflowNoise::uniform) == Tone::logarithmic);
  CHECK(usual(models::TarflowNoise::gaussian) == Tone::linear);
}
