// The trainer of the plane, and the facts that its lab shows.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "messages.h"
#include "rivulet/core/error.h"
#include "rivulet/exec/plan/limits.h"
#include "rivulet/metrics/points.h"
#include "rivulet/train/couplings.h"
#include "rivulet/train/flow2d.h"

using namespace rivulet;
using models::Method;
using train::flow2d_trainer;
using train::Flow2dConfig;
using train::Flow2dSampler;
using train::Trainer;

namespace {

Flow2dConfig small(Method method) {
  return {.method = method, .width = 16, .depth = 2, .batch = 32, .seed = 7, .reflow_after = 3};
}

const data::Target2d& ring_of_eight() {
  static const data::Target2d target(data::Shape2d::eight_gaussians);
  return target;
}

std::vector<float> losses(Trainer& trainer, int steps) {
  std::vector<float> result;
  for (int i = 0; i < steps; ++i) result.push_back(trainer.step());
  return result;
}

/// Sliced Wasserstein distance to the data by number of sampling steps, and coverage in one step.
struct Quality {
  std::map<int, float> distance;
  metrics::Coverage one_step;
};

Quality quality(Method method) {
  // A smaller network than the lab's, so that this takes a second or two on the fast device.
  const Flow2dConfig config{.method = method,
                            .width = 64,
                            .batch = 256,
                            .learning_rate = 4e-3F,
                            .bootstrap = models::usual_bootstrap(method),
                            .reflow_after = 700};
  constexpr int steps = 1500;
  constexpr int points = 2048;
  Trainer trainer = flow2d_trainer(config, ring_of_eight(), cpu_device());
  for (int i = 0; i < steps; ++i) (void)trainer.step();
  train::Weights weights;
  trainer.averaged(weights);
  Flow2dSampler sampler(config, points, cpu_device());
  sampler.load(weights);
  std::vector<float> noise(size_t{points} * 2);
  std::vector<float> data(noise.size());
  Rng(100).normal(noise);
  Rng rng(101);
  ring_of_eight().sample(rng, data);
  Quality result;
  for (const int n : {1, 4, 128}) {
    std::vector<float> xy = noise;
    sampler.sample(xy, n);
    result.distance[n] = metrics::sliced_wasserstein2(xy, data);
    if (n == 1) result.one_step = metrics::mode_coverage(xy, ring_of_eight().modes());
  }
  MESSAGE(fmt::format("{}: 1 step {:.3f}, 4 steps {:.3f}, 128 steps {:.3f}, modes {}/{}",
                      models::name_of(method), result.distance[1], result.distance[4],
                      result.distance[128], result.one_step.covered, result.one_step.modes));
  return result;
}

}  // namespace

TEST_CASE("flow2d: the same seed gives the same losses, another seed others") {
  for (int m = 0; m < models::method_count; ++m) {
    const auto method = static_cast<Method>(m);
    CAPTURE(models::name_of(method));
    for (const Device* device : devices()) {
      Trainer a = flow2d_trainer(small(method), ring_of_eight(), *device);
      Trainer b = flow2d_trainer(small(method), ring_of_eight(), *device);
      const auto first = losses(a, 6);
      CHECK(first == losses(b, 6));
      for (const float loss : first) CHECK(std::isfinite(loss));
      Flow2dConfig other = small(method);
      other.seed = 8;
      Trainer c = flow2d_trainer(other, ring_of_eight(), *device);
      CHECK(first != losses(c, 6));
    }
  }
}

TEST_CASE("flow2d: each step draws noise, data and times of its own") {
  Flow2dConfig config = small(Method::shortcut);
  config.learning_rate = 0;
  Trainer trainer = flow2d_trainer(config, ring_of_eight(), reference_device());
  for (const char* name : {"x0", "x1", "t", "d"}) {
    std::vector<std::vector<float>> drawn;
    for (int i = 0; i < 2; ++i) {
      (void)trainer.step();
      const auto batch = trainer.program().read(name);
      drawn.emplace_back(batch.begin(), batch.end());
    }
    CAPTURE(name);
    CHECK(drawn[0] != drawn[1]);
  }
}

TEST_CASE("flow2d: training that is interrupted continues as if it were not") {
  for (int m = 0; m < models::method_count; ++m) {
    const auto method = static_cast<Method>(m);
    CAPTURE(models::name_of(method));
    Trainer straight = flow2d_trainer(small(method), ring_of_eight(), reference_device());
    const auto whole = losses(straight, 10);
    for (const int stop : {2, 5}) {  // reflow: before its couplings, and while they are made
      Trainer before = flow2d_trainer(small(method), ring_of_eight(), reference_device());
      (void)losses(before, stop);
      io::SafeTensors file = before.checkpoint();
      for (const char* key : {"clip", "beta2", "warmup", "floor"}) {
        CHECK(file.metadata.erase(key) == 1);  // older files say nothing of what never varied
      }
      const auto bytes = io::serialise(file, io::Precision::f32);
      Trainer after = flow2d_trainer(io::parse_safetensors(bytes), reference_device());
      CHECK(after.steps() == stop);
      CHECK(train::flow2d_config(after.checkpoint()) == small(method));
      CHECK(losses(after, 10 - stop) == std::vector<float>(whole.begin() + stop, whole.end()));
      // Averages, moments, couplings in the making: everything.
      CHECK(io::serialise(after.checkpoint(), io::Precision::f32) ==
            io::serialise(straight.checkpoint(), io::Precision::f32));
    }
  }
}

TEST_CASE("flow2d: damaged couplings of reflow are refused") {
  Trainer trainer = flow2d_trainer(small(Method::reflow), ring_of_eight(), reference_device());
  (void)losses(trainer, 5);
  const io::SafeTensors good = trainer.checkpoint();
  const auto resumed = [&](const std::string& name, Tensor tensor) {
    io::SafeTensors file = good;
    const auto found = std::ranges::find_if(
        file.tensors, [&](const io::NamedTensor& one) { return one.name.ends_with(name); });
    REQUIRE(found != file.tensors.end());
    found->tensor = std::move(tensor);
    return testing::message_of([&] { (void)flow2d_trainer(file, reference_device()); });
  };
  const auto done = [&](float value) {
    return resumed("couplings.done", Tensor(Shape{}, {value}));
  };
  CHECK(done(4).empty());
  constexpr const char* damaged = "[checkpoint] the couplings of reflow are damaged";
  for (const float value : {-1.0F, 1e9F, std::numeric_limits<float>::quiet_NaN()}) {
    CAPTURE(value);
    CHECK(done(value) == damaged);
  }
  CHECK(resumed("couplings.done", Tensor({2})) == damaged);
  CHECK(resumed("couplings.points", Tensor({train::Couplings::pairs - 1, 2})) == damaged);
}

TEST_CASE("flow2d: a checkpoint holds averaged weights under their names, and its drawing") {
  const auto drawing = data::Target2d::drawn({{{-1, -1}, {1, 1}}, {{-1, 1}, {1, -1}}});
  Trainer trainer = flow2d_trainer(small(Method::shortcut), drawing, reference_device());
  (void)losses(trainer, 3);
  io::SafeTensors file = trainer.checkpoint();
  CHECK(file.metadata.at("method") == "shortcut");
  CHECK(file.metadata.at("step") == "3");
  CHECK(train::flow2d_config(file) == small(Method::shortcut));
  CHECK(data::encode_strokes(train::flow2d_target(file).strokes()) ==
        data::encode_strokes(drawing.strokes()));
  train::Weights weights;
  trainer.averaged(weights);
  CHECK(file.tensors[0].name == "in.weight");
  const auto first = file.tensors[0].tensor.span();
  CHECK(std::vector<float>(first.begin(), first.end()) == weights.tensors[0]);

  Flow2dSampler one(small(Method::shortcut), 8, reference_device());
  Flow2dSampler two(small(Method::shortcut), 8, reference_device());
  one.load(weights);
  two.load(file);
  std::vector<float> a(16, 0.5F);
  std::vector<float> b = a;
  one.sample(a, 2);
  two.sample(b, 2);
  CHECK(a == b);

  file.metadata["width"] = "16x";
  CHECK_THROWS_WITH_AS((void)train::flow2d_config(file), "[model card] it says width = '16x'",
                       Error);
  file.metadata["width"] = "100000";
  CHECK_THROWS_AS((void)train::flow2d_config(file), Error);
  file.metadata["width"] = "24";  // another network: its tensors do not fit
  CHECK_THROWS_AS((void)flow2d_trainer(file, reference_device()), Error);
  file.metadata.erase("architecture");
  CHECK_THROWS_AS((void)train::flow2d_target(file), Error);
}

TEST_CASE("flow2d: settings out of range are refused by name, rates may change while training") {
  Flow2dConfig config = small(Method::shortcut);
  config.batch = 8;
  CHECK_THROWS_WITH_AS(train::validate(config), "[flow2d] batch must be 16..4096, not 8", Error);
  config = small(Method::shortcut);
  config.learning_rate = std::nanf("");
  CHECK_THROWS_AS(train::validate(config), Error);

  Trainer trainer = flow2d_trainer(small(Method::shortcut), ring_of_eight(), reference_device());
  (void)losses(trainer, 2);
  train::Weights before;
  train::Weights after;
  trainer.averaged(before);
  trainer.set_learning_rate(0);
  CHECK_THROWS_AS(trainer.set_ema_decay(2), Error);
  trainer.set_ema_decay(0);
  (void)trainer.step();
  const auto raw = trainer.program().read("in.weight");
  trainer.averaged(after);
  CHECK(after.tensors[0] == std::vector<float>(raw.begin(), raw.end()));  // no averaging
  CHECK(after.tensors[0] != before.tensors[0]);
}

TEST_CASE("flow2d: every setting has its limits, and the text names it") {
  const auto refused = [](const char* name, const std::function<void(Flow2dConfig&)>& spoil) {
    Flow2dConfig config = small(Method::shortcut);
    CHECK_NOTHROW(train::validate(config));
    spoil(config);
    CHECK_THROWS_WITH_AS(train::validate(config), doctest::Contains(name), Error);
  };
  refused("width", [](Flow2dConfig& c) { c.width = 7; });
  refused("width", [](Flow2dConfig& c) { c.width = 513; });
  refused("depth", [](Flow2dConfig& c) { c.depth = 0; });
  refused("batch", [](Flow2dConfig& c) { c.batch = 4097; });
  refused("learning rate", [](Flow2dConfig& c) { c.learning_rate = -1e-3F; });
  refused("weight decay", [](Flow2dConfig& c) { c.weight_decay = 1.5F; });
  refused("bootstrap", [](Flow2dConfig& c) { c.bootstrap = 0.95F; });
  refused("EMA decay", [](Flow2dConfig& c) { c.ema_decay = 1; });
  refused("schedule steps", [](Flow2dConfig& c) { c.schedule_steps = 0; });
  refused("reflow after", [](Flow2dConfig& c) { c.reflow_after = -1; });
  refused("self weight", [](Flow2dConfig& c) { c.self_weight = -1; });
  refused("method", [](Flow2dConfig& c) { c.method = static_cast<Method>(models::method_count); });
}

TEST_CASE("flow2d: without a share for self-consistency every method is flow matching") {
  const float flow =
      flow2d_trainer(small(Method::flow_matching), ring_of_eight(), reference_device()).step();
  for (const Method method : {Method::shortcut, Method::split_mean_flow, Method::mean_flow}) {
    Flow2dConfig config = small(method);
    config.bootstrap = 0;
    CHECK(flow2d_trainer(config, ring_of_eight(), reference_device()).step() == flow);
  }
}

TEST_CASE("flow2d: the sampler wants as many velocities as points") {
  Flow2dSampler sampler(small(Method::shortcut), 4, reference_device());
  const std::vector<float> xy(8);
  std::vector<float> v(8);
  CHECK_NOTHROW(sampler.velocity(xy, 0, 0, v));
  CHECK_THROWS_AS(sampler.velocity(xy, 0, 0, std::span(v).first(6)), Error);
  CHECK_THROWS_AS(sampler.velocity(std::span(xy).first(6), 0, 0, v), Error);
}

TEST_CASE("flow2d: a loss that is not finite is an error and leaves the weights") {
  Trainer trainer =
      flow2d_trainer(small(Method::flow_matching), ring_of_eight(), reference_device());
  (void)losses(trainer, 2);
  train::Weights before;
  train::Weights after;
  trainer.averaged(before);
  trainer.program().write("out.bias", std::vector<float>{INFINITY, 0});
  CHECK_THROWS_AS((void)trainer.step(), Error);
  CHECK(trainer.steps() == 2);
  trainer.averaged(after);
  CHECK(after.tensors == before.tensors);
}

TEST_CASE("flow2d: reflow makes its couplings a little in each step, then trains on them") {
  // The teacher of an untrained network moves nothing: its couplings are (x_0, x_0), loss 0.
  Flow2dConfig config = small(Method::reflow);
  config.reflow_after = 0;
  config.learning_rate = 0;
  Trainer trainer = flow2d_trainer(config, ring_of_eight(), reference_device());
  int64_t first = -1;
  for (int i = 0; i < 200 && first < 0; ++i) {
    if (trainer.step() < 1e-9F) first = i;
  }
  CHECK(first > 20);  // spread over many steps
  CHECK(trainer.step() < 1e-9F);
}

TEST_CASE("flow2d: of reflow the teacher's weights are known to rest, the student's to move") {
  std::vector<bool> rest;
  Device watched = reference_device();
  watched.limits = [&rest](const CompileOptions& options) {
    rest.push_back(options.static_states);
    return reference_device().limits(options);
  };
  const Trainer trainer = flow2d_trainer(small(Method::reflow), ring_of_eight(), watched);
  CHECK(std::ranges::count(rest, true) > 0);
  CHECK(std::ranges::count(rest, false) > 0);
}

TEST_CASE("flow2d: one step of flow matching collapses to the mean") {
  const Quality flow = quality(Method::flow_matching);
  CHECK(flow.distance.at(1) > 5 * flow.distance.at(128));
  CHECK(flow.one_step.covered == 0);
}

TEST_CASE("flow2d: one step of a shortcut model covers all modes, near its own 128 steps") {
  const Quality shortcut = quality(Method::shortcut);
  CHECK(shortcut.distance.at(1) < 2.5F * shortcut.distance.at(128));
  CHECK(shortcut.distance.at(1) < 0.3F);
  CHECK(shortcut.one_step.covered == 8);
}

TEST_CASE("flow2d: the shortcut's released form, MeanFlow, SplitMeanFlow and reflow work too") {
  for (const Method method :
       {Method::shortcut_code, Method::mean_flow, Method::split_mean_flow, Method::reflow}) {
    const Quality of = quality(method);
    CHECK(of.distance.at(1) < 0.4F);  // one step of flow matching: 1.4
    CHECK(of.distance.at(128) < 0.25F);
    CHECK(of.one_step.covered == 8);
  }
}
