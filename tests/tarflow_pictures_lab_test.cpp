// The lab "TarFlow pictures" without its window: settings as text, and what its task samples,
// inverts and scores.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <thread>

#include "random_model.h"
#include "rivulet/core/error.h"
#include "rivulet/io/png.h"
#include "rivulet/live/tarflow_pictures/engine.h"
#include "rivulet/live/tarflow_pictures/latent.h"
#include "rivulet/live/tarflow_pictures/likelihood.h"
#include "rivulet/live/tarflow_pictures/state.h"
#include "rivulet/models/pictures.h"

using namespace rivulet;
using models::TarflowMethod;
using models::TarflowNoise;

namespace {

using State = live::tarflow_pictures::State;
using Order = live::tarflow_pictures::Order;
using Engine = live::tarflow_pictures::Engine;

State parse(const std::string& text) {
  return live::tarflow_pictures::read_state(live::Fields::parse(text));
}

std::string message(const std::string& text) {
  try {
    (void)parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

models::TarflowModel small(TarflowNoise noise = TarflowNoise::gaussian) {
  return {.pictures = {.net = {.side = 8,
                               .channels = 3,
                               .patch = 4,
                               .width = 16,
                               .depth = 1,
                               .heads = 2,
                               .mlp_ratio = 2,
                               .classes = {3, 2}},
                       .dataset = "avatars",
                       .attributes = {{"hair colour", {"black", "blond", "teal"}},
                                      {"hat", {"none", "cap"}}},
                       .palette = {255, 0, 0, 0, 255, 0, 0, 0, 255}},
          .blocks = 3,
          .noise = noise,
          .sigma = 0.2F};
}

/// Random weights, weak enough for scales near 1.
io::SafeTensors weights(const models::TarflowModel& model) {
  Graph graph;
  nn::Params params(graph, 0);
  const Value y = graph.input("y", {1, model.pixels()});
  (void)models::tarflow_of_pictures(model, params, y, graph.input("labels", {1, 2}));
  io::SafeTensors file = random_weights(params, models::tarflow_card(model), 3);
  for (auto& named : file.tensors) {
    for (float& value : named.tensor.span()) value *= 0.35F;
  }
  return file;
}

live::FileBytes as_file(const io::SafeTensors& file) {
  return std::make_shared<const io::Bytes>(io::serialise(file, io::Precision::f32));
}

const live::FileBytes& good_file() {
  static const live::FileBytes file = as_file(weights(small()));
  return file;
}

/// 8 pictures in a row and 2 rows, each in two colours of its own.
live::FileBytes sheet_of_pictures() {
  std::vector<uint8_t> pixels;
  for (int picture = 0; picture < 16; ++picture) {
    for (int i = 0; i < 64 * 3; ++i) {
      pixels.push_back(static_cast<uint8_t>(i / 3 % 8 < 4 ? 16 * picture : 200));
    }
  }
  return std::make_shared<const io::Bytes>(io::encode_png(data::contact_sheet(pixels, 8, 3, 8)));
}

std::vector<float> small_picture(float brightness = 0.4F) {
  std::vector<float> picture;
  for (int i = 0; i < 64; ++i) {
    const float side = i % 8 < 3 + i / 16 ? brightness : -brightness;
    picture.insert(picture.end(), {side, -side, 0.2F});
  }
  return picture;
}

Order sampling_order(TarflowMethod method = TarflowMethod::sequential) {
  Order order;
  order.weights = good_file();
  order.samples = live::tarflow_pictures::SampleWish{
      .request = {.method = method, .group = 2, .tolerance = 1e-6F},
      .labels = {2, 1},
      .count = 5,
      .seed = 4,
      .temperature = 0.8F};
  return order;
}

Order latent_order() {
  Order order;
  order.weights = good_file();
  order.latent.emplace().picture = small_picture();
  return order;
}

/// Updates until `ready`, as the frame loop does.
template <class Ready>
bool wait(Engine& engine, Ready ready) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < end) {
    engine.update(5);
    if (ready()) return true;
    if (live::Job::has_threads()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  MESSAGE("the model: " << engine.card().error << ", the task: " << engine.error());
  return false;
}

bool sampled(const Engine& engine, uint64_t after = 0) {
  return engine.sheet().run > after &&
         engine.sheet().stage == live::tarflow_pictures::Sheet::Stage::finished;
}

bool inverted(const Engine& engine, uint64_t after = 0) {
  return engine.latent().answer > after &&
         engine.latent().stage == live::tarflow_pictures::Latent::Stage::finished;
}

float worst(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  float most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("tarflow pictures state: every setting survives the text") {
  CHECK(to_fields(State{}).text() == "tarflow-pictures");
  CHECK(parse("tarflow-pictures") == State{});
  CHECK(parse("tarflow-pictures?guidance=1.5").request.guidance == 2.5F);  // links say w - 1
  State s;
  s.set = data::find_picture_set("fashion");
  s.view = live::tarflow_pictures::View::likelihood;
  s.request.method = TarflowMethod::gauss_seidel;
  s.seconds = 10;
  s.seed = 99;
  s.temperature = 0.85F;
  s.denoise = s.snap = false;
  s.labels = {live::any_label, 3};
  s.request.guidance = 3.5F;
  s.request.form = models::TarflowGuidance::extrapolate;
  s.request.without_labels = false;
  s.request.attention_temperature = 1.25F;
  s.request.ramp = false;
  s.request.group = 16;
  s.request.first_in_order = false;
  s.request.tolerance = 0.01F;
  s.request.most_alpha = 2;
  s.chosen = 11;
  s.source = live::tarflow_pictures::Source::own;
  s.picture = 60;
  s.own = "abc-_";
  s.other = 3;
  s.blend = 0.35F;
  s.grain = 0.2F;
  s.silent = {0, 0, 1, 0, 0, 0, 0, 0, 0, 1};
  s.disguise = live::tarflow_pictures::Disguise::shuffled;
  s.bits = true;
  const std::string text = to_fields(s).text();
  CHECK(parse(text) == s);
  CHECK(to_fields(parse(text)).text() == text);
}

TEST_CASE("tarflow pictures state: bad texts are refused with what is wrong") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"set=cats", "no set"},
      {"view=cube", "no view"},
      {"sampler=euler", "no sampler"},
      {"seconds=4", "seconds must be"},
      {"seed=-1", "seed"},
      {"temperature=9", "temperature"},
      {"guidance=nan", "guidance"},
      {"attention=0", "attention"},
      {"group=7", "group must be"},
      {"tolerance=0", "tolerance"},
      {"alpha=1000", "alpha"},
      {"sample=16", "sample"},
      {"picture=64", "picture"},
      {"blend=1.5", "blend"},
      {"grain=-1", "grain"},
      {"silent=*", "characters"},
      {"source=own", "no picture"},
      {"own=a.b", "signs"},
      {"disguise=beard", "no disguise"},
      {"labels=300", "labels"},
      {"colour=red", "no setting"},
  };
  for (const auto& [field, expected] : cases) {
    CAPTURE(field);
    CHECK(message("tarflow-pictures?" + field).find(expected) != std::string::npos);
  }
  CHECK(message("tarflow-pictures?silent=" + std::string(200, 'A')).find("too many") !=
        std::string::npos);
  CHECK(message("tarflow-pictures?own=" + std::string(9000, 'A')).find("too long") !=
        std::string::npos);
}

TEST_CASE("tarflow pictures engine: samples are what the sampler gives, by every method") {
  Order order = sampling_order();
  Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return sampled(engine); }));
  const live::tarflow_pictures::Sheet sheet = engine.sheet();
  CHECK(sheet.runs == 9);  // 3 blocks of 4 tokens, the first of which is known
  CHECK(sheet.cut == 0);
  REQUIRE(sheet.blocks.size() == 3);
  for (const live::tarflow_pictures::Block& block : sheet.blocks) {
    CHECK(block.solved == 4);
    for (const float heat : block.heat) CHECK(heat == 0);
  }
  const io::SafeTensors file = io::parse_safetensors(*good_file());
  models::TarflowSampler sampler(file, 1, cpu_device());
  models::TarflowDensity density(file, 1, cpu_device());
  for (const int i : {0, 4}) {
    std::vector<float> x(192);
    models::picture_noise(4, i, x);
    for (float& v : x) v *= 0.8F;
    (void)sampler.sample({.labels = {2, 1}, .tolerance = 1e-6F}, x);
    CHECK(worst(sheet.of(sheet.raw, i), x) < 1e-4F);
    std::vector<float> denoised = x;
    density.denoise(std::vector<float>{2, 1}, denoised);
    for (size_t k = 0; k < x.size(); ++k) x[k] += sheet.of(sheet.moved, i)[k];
    CHECK(worst(x, denoised) < 1e-4F);
  }
  CHECK(sheet.nats.size() == 5);
  const std::vector<float> raw = sheet.raw;
  // Each is measured at full speed once its pictures are there, unless another is asked for first.
  const auto measured = [&](TarflowMethod method) {
    return wait(engine, [&] { return engine.sheet().costs[static_cast<size_t>(method)].runs > 0; });
  };
  REQUIRE(measured(TarflowMethod::sequential));
  for (const TarflowMethod method : {TarflowMethod::jacobi, TarflowMethod::gauss_seidel}) {
    const uint64_t run = engine.sheet().run;
    engine.order(sampling_order(method));
    REQUIRE(wait(engine, [&] { return sampled(engine, run); }));
    CHECK(worst(engine.sheet().raw, raw) < 1e-3F);
    REQUIRE(measured(method));
  }
  CHECK(engine.sheet().costs[0].runs == 9);  // and is remembered
}

TEST_CASE("tarflow pictures engine: another device gives the same samples and the same way back") {
  Order order = sampling_order();
  order.latent = latent_order().latent;
  Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return sampled(engine) && inverted(engine); }));
  const live::tarflow_pictures::Sheet sheet = engine.sheet();
  const std::vector<float> back = engine.latent().back;
  order.device = &reference_device();
  engine.order(order);
  REQUIRE(wait(engine, [&] { return sampled(engine, sheet.run); }));
  CHECK(worst(engine.sheet().raw, sheet.raw) < 1e-4F);
  CHECK(worst(engine.sheet().clean, sheet.clean) < 1e-3F);
  REQUIRE(wait(engine, [&] { return engine.sheet().costs[0].runs == 9; }));  // measured there
  const uint64_t answer = engine.latent().answer;
  order.latent->edit.grain = 1e-7F;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return inverted(engine, answer); }));
  CHECK(engine.latent().run == 1);  // the noise was known
  CHECK(worst(engine.latent().back, back) < 1e-3F);
  CHECK(engine.error().empty());
}

TEST_CASE("tarflow pictures: a way back that loses its device on the way begins anew") {
  live::tarflow_pictures::LoadedModel model(good_file(), cpu_device());
  live::tarflow_pictures::LatentWork work;
  work.set(*latent_order().latent, model);
  for (int i = 0; i < 3; ++i) (void)work.advance(model);
  REQUIRE_FALSE(work.done());
  model.move_to(reference_device());
  work.moved();
  while (!work.done()) (void)work.advance(model);
  CHECK(work.latent().error < 1e-4F);
  CHECK(work.latent().answer == 1);
}

TEST_CASE("tarflow pictures: a noise is blended, thrown anew, cooled and silenced") {
  using live::tarflow_pictures::changes;
  const nn::DitConfig net = small().pictures.net;
  std::vector<float> z(192);
  std::vector<float> other(192);
  models::picture_noise(1, 0, z);
  models::picture_noise(1, 1, other);
  const auto edited = [&](const live::tarflow_pictures::LatentEdit& edit) {
    std::vector<float> out = z;
    live::tarflow_pictures::edit_latent(edit, net, other, out);
    return out;
  };
  CHECK(edited({}) == z);
  CHECK_FALSE(changes({}, true));
  CHECK(worst(edited({.blend = 1}), other) < 1e-5F);
  CHECK(changes({.blend = 0.5F}, true));
  CHECK_FALSE(changes({.blend = 0.5F}, false));
  CHECK(worst(edited({.grain = 1}), z) > 1);
  CHECK(edited({.grain = 0.5F, .seed = 2}) == edited({.grain = 0.5F, .seed = 2}));
  CHECK(edited({.grain = 0.5F, .seed = 2}) != edited({.grain = 0.5F, .seed = 3}));
  const std::vector<float> cool = edited({.scale = 0.5F, .silent = {0, 1}});
  CHECK(changes({.scale = 0.5F}, false));
  CHECK(changes({.silent = {0, 1}}, false));
  for (size_t i = 0; i < z.size(); ++i) {
    const size_t x = i / 3 % 8;
    const size_t y = i / 3 / 8;
    CHECK(cool[i] == (x >= 4 && y < 4 ? 0 : z[i] * 0.5F));
  }
}

TEST_CASE("tarflow pictures engine: slow motion shows the tokens on their way") {
  Order order = sampling_order();
  order.samples->seconds = 1;
  Engine engine;
  engine.order(order);
  bool halfway = false;
  REQUIRE(wait(engine, [&] {
    const live::tarflow_pictures::Sheet& sheet = engine.sheet();
    if (sheet.stage == live::tarflow_pictures::Sheet::Stage::sampling && sheet.runs > 3 &&
        sheet.runs < 9) {
      halfway = true;
      CHECK(sheet.blocks[0].solved == 4);
      CHECK(sheet.blocks[2].solved <= 4);
    }
    return sampled(engine);
  }));
  CHECK(halfway);
  // The same pictures, another pace: nothing is made anew until it is asked for.
  const uint64_t run = engine.sheet().run;
  order.samples->seconds = 0;
  ++order.samples->replay;
  engine.order(order);
  CHECK(wait(engine, [&] { return sampled(engine, run); }));
  CHECK(engine.sheet().run == run + 1);
}

TEST_CASE("tarflow pictures engine: guidance and cut scales are told") {
  Order order = sampling_order();
  Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return sampled(engine); }));
  const std::vector<float> plain = engine.sheet().raw;
  order.samples->request.guidance = 3;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return sampled(engine, 1); }));
  CHECK(worst(engine.sheet().raw, plain) > 1e-3F);
  order.samples->request.guidance = 1;
  order.samples->request.most_alpha = 0.1F;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return sampled(engine, 2); }));
  CHECK(engine.sheet().cut > 0);
}

TEST_CASE("tarflow pictures engine: a picture goes to noise and comes back") {
  Order order = latent_order();
  Engine engine;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return inverted(engine); }));
  CHECK_FALSE(engine.latent().changed);
  CHECK(engine.latent().error < 1e-4F);
  CHECK(worst(engine.latent().z, engine.latent().noisy) > 0.05F);
  CHECK(engine.latent().z == engine.latent().edited);
  CHECK(engine.latent().nats == doctest::Approx(engine.latent().back_nats).epsilon(1e-3));
  const std::vector<float> z = engine.latent().z;

  order.latent->edit.silent = {1};  // the first token of 4 x 4 pixels
  engine.order(order);
  REQUIRE(wait(engine, [&] { return inverted(engine, 1); }));
  CHECK(engine.latent().changed);
  CHECK(engine.latent().run == 1);  // the noise was known
  for (size_t i = 0; i < z.size(); ++i) {
    const size_t x = i / 3 % 8;
    const size_t y = i / 24;
    CHECK(engine.latent().edited[i] == (x < 4 && y < 4 ? 0 : z[i]));
  }
  CHECK(engine.latent().error > 1e-3F);

  order.latent->edit.silent = {};
  order.latent->edit.grain = 1;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return inverted(engine, 2); }));
  CHECK(worst(engine.latent().edited, z) > 0.5F);

  // All the way to the other picture.
  order.latent->edit.grain = 0;
  order.latent->other = small_picture(-0.7F);
  order.latent->edit.blend = 1;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return inverted(engine, 3); }));
  std::vector<float> other = small_picture(-0.7F);
  float sum = 0;
  for (size_t i = 0; i < other.size(); ++i) sum += std::abs(engine.latent().back[i] - other[i]);
  CHECK(sum / static_cast<float>(other.size()) < 3 * small().sigma);
}

TEST_CASE("tarflow pictures engine: likelihoods of held-out pictures and of disguises") {
  Order order;
  order.weights = good_file();
  order.held_out = sheet_of_pictures();
  order.likelihood = live::tarflow_pictures::LikelihoodWish{.picture = small_picture()};
  Engine engine;
  engine.order(order);
  const auto scored = [&] {
    const live::tarflow_pictures::Likelihood& found = engine.likelihood();
    return found.total == 16 && found.values.size() == 16 && found.suspects[5].known;
  };
  REQUIRE(wait(engine, scored));
  const live::tarflow_pictures::Likelihood found = engine.likelihood();
  CHECK_FALSE(found.bits);
  const double floor = 0.5 * std::log(2 * 3.14159265 * 2.71828183 * 0.2 * 0.2);
  CHECK(found.floor == doctest::Approx(floor));
  CHECK(found.suspects[0].value != found.suspects[1].value);

  // The model of bytes says bits.
  order.exact = as_file(weights(small(TarflowNoise::uniform)));
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.likelihood().bits && scored(); }));
  CHECK(engine.exact_card().error.empty());

  order.held_out = std::make_shared<const io::Bytes>(50);  // no PNG: no histogram, no failure
  order.exact = nullptr;
  engine.order(order);
  REQUIRE(wait(engine, [&] {
    return !engine.likelihood().bits && engine.likelihood().total == 0 &&
           engine.likelihood().suspects[5].known;
  }));
  CHECK(engine.error().empty());
}

TEST_CASE(
    "tarflow pictures engine: files that are no models are explained, and a good one mends it") {
  const auto broken = [&](const live::FileBytes& file) {
    Engine engine;
    Order order = sampling_order();
    order.weights = file;
    engine.order(order);
    REQUIRE(
        wait(engine, [&] { return engine.card().file == file && !engine.card().error.empty(); }));
    const std::string said = engine.card().error;
    order.weights = good_file();
    engine.order(order);
    CHECK(wait(engine, [&] { return sampled(engine); }));
    CHECK(engine.card().good());
    return said;
  };
  CHECK_FALSE(broken(std::make_shared<const io::Bytes>(100)).empty());
  CHECK_FALSE(broken(model_file(models::Method::shortcut)).empty());
  CHECK(broken(as_file(weights(small(TarflowNoise::uniform)))).find("bytes") != std::string::npos);
  io::SafeTensors nothing = weights(small());
  for (auto& named : nothing.tensors) {
    for (float& value : named.tensor.span()) value = NAN;
  }
  CHECK(broken(as_file(nothing)).find("not finite") != std::string::npos);
}

TEST_CASE("tarflow pictures: tarflow_pictures::disguises are what they say") {
  const std::vector<float> picture = small_picture();
  const auto of = [&](live::tarflow_pictures::Disguise how) {
    return live::tarflow_pictures::disguised(how, picture, 8, 3);
  };
  CHECK(worst(of(live::tarflow_pictures::Disguise::none), picture) < 0.5F / 127);
  const std::vector<float> turned = of(live::tarflow_pictures::Disguise::turned);
  CHECK(worst(live::tarflow_pictures::disguised(live::tarflow_pictures::Disguise::turned, turned, 8,
                                                3),
              of(live::tarflow_pictures::Disguise::none)) < 1e-6F);
  CHECK(worst(turned, picture) > 0.1F);
  const std::vector<float> inverted_ = of(live::tarflow_pictures::Disguise::inverted);
  for (size_t i = 0; i < picture.size(); ++i) {
    CHECK(inverted_[i] == doctest::Approx(-picture[i]).epsilon(0.02));
  }
  const auto sum = [](const std::vector<float>& x) {
    double total = 0;
    for (const float v : x) total += v;
    return total;
  };
  CHECK(sum(of(live::tarflow_pictures::Disguise::shuffled)) ==
        doctest::Approx(sum(of(live::tarflow_pictures::Disguise::none))));
  const std::vector<float> flat = of(live::tarflow_pictures::Disguise::flat);
  for (size_t i = 3; i < flat.size(); ++i) CHECK(flat[i] == flat[i - 3]);
}
