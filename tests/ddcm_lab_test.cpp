// The lab "DDCM" without its window: settings as text, pictures from outside, and what its task
// codes, restores and walks.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <thread>

#include "random_model.h"
#include "rivulet/core/error.h"
#include "rivulet/io/deflate.h"
#include "rivulet/io/png.h"
#include "rivulet/live/ddcm/code.h"
#include "rivulet/live/ddcm/engine.h"
#include "rivulet/live/ddcm/model.h"
#include "rivulet/live/ddcm/state.h"
#include "rivulet/live/picture_text.h"
#include "rivulet/models/ddcm_file.h"

using namespace rivulet;

namespace {

live::ddcm::State parse(const std::string& text) {
  return live::ddcm::read_state(live::Fields::parse(text));
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
bool wait(live::ddcm::Engine& engine, Ready ready) {
  for (int i = 0; i < 6000; ++i) {
    engine.update(5);
    if (ready()) return true;
    if (live::Job::has_threads()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

/// A picture of 8 x 8 in two colours.
std::vector<float> small_picture() {
  std::vector<float> picture;
  for (int i = 0; i < 64; ++i) {
    const float side = i % 8 < 4 ? 0.6F : -0.6F;
    picture.insert(picture.end(), {side, -side, 0.2F});
  }
  return picture;
}

live::ddcm::Order order_of(live::ddcm::CodeWish wish) {
  live::ddcm::Order order;
  order.weights = model_file(models::Method::flow_matching);
  order.code = std::move(wish);
  return order;
}

live::ddcm::CodeWish small_wish() {
  return {.picture = small_picture(), .code = {}, .settings = {.codes = 6, .bits = 4}};
}

bool finished(const live::ddcm::Engine& engine, uint64_t after = 0) {
  return engine.trace().run > after && engine.trace().finished();
}

double squared_error(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return sum;
}

}  // namespace

TEST_CASE("ddcm state: every setting survives the text") {
  CHECK(to_fields(live::ddcm::State{}).text() == "ddcm");
  CHECK(parse("ddcm") == live::ddcm::State{});
  live::ddcm::State s;
  s.view = live::ddcm::View::restore;
  s.source = live::ddcm::Source::own;
  s.picture = 9;
  s.own = "abc-_";
  s.bytes = 64;
  s.details = {.form = models::CodeForm::pursuit,
               .codebook = models::CodebookKind::hadamard,
               .bits = 10,
               .atoms = 3,
               .coefficient_bits = 4,
               .tail = 8,
               .rho = 1.75F,
               .noise = 0.5F,
               .snap = false,
               .seed = 77};
  s.tuned = false;
  s.choice = models::Choice::importance;
  s.effort = 2;
  s.labels = {live::any_label, 3};
  s.time = 0.25F;
  s.task = live::ddcm::RestoreTask::four_times;
  s.mask.fill(0);
  s.mask[17] = s.mask[255] = 1;
  s.grain = 0.3F;
  s.strength = 8;
  s.restore_seed = 5;
  s.target = data::Shape2d::spirals;
  s.plane = live::ddcm::PlaneChoice::article;
  s.size = 512;
  s.steps = 20;
  s.plane_seed = 6;
  const std::string text = to_fields(s).text();
  CHECK(parse(text) == s);
  CHECK(to_fields(parse(text)).text() == text);
  CHECK(parse("ddcm?source=code&code=550e8400-e29b-41d4-a716-446655440000").code.size() == 36);
}

TEST_CASE("ddcm state: bad texts are refused with what is wrong") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"ddcm?view=cube", "no view"},
      {"ddcm?source=own", "no picture"},
      {"ddcm?source=code", "no code"},
      {"ddcm?picture=64", "picture"},
      {"ddcm?bytes=17", "bytes must be"},
      {"ddcm?bits=13", "bits"},
      {"ddcm?bits=0", "bits"},
      {"ddcm?rho=1.1&tuned=0", "rho"},
      {"ddcm?noise=2&tuned=0", "noise"},
      {"ddcm?form=turbo&atoms=65", "atoms"},
      {"ddcm?form=pursuit&atoms=4&coefficient=9", "coefficient"},
      {"ddcm?effort=4", "effort"},
      {"ddcm?tail=256", "tail"},
      {"ddcm?seed=-1", "seed"},
      {"ddcm?mask=AAAA", "mask"},
      {"ddcm?mask=*", "characters"},
      {"ddcm?grain=0", "grain"},
      {"ddcm?strength=13", "strength"},
      {"ddcm?target=drawn", "drawn"},
      {"ddcm?k=3", "k must be"},
      {"ddcm?steps=7", "steps must be"},
      {"ddcm?time=nan", "time"},
      {"ddcm?labels=1.y", "labels"},
      {"ddcm?code=a.b", "signs"},
      {"ddcm?own=" + std::string(9000, 'a'), "too long"},
      {"ddcm?colour=red", "no setting"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(message(text).find(expected) != std::string::npos);
  }
}

TEST_CASE("ddcm state: a code takes the bytes that it may, and 16 of the usual kind are a UUID") {
  live::ddcm::State s;
  CHECK(live::ddcm::code_settings(s) == models::uuid_settings());
  for (const int bytes : live::ddcm::code_lengths) {
    for (const auto form :
         {models::CodeForm::single, models::CodeForm::pursuit, models::CodeForm::turbo}) {
      s.bytes = bytes;
      s.details = {.form = form, .bits = 6, .atoms = form == models::CodeForm::single ? 1 : 3};
      const models::DdcmSettings settings = live::ddcm::code_settings(s);
      CHECK(models::code_bits(settings) <= bytes * 8);
      CHECK(models::code_bits(settings) * (settings.codes + 1) > bytes * 8 * settings.codes);
    }
  }
}

TEST_CASE("ddcm pictures: files of any size fit, texts come back, what is no picture is refused") {
  io::Image wide{.width = 40, .height = 20, .channels = 4, .pixels = {}};
  for (int i = 0; i < 800; ++i) {
    const bool middle = i % 40 >= 10 && i % 40 < 30;
    for (const int v : {middle ? 200 : 0, 100, 50, 255}) {
      wide.pixels.push_back(static_cast<uint8_t>(v));
    }
  }
  const live::Pixels fitted = live::fitted_picture(io::encode_png(wide), 16);
  REQUIRE(fitted.size() == 768);
  for (size_t i = 0; i < fitted.size(); i += 3) CHECK(fitted[i] == 200);

  const std::string text = live::picture_text(fitted, 16);
  CHECK(live::picture_of_text(text, 16) == fitted);
  CHECK_THROWS_AS((void)live::picture_of_text(text, 8), Error);
  CHECK_THROWS_AS((void)live::picture_of_text("AAAA", 16), Error);
  CHECK_THROWS_AS((void)live::picture_of_text("no base64*", 16), Error);
  CHECK_THROWS_AS((void)live::fitted_picture(io::Bytes(100), 16), Error);

  const live::LosslessSizes sizes = live::lossless_sizes(fitted, 16);
  CHECK(sizes.palette < 20);
  CHECK(sizes.png > sizes.palette);
}

TEST_CASE("deflate: sizes are those of zlib's best level, or a little below") {
  const auto near = [](const std::vector<uint8_t>& bytes, size_t zlib) {
    const size_t ours = io::deflated_size(bytes);
    CAPTURE(ours);
    CAPTURE(zlib);
    CHECK(ours <= zlib + 2);
    CHECK(ours + 2 + zlib / 16 >= zlib);
  };
  near({}, 2);
  near({'a'}, 3);
  near(std::vector<uint8_t>(1000), 11);
  std::vector<uint8_t> ramp;
  for (int i = 0; i < 256; ++i) ramp.push_back(static_cast<uint8_t>(i));
  near(ramp, 261);
  std::vector<uint8_t> five;
  uint64_t x = 1;
  for (int i = 0; i < 600; ++i) {
    x = (x * 1103515245 + 12345) % (uint64_t{1} << 31);
    five.push_back(static_cast<uint8_t>((x >> 16) % 5));
  }
  near(five, 250);
  std::vector<uint8_t> squares;
  for (int i = 0; i < 768; ++i) squares.push_back(static_cast<uint8_t>(i * i / 7 % 11));
  near(squares, 61);
  std::vector<uint8_t> stripes;
  for (int i = 0; i < 4096; ++i) stripes.push_back(static_cast<uint8_t>((i / 48 + i % 3) % 7));
  near(stripes, 58);
  // Nothing is repeated, so that the table of lengths is a good part: long runs, and every other 0.
  const auto thrice = [](int values, int step) {
    std::vector<uint8_t> bytes;
    for (const int stride : {1, 37, 53}) {
      for (int i = 0; i < values; ++i) {
        bytes.push_back(static_cast<uint8_t>(step * ((i * stride + 5) % values)));
      }
    }
    return io::deflated_size(bytes);
  };
  for (const auto& [ours, zlib] : {std::pair{thrice(128, 1), 359U}, {thrice(100, 2), 305U}}) {
    CHECK(ours <= zlib);
    CHECK(ours + 4 >= zlib);
  }
  CHECK_THROWS_AS((void)io::deflated_size(std::vector<uint8_t>(70000)), Error);
}

TEST_CASE(
    "ddcm engine: a picture becomes the library's code, step by step, and the code a picture") {
  live::ddcm::Engine engine;
  engine.order(order_of(small_wish()));
  REQUIRE(wait(engine, [&] { return finished(engine); }));
  CHECK(engine.card().error.empty());
  CHECK(engine.card().model.pictures.net.side == 8);
  const live::ddcm::CodeTrace trace = engine.trace();
  CHECK(trace.steps == 7);
  REQUIRE(trace.dots.size() == 6);

  const io::SafeTensors file = io::parse_safetensors(*model_file(models::Method::flow_matching));
  models::PictureDenoiser network(file, 1, cpu_device());
  const models::Denoise denoise = [&](std::span<const float> x, models::NoiseLevel level,
                                      std::span<float> x0) { network(x, level, x0); };
  const models::Ddcm codec(trace.settings, denoise, 192);
  const models::DdcmResult alone = codec.choose(models::pull_to(small_picture()), 1).finish();
  CHECK(trace.code == alone.codes[0]);
  CHECK(squared_error(trace.belief(trace.steps), alone.x) < 1e-6);
  for (size_t step = 0; step < 6; ++step) {
    const live::ddcm::StepDots& dots = trace.dots[step];
    REQUIRE(dots.known());
    CHECK(dots.index == trace.code.indices[step]);
    CHECK(dots.chosen[0] > 0.5F);  // the largest of 16 is above their mean
  }

  live::ddcm::CodeWish reading{.picture = {}, .code = trace.code, .settings = trace.settings};
  engine.order(order_of(reading));
  REQUIRE(wait(engine, [&] { return finished(engine, trace.run); }));
  CHECK(engine.trace().places == trace.places);
  CHECK(engine.trace().beliefs == trace.beliefs);
  CHECK_FALSE(engine.trace().dots[0].known());
  CHECK(engine.trace().dots[3].index == trace.code.indices[3]);
}

TEST_CASE("ddcm: a picture that changes its device on the way becomes the same code") {
  const live::FileBytes file = model_file(models::Method::flow_matching);
  for (const int effort : {0, 1}) {  // without and with a search
    live::ddcm::CodeWish wish = small_wish();
    wish.effort = effort;
    wish.labels = {1};
    const auto coded = [&](int moved_after) {
      live::ddcm::LoadedModel model(file, cpu_device());
      live::ddcm::CodeWork work;
      work.set(wish, model);
      for (int i = 0; !work.done(); ++i) {
        if (i == moved_after) model.move_to(reference_device());
        (void)work.advance(model);
      }
      CHECK(work.trace().finished());
      return work.trace();
    };
    const live::ddcm::CodeTrace stays = coded(-1);
    const live::ddcm::CodeTrace moves = coded(3);
    CHECK(stays.code == moves.code);
    CHECK(squared_error(stays.belief(stays.steps), moves.belief(moves.steps)) < 1e-6);
  }
}

TEST_CASE("ddcm engine: searching finds nothing worse than the greedy choice") {
  live::ddcm::Engine engine;
  live::ddcm::CodeWish wish = small_wish();
  engine.order(order_of(wish));
  REQUIRE(wait(engine, [&] { return finished(engine); }));
  const double greedy = squared_error(engine.trace().belief(7), small_picture());
  const uint64_t run = engine.trace().run;
  wish.effort = 1;
  engine.order(order_of(wish));
  REQUIRE(wait(engine, [&] { return finished(engine, run); }));
  CHECK(engine.trace().searched == 1);
  CHECK(squared_error(engine.trace().belief(7), small_picture()) <= greedy + 1e-6);
  CHECK(engine.trace().dots[2].known());
}

TEST_CASE("ddcm engine: all forms, labels, and another wish while one is under way") {
  live::ddcm::Engine engine;
  uint64_t run = 0;
  for (const models::DdcmSettings& settings :
       {models::DdcmSettings{.form = models::CodeForm::pursuit, .codes = 5, .bits = 5, .atoms = 3},
        models::DdcmSettings{
            .form = models::CodeForm::turbo, .codes = 5, .bits = 5, .atoms = 4, .tail = 2},
        models::DdcmSettings{.codebook = models::CodebookKind::hadamard, .codes = 30, .bits = 6}}) {
    live::ddcm::CodeWish wish = small_wish();
    wish.settings = settings;
    wish.labels = {1};
    wish.settings.seed = 4;
    engine.order(order_of(wish));
    engine.update(1);
    wish.settings.seed = 5;
    engine.order(order_of(wish));
    REQUIRE(wait(
        engine, [&] { return finished(engine, run) && engine.trace().settings == wish.settings; }));
    run = engine.trace().run;
    CHECK_NOTHROW(models::validate(engine.trace().code, wish.settings));
    CHECK(engine.trace().dots[0].chosen.size() == static_cast<size_t>(settings.atoms));
  }
}

TEST_CASE("ddcm engine: what is left of a damaged picture is in the restored one") {
  live::ddcm::Engine engine;
  live::ddcm::CodeWish wish = small_wish();
  wish.settings = {.codebook = models::CodebookKind::hadamard, .codes = 40, .bits = 8, .noise = 1};
  models::Measurement holes{.side = 8};
  holes.lost.assign(64, 0);
  for (size_t i = 0; i < 64; ++i) holes.lost[i] = i % 8 < 3 ? 1 : 0;
  uint64_t run = 0;
  for (models::Measurement how :
       {holes, models::Measurement{.damage = models::Damage::shrunk, .side = 8, .factor = 4},
        models::Measurement{.damage = models::Damage::grey, .side = 8}}) {
    wish.damage = how;
    engine.order(order_of(wish));
    REQUIRE(wait(engine, [&] { return finished(engine, run); }));
    run = engine.trace().run;
    const std::span<const float> restored = engine.trace().belief(engine.trace().steps);
    const std::span<const float> first = engine.trace().belief(0);
    std::vector<float> now(restored.begin(), restored.end());
    std::vector<float> before(first.begin(), first.end());
    models::project(how, now);
    models::project(how, before);
    const std::vector<float> seen = models::damaged(how, small_picture());
    CHECK(squared_error(now, seen) < 0.5 * squared_error(before, seen));
  }
}

TEST_CASE("ddcm engine: files that are no models are explained, bad wishes as well") {
  live::ddcm::Engine engine;
  live::ddcm::Order order = order_of(small_wish());
  const live::FileBytes good = order.weights;
  order.weights = std::make_shared<const io::Bytes>(100);
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.card().file == order.weights; }));
  CHECK_FALSE(engine.card().error.empty());
  order.weights = good;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return finished(engine); }));
  CHECK(engine.card().error.empty());

  order.code->picture.resize(30);
  engine.order(order);
  REQUIRE(wait(engine, [&] { return !engine.trace().error.empty(); }));
  CHECK(engine.trace().error.find("30 numbers") != std::string::npos);
  CHECK(engine.error().empty());
  order.code = small_wish();
  order.code->settings.codes = 0;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.trace().error.find("codes") != std::string::npos; }));

  io::SafeTensors file = random_weights(small_picture_model(models::Method::flow_matching), 1);
  for (auto& named : file.tensors) {
    for (float& value : named.tensor.span()) value = NAN;
  }
  order.code = small_wish();
  order.weights = std::make_shared<const io::Bytes>(io::serialise(file, io::Precision::f32));
  engine.order(order);
  REQUIRE(wait(engine, [&] { return !engine.card().error.empty(); }));
  CHECK(engine.card().error.find("not finite") != std::string::npos);
}

TEST_CASE("ddcm engine: in the plane importance sampling stays on course, argmax does not") {
  live::ddcm::Engine engine;
  live::ddcm::Order order;
  const auto walk = [&](live::ddcm::PlaneChoice choice) {
    order.plane = {.choice = choice, .size = 256, .steps = 10};
    const uint64_t run = engine.plane().run;
    engine.order(order);
    REQUIRE(wait(engine, [&] { return engine.plane().run > run && engine.plane().finished(); }));
    const auto mean = [](std::span<const float> values) {
      float sum = 0;
      for (const float value : values) sum += value / static_cast<float>(values.size());
      return sum;
    };
    return std::pair(mean(engine.plane().chosen_distance), mean(engine.plane().ddpm_distance));
  };
  const auto [importance, ddpm] = walk(live::ddcm::PlaneChoice::importance);
  const auto [argmax, again] = walk(live::ddcm::PlaneChoice::argmax);
  CHECK(ddpm == again);
  CHECK(importance < 1.6F * ddpm);
  CHECK(argmax > 4 * ddpm);
  REQUIRE(wait(engine, [&] { return engine.curves().distance[1][1] >= 0; }));
  CHECK(engine.curves().distance[1][0] > 0);
}

TEST_CASE("restoration: what is left stays as it is, and pulls lead there") {
  std::vector<float> picture = small_picture();
  for (size_t i = 0; i < picture.size(); ++i) {
    picture[i] += 0.1F * std::sin(static_cast<float>(i));
  }
  models::Measurement holes{.side = 8};
  holes.lost.assign(64, 0);
  holes.lost[9] = 1;
  for (const models::Measurement& how :
       {holes, models::Measurement{.damage = models::Damage::shrunk, .side = 8},
        models::Measurement{.damage = models::Damage::grey, .side = 8}}) {
    const std::vector<float> seen = models::damaged(how, picture);
    std::vector<float> twice = seen;
    models::project(how, twice);
    CHECK(squared_error(seen, twice) < 1e-8);
    CHECK(squared_error(seen, picture) > 1e-3);
    // A step along r from anywhere reaches a picture with the same measurement.
    std::vector<float> x0(picture.size(), 0.3F);
    std::vector<float> r(x0.size());
    models::pull_to_measurement(how, seen)(models::cosine_level(0.5F), x0, x0, r);
    for (size_t i = 0; i < x0.size(); ++i) x0[i] += r[i];
    models::project(how, x0);
    CHECK(squared_error(x0, seen) < 1e-8);
  }
  CHECK(models::damaged(holes, picture)[27] == 0);
  CHECK(models::damaged(holes, picture)[30] == picture[30]);

  const models::Measurement noisy{.damage = models::Damage::noisy, .side = 8, .grain = 0.5F};
  const std::vector<float> seen = models::damaged(noisy, picture);
  CHECK(squared_error(seen, picture) / static_cast<double>(seen.size()) ==
        doctest::Approx(0.25).epsilon(0.3));
  std::vector<float> r(seen.size());
  const models::Pull pull = models::pull_to_measurement(noisy, seen);
  pull(models::cosine_level(0.9F), picture, picture, r);
  CHECK(squared_error(r, std::vector<float>(r.size())) > 1);
  pull(models::cosine_level(0.1F), picture, picture, r);
  CHECK(squared_error(r, std::vector<float>(r.size())) == 0);
  CHECK_THROWS_AS((void)models::damaged(holes, std::vector<float>(100)), Error);
  CHECK_THROWS_AS(
      (void)models::damaged({.damage = models::Damage::shrunk, .side = 8, .factor = 3}, picture),
      Error);
  holes.lost.pop_back();
  CHECK_THROWS_AS((void)models::damaged(holes, picture), Error);
}
