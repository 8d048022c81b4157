// The lab "Pictures" without its window: settings as text, and what its task samples.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <thread>

#include "random_model.h"
#include "rivulet/core/error.h"
#include "rivulet/live/pictures/engine.h"
#include "rivulet/live/pictures/state.h"
#include "rivulet/live/slerp.h"
#include "rivulet/live/transfer.h"

using namespace rivulet;

namespace {

live::pictures::State parse(const std::string& text) {
  return live::pictures::read_state(live::Fields::parse(text));
}

std::string message(const std::string& text) {
  try {
    (void)parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// Updates until `ready`, as the frame loop does.
template <class Ready>
bool wait(live::pictures::Engine& engine, Ready ready) {
  for (int i = 0; i < 4000; ++i) {
    engine.update(5);
    if (ready()) return true;
    if (live::Job::has_threads()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

live::pictures::Order usual_order() {
  live::pictures::Order order;
  order.weights = {
      model_file(models::Method::shortcut), model_file(models::Method::flow_matching, 2),
      model_file(models::Method::flow_matching, 3),
      std::make_shared<const io::Bytes>(io::serialise(student_file(4), io::Precision::f16))};
  order.wish = {.labels = {2}, .guidance = 2, .steps = 4, .seed = 5};
  order.chosen = 3;
  return order;
}

constexpr int student = 3;

/// The same picture by the sampler alone, on its own; a student's in one step, without guidance.
std::vector<float> alone(const live::pictures::Order& order, int side, int picture, int steps) {
  const io::SafeTensors file = io::parse_safetensors(*order.weights[static_cast<size_t>(side)]);
  models::PictureSampler sampler(file, 1, cpu_device());
  std::vector<float> x(static_cast<size_t>(sampler.model().pixels()));
  models::picture_noise(order.wish.seed, picture, x);
  if (side == student) {
    sampler.sample({.labels = {2, 2}}, x);
  } else {
    sampler.sample({.labels = {2, 2}, .guidance = order.wish.guidance, .steps = steps}, x);
  }
  return x;
}

float worst(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  float most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("pictures state: every setting survives the text") {
  CHECK(to_fields(live::pictures::State{}).text() == "pictures");
  CHECK(parse("pictures") == live::pictures::State{});
  live::pictures::State s;
  s.set = data::find_picture_set("fashion");
  s.view = live::pictures::View::morph;
  s.model = 1;
  s.compare = true;
  s.wish.labels = {live::any_label, 3};
  s.wish.guidance = 2.25F;
  s.wish.steps = 64;
  s.wish.seed = 1234;
  s.chosen = 7;
  s.time = 0.25F;
  s.morph = live::pictures::MorphKind::choice;
  s.other = 9;
  s.to = {0, live::any_label, 254};
  s.blend = 0.75F;
  const std::string text = to_fields(s).text();
  CHECK(parse(text) == s);
  CHECK(to_fields(parse(text)).text() == text);
  CHECK(parse("pictures?labels=1.x.x").wish.labels == live::PictureLabels{1});
}

TEST_CASE("pictures state: steps are chosen where some model that is shown takes them") {
  const auto has = [](const live::pictures::State& s, const char* key) {
    const auto& rows = live::pictures::settings();
    const auto row =
        std::ranges::find(rows, std::string_view(key), [](const auto& r) { return r.key; });
    return row->shown(s);
  };
  live::pictures::State s = parse("pictures?method=distilled&steps=8");
  CHECK(steps_of(s, s.model) == 1);
  CHECK(steps_of(s, 0) == 8);
  CHECK_FALSE(has(s, "steps"));
  CHECK_FALSE(has(s, "guidance"));
  s.compare = true;
  CHECK(has(s, "steps"));
  s = parse("pictures?method=distilled&view=steps");
  CHECK(has(s, "guidance"));
  CHECK(has(parse("pictures"), "steps"));
}

TEST_CASE("pictures state: bad texts are refused with what is wrong") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"pictures?set=cats", "no set"},
      {"pictures?view=cube", "no view"},
      {"pictures?method=reflow", "shortcut or flow-matching"},
      {"pictures?steps=3", "steps must be"},
      {"pictures?seed=-1", "seed"},
      {"pictures?guidance=9", "guidance"},
      {"pictures?picture=24", "picture"},
      {"pictures?other=-1", "other"},
      {"pictures?blend=nan", "blend"},
      {"pictures?labels=1.y", "labels"},
      {"pictures?labels=255", "labels"},
      {"pictures?to=-2", "to has"},
      {"pictures?colour=red", "no setting"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(message(text).find(expected) != std::string::npos);
  }
  std::string many = "pictures?labels=1";
  for (int i = 0; i < 100; ++i) many += ".1";
  CHECK(message(many).find("too many") != std::string::npos);
}

TEST_CASE("pictures engine: the grid and the step counts are what the sampler gives") {
  live::pictures::Order order = usual_order();
  order.sides.fill(true);
  live::pictures::Engine engine;
  engine.order(order);
  for (int side = 0; side < live::pictures::model_count; ++side) {
    CAPTURE(side);
    REQUIRE(wait(engine, [&] { return engine.grid(side).finished(); }));
  }
  REQUIRE(engine.grid(0).count() == live::pictures::picture_count);
  for (int side = 0; side < live::pictures::model_count; ++side) {
    CHECK(engine.card(side).error.empty());
    CHECK(engine.card(side).model.pictures.attributes.size() == 2);
    for (const int picture : {0, 9, 23}) {  // of the first and of later batches
      CHECK(worst(engine.grid(side).picture(picture), alone(order, side, picture, 4)) < 1e-4F);
    }
  }
  CHECK(worst(engine.grid(0).picture(0), engine.grid(1).picture(0)) > 0.01F);
  CHECK(worst(engine.grid(0).picture(0), engine.grid(0).picture(1)) > 0.01F);

  REQUIRE(wait(engine, [&] { return engine.trace().known == 5; }));
  const live::pictures::Trace& trace = engine.trace();
  const auto pixels = static_cast<std::ptrdiff_t>(engine.grid(0).picture(0).size());
  CHECK(worst(std::span(trace.places).last(static_cast<size_t>(pixels)), alone(order, 0, 3, 4)) <
        1e-4F);
  CHECK(std::equal(trace.places.end() - pixels, trace.places.end(), trace.beliefs.end() - pixels));

  order.view = live::pictures::View::steps;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.steps(0).finished() && engine.steps(1).finished(); }));
  for (const size_t column : {size_t{0}, size_t{2}, size_t{5}}) {
    const int steps = live::pictures::step_choices[column];
    CHECK(worst(engine.steps(1).picture(static_cast<int>(column)), alone(order, 1, 3, steps)) <
          1e-4F);
  }
  CHECK(worst(engine.steps(0).picture(2), engine.grid(0).picture(3)) < 1e-4F);
}

TEST_CASE("pictures engine: a student makes its pictures in one step, whatever is wished") {
  live::pictures::Order order = usual_order();
  order.sides = {false, false, false, true};
  order.chosen_side = student;
  live::pictures::Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.grid(student).finished(); }));
  const uint64_t run = engine.grid(student).run;
  REQUIRE(wait(engine, [&] { return engine.trace().known == 2; }));  // noise, picture
  CHECK(engine.trace().steps == 1);
  const auto pixels = engine.grid(student).picture(3).size();
  CHECK(worst(std::span(engine.trace().places).last(pixels), alone(order, student, 3, 1)) < 1e-4F);
  CHECK(worst(std::span(engine.trace().beliefs).first(pixels), alone(order, student, 3, 1)) <
        1e-4F);
  order.wish.steps = 64;  // is nothing to it, nor is guidance
  order.wish.guidance = 3;
  order.view = live::pictures::View::steps;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.steps(student).finished(); }));
  CHECK(engine.steps(student).count() == 1);
  CHECK(worst(engine.steps(student).picture(0), alone(order, student, 3, 1)) < 1e-4F);
  order.view = live::pictures::View::morph;
  order.morph = live::pictures::MorphKind::choice;
  order.to = {0, 1};
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.morph(student).finished(); }));
  CHECK(engine.grid(student).run == run);
  CHECK(worst(engine.morph(student).picture(0), alone(order, student, 3, 1)) < 1e-3F);
  CHECK(worst(engine.morph(student).picture(0),
              engine.morph(student).picture(live::pictures::morph_frames - 1)) > 0.01F);
  CHECK(engine.card(student).error.empty());
  CHECK(engine.error().empty());
}

TEST_CASE("pictures engine: another wish begins anew, the same one does not") {
  live::pictures::Order order = usual_order();
  live::pictures::Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.grid(0).finished(); }));
  const uint64_t run = engine.grid(0).run;
  const std::vector<float> first(engine.grid(0).values);
  order.chosen = 7;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.trace().run == 2 && engine.trace().known == 5; }));
  CHECK(engine.grid(0).run == run);
  order.wish.labels = {1};
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.grid(0).run != run && engine.grid(0).finished(); }));
  CHECK(worst(engine.grid(0).values, first) > 0.01F);
  order.wish.labels = {2, live::any_label, 77};  // values that the model has not are left open
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.grid(0).run == run + 2 && engine.grid(0).finished(); }));
  CHECK(worst(engine.grid(0).values, first) < 1e-6F);
}

TEST_CASE("pictures engine: a morph ends where its ends are") {
  live::pictures::Order order = usual_order();
  order.view = live::pictures::View::morph;
  order.other = 6;
  live::pictures::Engine engine;
  engine.order(order);
  const auto last = live::pictures::morph_frames - 1;
  REQUIRE(wait(engine, [&] { return engine.morph(0).finished() && engine.grid(0).finished(); }));
  CHECK(worst(engine.morph(0).picture(0), engine.grid(0).picture(3)) < 1e-3F);
  CHECK(worst(engine.morph(0).picture(last), engine.grid(0).picture(6)) < 1e-3F);

  order.morph = live::pictures::MorphKind::choice;
  order.to = {0, 1};
  order.sides = {false, true};
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.morph(1).finished(); }));
  CHECK(worst(engine.morph(1).picture(0), alone(order, 1, 3, 4)) < 1e-3F);
  CHECK(worst(engine.morph(1).picture(0), engine.morph(1).picture(last)) > 0.01F);
}

TEST_CASE("pictures engine: files that are no models are explained, and a good one mends it") {
  live::pictures::Order order = usual_order();
  const auto good = order.weights[0];
  const auto broken = [&](const std::shared_ptr<const io::Bytes>& file) {
    live::pictures::Engine engine;
    order.weights[0] = file;
    engine.order(order);
    REQUIRE(wait(engine, [&] { return engine.card(0).file == file; }));
    const std::string said = engine.card(0).error;
    order.weights[0] = good;
    engine.order(order);
    CHECK(wait(engine, [&] { return engine.grid(0).finished(); }));
    CHECK(engine.card(0).error.empty());
    return said;
  };
  CHECK_FALSE(broken(std::make_shared<const io::Bytes>(100)).empty());
  CHECK_FALSE(broken(std::make_shared<const io::Bytes>()).empty());
  CHECK(broken(model_file(models::Method::flow_matching)).find("flow-matching") !=
        std::string::npos);
  CHECK(broken(std::make_shared<const io::Bytes>(io::serialise(student_file(), io::Precision::f16)))
            .find("weights of distilled, not of shortcut") != std::string::npos);
  io::SafeTensors other = random_weights(small_picture_model(models::Method::shortcut), 1);
  other.tensors.pop_back();
  CHECK_FALSE(
      broken(std::make_shared<const io::Bytes>(io::serialise(other, io::Precision::f32))).empty());
}

TEST_CASE("pictures engine: guidance beyond what a shortcut model learned is cut") {
  io::SafeTensors file = random_weights(small_picture_model(models::Method::shortcut), 1);
  file.metadata["highest_guidance"] = "2";
  live::pictures::Order order = usual_order();
  order.weights[0] = std::make_shared<const io::Bytes>(io::serialise(file, io::Precision::f16));
  live::pictures::Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.grid(0).finished(); }));
  const std::vector<float> at_two = engine.grid(0).values;
  order.wish.guidance = 3;  // is the same to it
  order.chosen = 5;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.trace().run == 2 && engine.trace().known == 5; }));
  CHECK(engine.card(0).highest_guidance == 2);
  CHECK(engine.grid(0).run == 1);
  CHECK(worst(std::span(engine.trace().places).last(engine.grid(0).picture(5).size()),
              engine.grid(0).picture(5)) < 1e-4F);
  order.wish.guidance = 1;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.grid(0).run == 2 && engine.grid(0).finished(); }));
  CHECK(worst(engine.grid(0).values, at_two) > 1e-3F);
}

TEST_CASE("pictures engine: weights that give no numbers are reported") {
  io::SafeTensors file = random_weights(small_picture_model(models::Method::shortcut), 1);
  for (auto& named : file.tensors) {
    for (float& value : named.tensor.span()) value = NAN;
  }
  live::pictures::Order order = usual_order();
  order.weights[0] = std::make_shared<const io::Bytes>(io::serialise(file, io::Precision::f32));
  live::pictures::Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return !engine.card(0).error.empty(); }));
  CHECK(engine.card(0).error.find("not finite") != std::string::npos);
  CHECK(engine.error().empty());
}

TEST_CASE("pictures engine: the nearest training picture is found") {
  live::pictures::Order order = usual_order();
  live::pictures::Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.trace().known == 5; }));
  // A sheet of 8 x 2 flat pictures, the traced one among them.
  const auto& places = engine.trace().places;
  std::vector<uint8_t> seen(places.size() / 5);
  data::to_pixels(std::span(places).last(seen.size()), seen);
  std::vector<uint8_t> pixels;
  for (int i = 0; i < 16; ++i) pixels.insert(pixels.end(), seen.size(), static_cast<uint8_t>(i));
  std::ranges::copy(seen, pixels.begin() + static_cast<std::ptrdiff_t>(11 * seen.size()));
  order.training =
      std::make_shared<const io::Bytes>(io::encode_png(data::contact_sheet(pixels, 8, 3, 8)));
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.nearest().trace == engine.trace().run; }));
  CHECK(engine.nearest().count == 16);
  CHECK(engine.nearest().distance < 0.01F);
  std::vector<float> expected(seen.size());
  data::to_model(seen, expected);
  CHECK(worst(engine.nearest().values, expected) < 1e-5F);

  order.training = std::make_shared<const io::Bytes>(50);  // no PNG: no neighbour, no failure
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.nearest().count == 0; }));
  CHECK(engine.error().empty());
}

TEST_CASE("slerp: keeps the length of noise") {
  std::vector<float> a(500);
  std::vector<float> b(500);
  std::vector<float> out(500);
  models::picture_noise(1, 0, a);
  models::picture_noise(1, 1, b);
  const auto length = [](std::span<const float> x) {
    double sum = 0;
    for (const float v : x) sum += double{v} * v;
    return std::sqrt(sum);
  };
  for (const float s : {0.0F, 0.3F, 0.5F, 1.0F}) {
    live::slerp(a, b, s, out);
    CHECK(length(out) == doctest::Approx((1 - s) * length(a) + s * length(b)).epsilon(0.02));
  }
  live::slerp(a, b, 1, out);
  CHECK(worst(out, b) < 1e-5F);
  live::slerp(a, a, 0.5F, out);
  CHECK(worst(out, a) < 1e-5F);
}

TEST_CASE("transfer: tells how far it is, once done or failed stays so") {
  live::Transfer transfer;
  CHECK(transfer.progress() == 0);
  transfer.expect(200);
  transfer.arrived(50);
  CHECK(transfer.progress() == doctest::Approx(0.25));
  CHECK(transfer.state() == live::Transfer::State::under_way);
  transfer.done(io::Bytes(200), "here");
  CHECK(transfer.state() == live::Transfer::State::done);
  CHECK(transfer.bytes()->size() == 200);
  CHECK(transfer.words() == "here");
  live::Transfer other;
  other.fail("no network");
  CHECK(other.state() == live::Transfer::State::failed);
  CHECK(other.words() == "no network");
}
