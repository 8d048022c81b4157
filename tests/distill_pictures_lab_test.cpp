// The lab "Distillation, Pictures" without its window: settings as text, what its makers draw, and
// a student that learns.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <thread>

#include "random_model.h"
#include "rivulet/core/error.h"
#include "rivulet/live/distill_pictures/engine.h"
#include "rivulet/live/loaded.h"

using namespace rivulet;
namespace lab = live::distill_pictures;

namespace {

lab::State parse(const std::string& text) {
  return lab::read_state(live::Fields::parse("distill-pictures?" + text));
}

live::FileBytes bytes_of(const io::SafeTensors& file) {
  return std::make_shared<const io::Bytes>(io::serialise(file, io::Precision::f32));
}

/// A student of a random teacher that may take so many steps.
lab::Order order_of(int64_t steps) {
  lab::Order order;
  order.run = 1;
  order.playing = false;
  order.allowance = steps;
  order.weights = {model_file(models::Method::flow_matching, 1),
                   model_file(models::Method::shortcut, 2), bytes_of(student_file(3))};
  order.lesson = {.setup = {.batch = 4}, .teacher = order.weights[0], .first = order.weights[0]};
  order.wish = {.labels = {2}, .steps = 8, .noise = 5};
  return order;
}

/// Updates until `ready`, as the frame loop does.
template <class Ready>
bool wait(lab::Engine& engine, Ready ready) {
  for (int i = 0; i < 6000; ++i) {
    engine.update(8);
    if (!engine.error().empty()) return false;
    if (ready()) return true;
    if (live::Job::has_threads()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

bool drawn(const lab::Engine& engine, uint64_t run, int64_t step) {
  return engine.progress().run == run && engine.progress().step == step &&
         engine.student().run == run && engine.student().step == step;
}

/// The same picture by the sampler alone.
std::vector<float> alone(const live::FileBytes& weights, const lab::Wish& wish, int picture,
                         int steps) {
  models::PictureSampler sampler(io::parse_safetensors(*weights), 1, cpu_device());
  std::vector<float> x(static_cast<size_t>(sampler.model().pixels()));
  models::picture_noise(wish.noise, picture, x);
  const std::vector<float> rows = live::drawn_label_rows(sampler.model().pictures.net.classes,
                                                         wish.labels, picture + 1, wish.noise);
  sampler.sample({.labels = {rows.end() - 2, rows.end()}, .steps = steps}, x);
  return x;
}

float worst(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  float most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("distill pictures state: every setting survives the text") {
  CHECK(to_fields(lab::State{}).text() == "distill-pictures");
  lab::State s;
  s.setup = {.set = data::find_picture_set("fashion"),
             .first = lab::First::shortcut,
             .batch = 32,
             .fake_steps = 3,
             .seed = 9};
  s.dials = {
      .loss = models::DistillLoss::l3, .lambda = -0.5F, .learning_rate = 1e-3F, .fake_rate = 1e-4F};
  s.wish = {.labels = {1, live::any_label, 4}, .steps = 128, .guidance = 2, .noise = 77};
  s.picture = 7;
  s.playing = false;
  const std::string text = to_fields(s).text();
  CHECK(lab::read_state(live::Fields::parse(text)) == s);
  for (const char* bad : {"first=student", "loss=l9", "lambda=4", "steps=3", "batch=1",
                          "fake-steps=0", "rate=nan", "picture=8", "labels=y", "colour=red"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS((void)parse(bad), Error);
  }
}

TEST_CASE("distill pictures state: rates follow what the student begins as") {
  const auto& rows = lab::settings();
  const auto row = std::ranges::find_if(rows, [](const auto& r) { return r.key == "first"; });
  lab::State s;
  row->choose(s, 1);
  CHECK(s.setup.first == lab::First::shortcut);
  CHECK(s.dials.learning_rate == 5e-5F);
  CHECK(s.dials.fake_rate == 2e-4F);
  row->choose(s, 0);
  CHECK(s == lab::State{});
  CHECK(parse("first=shortcut").dials.learning_rate == lab::Dials{}.learning_rate);  // as it says
}

TEST_CASE("distill pictures: every maker draws the same noise in its own number of steps") {
  const lab::Order order = order_of(0);
  lab::Engine engine;
  engine.order(order);
  const auto finished = [&](lab::Maker maker) { return engine.sheet(maker).finished(); };
  REQUIRE(wait(engine, [&] {
    return finished(lab::Maker::many) && finished(lab::Maker::shortcut) &&
           finished(lab::Maker::student) && drawn(engine, 1, 0);
  }));
  for (const auto& [maker, steps] : {std::pair{lab::Maker::many, 8},
                                     {lab::Maker::few, 4},
                                     {lab::Maker::one, 1},
                                     {lab::Maker::shortcut, 1},
                                     {lab::Maker::student, 1}}) {
    CAPTURE(static_cast<int>(maker));
    CHECK(steps_of(maker, order.wish) == steps);
    CHECK(evaluations_of(maker, order.wish) == steps);
    const auto& file = order.weights[static_cast<size_t>(model_of(maker))];
    for (const int picture : {0, 7}) {
      CHECK(worst(engine.sheet(maker).picture(picture), alone(file, order.wish, picture, steps)) <
            1e-4F);
    }
  }
  // What is left open is drawn, and not alike for all pictures; what is chosen stays.
  const std::vector<float> labels =
      live::drawn_label_rows(std::vector<int>{3, 2}, order.wish.labels, 8, order.wish.noise);
  int second = 0;
  for (size_t i = 0; i < labels.size(); i += 2) {
    CHECK(labels[i] == 2);
    CHECK((labels[i + 1] == 0 || labels[i + 1] == 1));
    second += static_cast<int>(labels[i + 1]);
  }
  CHECK(second > 0);
  CHECK(second < 8);
  lab::Wish guided = order.wish;
  guided.guidance = 2;
  CHECK(evaluations_of(lab::Maker::many, guided) == 16);
  CHECK(evaluations_of(lab::Maker::student, guided) == 1);
}

TEST_CASE("distill pictures: a student begins as the teacher asked for one step, and moves") {
  lab::Order order = order_of(0);
  lab::Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return drawn(engine, 1, 0); }));
  // The teacher's own weights, called a student.
  io::SafeTensors asked = io::parse_safetensors(*order.weights[0]);
  asked.metadata["method"] = "distilled";
  const std::vector<float> start = engine.student().values;
  const size_t pixels = engine.student().pixels();
  CHECK(worst(std::span(start).subspan(3 * pixels, pixels),
              alone(bytes_of(asked), order.wish, 3, 1)) < 1e-4F);

  order.allowance = 6;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return drawn(engine, 1, 6); }));
  CHECK(engine.progress().l1.points().size() == 6);
  CHECK(engine.progress().last_l1 > 0);
  CHECK(worst(engine.student().values, start) > 1e-5F);
  CHECK(engine.student().stages.size() == 1);  // the second comes at step 8
  order.allowance = 20;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return drawn(engine, 1, 20); }));
  const auto& stages = engine.student().stages;
  REQUIRE(stages.size() >= 2);
  CHECK(stages[0].step == 0);
  CHECK(worst(stages[0].values, start) == 0);
  CHECK(stages.back().step >= 8);

  const uint64_t before = engine.sheet(lab::Maker::shortcut).run;
  order.wish.labels = {1};  // other pictures by the same weights: their stages begin here
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.student().wish.labels == order.wish.labels; }));
  CHECK(engine.student().step == 20);
  CHECK(engine.student().stages.size() == 1);

  order.run = 2;  // the shortcut model's own one step
  order.allowance = 0;
  order.lesson.setup.first = lab::First::shortcut;
  order.lesson.first = order.weights[1];
  engine.order(order);
  REQUIRE(wait(engine, [&] { return drawn(engine, 2, 0); }));
  const auto shortcut = [&]() -> const auto& { return engine.sheet(lab::Maker::shortcut); };
  REQUIRE(wait(engine, [&] { return shortcut().run > before && shortcut().finished(); }));
  CHECK(worst(engine.student().values, shortcut().values) < 1e-3F);
}

TEST_CASE("distill pictures: loss, lambda and rates change between steps of one run") {
  const auto after = [](const lab::Dials& later) {
    lab::Order order = order_of(4);
    lab::Engine engine;
    engine.order(order);
    REQUIRE(wait(engine, [&] { return drawn(engine, 1, 4); }));
    order.dials = later;
    order.allowance = 8;
    engine.order(order);
    REQUIRE(wait(engine, [&] { return drawn(engine, 1, 8); }));
    return engine.student().values;
  };
  const std::vector<float> usual = after({});
  CHECK(worst(after({}), usual) == 0);
  CHECK(worst(after({.lambda = 0}), usual) > 0);
  CHECK(worst(after({.loss = models::DistillLoss::l3}), usual) > 0);
  CHECK(worst(after({.learning_rate = 1e-5F}), usual) > 0);
  CHECK(worst(after({.fake_rate = 1e-5F}), usual) > 0);
}

TEST_CASE("distill pictures: files that do not belong there are explained") {
  lab::Order order = order_of(0);
  order.run = 0;
  order.weights = {bytes_of(student_file()), model_file(models::Method::flow_matching),
                   model_file(models::Method::shortcut)};
  lab::Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return !engine.card(lab::Model::student).error.empty(); }));
  CHECK(engine.card(lab::Model::teacher).error.find("one-step student") != std::string::npos);
  CHECK(engine.card(lab::Model::shortcut).error.find("not of shortcut") != std::string::npos);
  CHECK(engine.card(lab::Model::student).error.find("no one-step student") != std::string::npos);
  order.weights = order_of(0).weights;
  engine.order(order);
  CHECK(wait(engine, [&] { return engine.sheet(lab::Maker::many).finished(); }));
  CHECK(engine.error().empty());
}
