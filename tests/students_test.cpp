// One-step students where models of other kinds are expected: they serve, or are refused in words.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "messages.h"
#include "random_model.h"
#include "rivulet/core/error.h"
#include "rivulet/models/ddcm_file.h"
#include "rivulet/models/ddpm.h"
#include "rivulet/models/held_out.h"
#include "rivulet/models/picture_codec.h"
#include "rivulet/train/distill_pictures.h"

using namespace rivulet;
using rivulet::testing::message_of;

namespace {

/// Two pictures of 8x8 under the labels of the small model.
data::Pictures two_pictures() {
  return {.name = "avatars",
          .side = 8,
          .channels = 3,
          .pixels = std::vector<uint8_t>(2 * 8 * 8 * 3, 100),
          .attributes = small_picture_model(models::Method::shortcut).pictures.attributes,
          .labels = {0, 0, 1, 1}};
}

}  // namespace

TEST_CASE("students: the card says what they are, and comes back") {
  const io::SafeTensors file = student_file();
  CHECK(file.metadata.at("method") == "distilled");
  const models::PictureModel model = models::picture_model(file);
  CHECK(model.one_step);
  CHECK(models::picture_card(model) == file.metadata);
}

TEST_CASE("students: one step is the network's way from noise, of any batch") {
  const io::SafeTensors file = student_file(4);
  models::PictureSampler sampler(file, 2, cpu_device());
  std::vector<float> x(2 * 192);
  models::picture_noise(3, 0, x);
  Graph graph;
  nn::Params params(graph, file);
  const models::PictureModel model = models::picture_model(file);
  const Value noise = graph.input("z", {2, 192});
  graph.output("picture", models::one_step_pictures(model.pictures.net, params, noise,
                                                    graph.constant(Tensor({2, 2}, {0, 1, 2, 0}))));
  Program program = compile(graph, cpu_device(), {});
  program.write("z", x);
  program.run();
  sampler.sample({.labels = {0, 1, 2, 0}, .steps = 1}, x);
  const std::span<const float> expected = program.read("picture");
  for (size_t i = 0; i < x.size(); ++i) {
    REQUIRE(x[i] == doctest::Approx(expected[i]).epsilon(1e-4));
  }
}

TEST_CASE("students: what needs all times of a flow refuses them, and says why") {
  const io::SafeTensors file = student_file();
  const auto teacher = std::make_shared<const io::SafeTensors>(file);
  const auto usual = std::make_shared<train::Distillation>();
  models::PictureSampler sampler(file, 1, cpu_device());
  std::vector<float> x(192);
  std::vector<float> out(192);
  const models::PictureRequest one{.labels = {0, 1}};
  const std::vector<std::function<void()>> all = {
      [&] { (void)models::diffusion_model(file); },
      [&] { models::PictureDenoiser denoiser(file, 1, cpu_device()); },
      [&] { models::PictureCodec codec(student_file(), cpu_device()); },
      [&] { (void)models::ddcm_model(file); },
      [&] { (void)models::held_out(file, two_pictures(), 1, cpu_device(), {}); },
      [&] {
        (void)train::distill_pictures_objective(models::diffusion_model(*teacher),
                                                {.teacher = teacher, .first = nullptr}, usual, {});
      },
      [&] { sampler.belief(one, x, 0, out); },
      [&] { sampler.velocity(one, x, 0.5F, 0.5F, out); },
  };
  for (size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    CHECK(message_of(all[i]).find("one-step student") != std::string::npos);
  }
  CHECK_NOTHROW(sampler.velocity(one, x, 0, 1, out));
  CHECK(message_of([&] {
          sampler.sample({.labels = {0, 1}, .steps = 4}, x);
        }).find("in one step, not in 4") != std::string::npos);
  CHECK(message_of([&] {
          sampler.sample({.labels = {0, 1}, .guidance = 2}, x);
        }).find("cannot be guided") != std::string::npos);
}

TEST_CASE("students: a student can go on learning, of a teacher") {
  const auto flow = std::make_shared<const io::SafeTensors>(
      random_weights(small_picture_model(models::Method::flow_matching), 1));
  const auto student = std::make_shared<const io::SafeTensors>(student_file(2));
  const train::Objective objective = train::distill_pictures_objective(
      models::diffusion_model(*flow), {.teacher = flow, .first = student},
      std::make_shared<train::Distillation>(), {});
  CHECK(objective.groups.at(0).first == student);
  CHECK(objective.card.at("method") == "distilled");
}
