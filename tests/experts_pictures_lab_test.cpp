// The lab "Experts, Pictures" without its window: settings as text, and what its task finds; and
// the facts of routing that it shows.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <thread>

#include "random_model.h"
#include "rivulet/core/error.h"
#include "rivulet/io/png.h"
#include "rivulet/live/experts_pictures/engine.h"
#include "rivulet/live/experts_pictures/state.h"
#include "rivulet/models/expert_card.h"

using namespace rivulet;
namespace lab = live::experts_pictures;

namespace {

constexpr int experts = 5;
constexpr int layers = 2;

models::PictureModel sparse_model() {
  models::PictureModel model = small_picture_model(models::Method::flow_matching);
  model.pictures.net.depth = 3;
  model.pictures.net.first_experts = 1;
  model.pictures.net.experts = nn::MoeConfig{.experts = experts, .chosen = 2, .hidden = 8};
  return model;
}

/// Random weights, thresholds among them: far from even loads.
io::SafeTensors sparse_file() { return random_weights(sparse_model(), 6); }

io::Bytes sheet() {
  const nn::DitConfig net = sparse_model().pictures.net;
  std::vector<uint8_t> pixels(static_cast<size_t>(10 * net.pixels()));
  Rng rng(8);
  for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(rng.below(256));
  return io::encode_png(data::contact_sheet(pixels, net.side, net.channels, 5));
}

lab::Order usual_order() {
  lab::Order order;
  order.weights = std::make_shared<io::Bytes>(io::serialise(sparse_file(), io::Precision::f32));
  order.pictures = std::make_shared<io::Bytes>(sheet());
  order.wish = {.labels = {2}, .guidance = 2, .steps = 4, .seed = 5};
  order.noised = 0.5F;
  return order;
}

/// Updates until `ready`, as the frame loop does.
template <class Ready>
bool wait(lab::Engine& engine, Ready ready) {
  for (int i = 0; i < 4000; ++i) {
    engine.update(5);
    if (ready()) return true;
    if (live::Job::has_threads()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

lab::State parse(const std::string& text) { return lab::read_state(live::Fields::parse(text)); }

std::string message(const std::string& text) {
  try {
    (void)parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// Noise of `count` pictures, and what a sampler of them makes of it in some steps.
struct Sampled {
  models::PictureSampler sampler;
  std::vector<float> x;

  explicit Sampled(int count, int first = 0, std::vector<float> silenced = {}, int steps = 3)
      : sampler(sparse_file(), count, cpu_device()) {
    const auto pixels = static_cast<size_t>(sampler.model().pixels());
    x.resize(static_cast<size_t>(count) * pixels);
    models::PictureRequest request{.guidance = 1.5F, .steps = steps};
    for (int i = 0; i < count; ++i) {
      models::picture_noise(3, first + i,
                            std::span(x).subspan(static_cast<size_t>(i) * pixels, pixels));
      request.labels.insert(request.labels.end(), {static_cast<float>((first + i) % 3), 1});
    }
    if (!silenced.empty()) sampler.silence(silenced);
    sampler.sample(request, x);
  }
};

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

float worst(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  float most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("routing: a picture alone is routed as in a batch") {
  Sampled batch(5);
  for (int i = 0; i < 5; ++i) {
    Sampled alone(1, i);
    CHECK(worst(alone.x, std::span(batch.x).subspan(alone.x.size() * static_cast<size_t>(i),
                                                    alone.x.size())) < 1e-5F);
    for (int layer = 0; layer < layers; ++layer) {
      const std::span<const float> one = alone.sampler.gates(layer);
      const std::span<const float> here =
          batch.sampler.gates(layer).subspan(one.size() * static_cast<size_t>(i), one.size());
      CHECK(worst(one, here) < 1e-5F);
    }
  }
}

TEST_CASE("routing: k gates of every token, none below zero") {
  Sampled batch(5);
  for (int layer = 0; layer < layers; ++layer) {
    const std::span<const float> gates = batch.sampler.gates(layer);
    REQUIRE(gates.size() == 5 * 4 * experts);
    for (size_t token = 0; token < 20; ++token) {
      const std::span<const float> of = gates.subspan(token * experts, experts);
      CHECK(std::ranges::count_if(of, [](float g) { return g > 0; }) == 2);
      CHECK(std::ranges::min(of) == 0);
    }
  }
}

TEST_CASE("routing: silence changes what comes after, and nothing where nobody chose the expert") {
  const Sampled whole(2, 0, {}, 1);
  const auto gates = [](const Sampled& of, int layer) { return copy(of.sampler.gates(layer)); };
  for (int expert = 0; expert < experts; ++expert) {
    std::vector<float> silenced(layers * experts);
    silenced[static_cast<size_t>(experts + expert)] = 1;  // in the last layer
    const Sampled less(2, 0, silenced, 1);
    CHECK(gates(less, 0) == gates(whole, 0));
    CHECK(gates(less, 1) == gates(whole, 1));  // it is still chosen, but says nothing
  }
  // All silent: what the layer would have added is gone, for every picture.
  const Sampled none(2, 0, std::vector<float>(layers * experts, 1.0F), 1);
  CHECK(worst(none.x, whole.x) > 1e-3F);
  CHECK(gates(none, 0) == gates(whole, 0));
  const Sampled again(2, 0, std::vector<float>(layers * experts), 1);
  CHECK(again.x == whole.x);
}

TEST_CASE("routing: of routed experts a token meets k of n") {
  const io::SafeTensors file = sparse_file();
  const models::ParameterCount count = models::count_parameters(file);
  CHECK(count.training == 0);
  CHECK(count.all - count.active == layers * (experts - 2) * 2 * 16 * 8);
  const io::SafeTensors dense =
      random_weights(small_picture_model(models::Method::flow_matching), 1);
  CHECK(models::count_parameters(dense).all == models::count_parameters(dense).active);
}

TEST_CASE("experts-pictures state: every setting survives the text") {
  CHECK(to_fields(lab::State{}).text() == "experts-pictures");
  lab::State s;
  s.set = data::find_picture_set("fashion");
  s.wish = {.labels = {live::any_label, 3}, .guidance = 2.25F, .steps = 64, .seed = 12};
  s.picture = 7;
  s.layer = 5;
  s.time = 0.25F;
  s.painted = false;
  s.everywhere = true;
  lab::set_silenced(s.silenced, 1, 11, true);
  lab::set_silenced(s.silenced, 3, 0, true);
  const std::string text = to_fields(s).text();
  CHECK(text.find("silenced=0.800.0.1") != std::string::npos);
  CHECK(parse(text) == s);
  CHECK(to_fields(parse(text)).text() == text);
  CHECK(lab::is_silenced(s.silenced, 1, 11));
  CHECK(!lab::is_silenced(s.silenced, 2, 11));
  CHECK(!lab::is_silenced(s.silenced, 30, 0));
  lab::set_silenced(s.silenced, 3, 0, false);
  CHECK(s.silenced.size() == 2);  // no zeros at the end
  CHECK(parse("experts-pictures?silenced=0.0").silenced.empty());
}

TEST_CASE("experts-pictures state: bad texts are refused with what is wrong") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"experts-pictures?set=cats", "no set"},
      {"experts-pictures?steps=3", "steps must be"},
      {"experts-pictures?guidance=9", "guidance"},
      {"experts-pictures?layer=32", "layer"},
      {"experts-pictures?picture=8", "picture"},
      {"experts-pictures?time=nan", "time"},
      {"experts-pictures?silenced=-1", "silenced"},
      {"experts-pictures?silenced=1..2", "silenced"},
      {"experts-pictures?silenced=10000000000000000", "silenced"},
      {"experts-pictures?colour=red", "no setting"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(message(text).find(expected) != std::string::npos);
  }
  std::string many = "experts-pictures?silenced=1";
  for (int i = 0; i < 40; ++i) many += ".1";
  CHECK(message(many).find("too many") != std::string::npos);
}

TEST_CASE("experts-pictures: pictures, their gates and loads, with all experts and without some") {
  lab::Engine engine;
  lab::Order order = usual_order();
  engine.order(order);
  const auto whole = [&]() -> const lab::Course& { return engine.course(lab::Cast::whole); };
  const auto without = [&]() -> const lab::Course& { return engine.course(lab::Cast::without); };
  REQUIRE(wait(engine, [&] { return whole().finished(); }));
  CHECK(engine.card().good());
  CHECK(engine.card().active < engine.card().parameters);
  CHECK(whole().extent.layers == layers);
  CHECK(whole().extent.experts == experts);

  // The same as the sampler alone.
  models::PictureSampler sampler(sparse_file(), 1, cpu_device());
  const auto pixels = static_cast<size_t>(sampler.model().pixels());
  for (const int picture : {0, 6}) {
    std::vector<float> x(pixels);
    models::picture_noise(5, picture, x);
    const models::PictureRequest request{.labels = {2, 2}, .guidance = 2, .steps = 4};
    for (int step = 0; step < 4; ++step) {
      CHECK(worst(whole().place(step, picture), x) < 1e-5F);
      sampler.advance(request, x, step);
      for (int layer = 0; layer < layers; ++layer) {
        CHECK(worst(whole().gates(step, layer, picture), sampler.gates(layer)) < 1e-5F);
      }
    }
    CHECK(worst(whole().place(4, picture), x) < 1e-5F);
  }
  float sum = 0;
  for (const float share : whole().load(3, 1)) sum += share;
  CHECK(sum == doctest::Approx(1));

  // Silence: the first layer's gates of the first step stay, the pictures do not.
  CHECK(without().run == 0);
  order.silenced = {0, 31};
  engine.order(order);
  const uint64_t run = whole().run;
  REQUIRE(wait(engine, [&] { return without().finished(); }));
  CHECK(whole().run == run);  // not made again
  CHECK(worst(without().gates(0, 0, 2), whole().gates(0, 0, 2)) == 0);
  CHECK(worst(without().place(4, 2), whole().place(4, 2)) > 1e-4F);
}

TEST_CASE("experts-pictures: each expert's largest gates among real pictures") {
  lab::Engine engine;
  lab::Order order = usual_order();
  engine.order(order);
  const auto found = [&]() -> const lab::Preferred& { return engine.preferred(); };
  REQUIRE(wait(engine, [&] { return found().looked == 10; }));
  CHECK(found().count == 10);
  for (int layer = 0; layer < layers; ++layer) {
    for (int expert = 0; expert < experts; ++expert) {
      const auto patches = found().of(layer, expert);
      std::vector<int> pictures;
      for (size_t i = 0; i < patches.size() && patches[i].gate > 0; ++i) {
        if (i > 0) CHECK(patches[i].gate <= patches[i - 1].gate);
        CHECK(patches[i].token < 4);
        pictures.push_back(patches[i].picture);
      }
      std::ranges::sort(pictures);
      CHECK(std::ranges::adjacent_find(pictures) == pictures.end());
    }
  }
  const uint64_t run = found().run;
  order.noised = 0.9F;
  engine.order(order);
  REQUIRE(wait(engine, [&] { return found().run != run && found().looked == 10; }));
  CHECK(found().noised == 0.9F);
}

TEST_CASE("experts-pictures: models that it cannot show are explained") {
  lab::Engine engine;
  lab::Order order = usual_order();
  order.weights = model_file(models::Method::flow_matching);
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.card().file == order.weights; }));
  CHECK(engine.card().error.find("no experts") != std::string::npos);
  order.weights = std::make_shared<io::Bytes>(5000, std::byte{255});
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.card().file == order.weights; }));
  CHECK(!engine.card().error.empty());
  order = usual_order();
  order.pictures = std::make_shared<io::Bytes>(100, std::byte{1});
  engine.order(order);
  REQUIRE(wait(engine, [&] { return engine.course(lab::Cast::whole).finished(); }));
  CHECK(engine.error().empty());
  CHECK(engine.preferred().looked == 0);
}
