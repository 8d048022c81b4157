// TarFlow: what article 10667 proves must hold for any weights, and what training must reach.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "compare.h"
#include "network_checks.h"
#include "random_tarflow.h"
#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/models/tarflow.h"
#include "rivulet/models/tarflow_sampler.h"
#include "rivulet/train/trainer.h"

using namespace rivulet;
using namespace rivulet::testing;
using models::TarflowMethod;
using models::TarflowNoise;
using nn::Coupling;
using nn::Given;

namespace {

/// A point of the plane is two tokens of one number.
nn::TarflowConfig plane(int blocks = 3) {
  return {.tokens = 2,
          .dims = 1,
          .blocks = blocks,
          .layers = {.width = 16, .depth = 1, .heads = 2, .mlp_ratio = 2}};
}

constexpr int batch = 3;
const std::vector<float> some_labels = {0, 1, 2, 0, 3, 2};  // the last: any, any

std::vector<float> some_pictures(const models::TarflowModel& model) {
  const Tensor x = normal({batch, model.pixels()}, 5, 0.7F);
  return {x.span().begin(), x.span().end()};
}

Encoded encode(models::TarflowDensity& density, const std::vector<float>& y) {
  return testing::encode(density, some_labels, y);
}

/// The flow of points of the plane with stirred weights.
struct PlaneFlow {
  explicit PlaneFlow(const nn::TarflowConfig& config, int64_t points) : config(config) {
    const Value x = graph.input("x", {points, config.tokens, config.dims});
    const nn::Flowed flowed = nn::tarflow(config, params, x, {});
    graph.output("z", flowed.z());
    graph.output("log_det", flowed.log_det);
    graph.output("log_q", nn::log_density(flowed));
  }
  Program compiled() {
    Program program = compile(graph, cpu_device());
    stir(program, params);
    return program;
  }

  nn::TarflowConfig config;
  Graph graph;
  nn::Params params{graph, 0};
};

}  // namespace

TEST_CASE("tarflow: it begins as the identity") {
  const models::TarflowModel model = small_tarflow();
  Graph graph;
  nn::Params params(graph, 7);
  const Value y = graph.input("y", {batch, model.pixels()});
  const nn::Flowed flowed =
      models::tarflow_of_pictures(model, params, y, graph.input("labels", {batch, 2}));
  graph.output("z", nn::unpatchify(model.pictures.net, flowed.z()));
  graph.output("log_det", flowed.log_det);
  Program program = compile(graph, reference_device());
  const std::vector<float> x = some_pictures(model);
  program.write("y", x);
  program.write("labels", some_labels);
  program.run();
  CHECK(std::ranges::equal(program.read("z"), x));
  for (const float value : program.read("log_det")) CHECK(value == 0);
}

TEST_CASE("tarflow: a token of one number has no halves that could steer one another") {
  nn::TarflowConfig config = plane();
  CHECK_NOTHROW(nn::validate(config));
  config.given = Given::half_of_a_token;
  CHECK_THROWS_WITH_AS(nn::validate(config), "[tarflow] a token of one number has no halves",
                       Error);
  config.dims = 2;
  CHECK_NOTHROW(nn::validate(config));
}

TEST_CASE("tarflow: every sampler inverts the flow") {
  models::TarflowModel model = small_tarflow();
  SUBCASE("affine") {}
  SUBCASE("triangular") { model.coupling = Coupling::triangular; }
  SUBCASE("experts") {
    model.pictures.net.experts = nn::MoeConfig{.experts = 4, .chosen = 2, .hidden = 16};
  }
  const io::SafeTensors file = random_file(model);
  models::TarflowDensity density(file, batch, cpu_device());
  models::TarflowSampler sampler(file, batch, cpu_device());
  const std::vector<float> x = some_pictures(model);
  const std::vector<float> z = encode(density, x).z;
  float moved = 0;
  for (size_t i = 0; i < x.size(); ++i) moved = std::max(moved, std::fabs(z[i] - x[i]));
  REQUIRE(moved > 0.3F);  // the flow is no identity
  for (const TarflowMethod method :
       {TarflowMethod::sequential, TarflowMethod::jacobi, TarflowMethod::gauss_seidel}) {
    for (const int group : {1, 2, 4, 9}) {
      for (const bool first_in_order : {false, true}) {
        CAPTURE(models::name_of(method));
        CAPTURE(group);
        std::vector<float> back = z;
        const models::TarflowReport report = sampler.sample({.labels = some_labels,
                                                             .method = method,
                                                             .group = group,
                                                             .first_in_order = first_in_order},
                                                            back);
        check_close(back, x, 1e-4F);
        REQUIRE(report.runs.size() == 3);
        for (const int runs : report.runs) CHECK(runs <= 9);
        const bool sweeps = method != TarflowMethod::sequential;
        if (!sweeps) CHECK(report.runs[0] == 8);
        // Sweeps of a triangular coupling may overshoot on their way.
        if (!sweeps || model.coupling == Coupling::affine) CHECK(report.cut == 0);
      }
    }
  }
}

TEST_CASE("tarflow: blocks that z or halves steer are inverted in one run each") {
  for (const bool halves : {false, true}) {
    models::TarflowModel model = small_tarflow();
    if (halves) model.given = Given::half_of_a_token;
    if (!halves) model.direction = nn::Direction::to_data;
    const io::SafeTensors file = random_file(model);
    models::TarflowDensity density(file, batch, cpu_device());
    models::TarflowSampler sampler(file, batch, cpu_device());
    const std::vector<float> x = some_pictures(model);
    const std::vector<float> z = encode(density, x).z;
    REQUIRE(largest_difference(z, x) > 0.3F);
    const auto drawn = [&](models::TarflowRequest request) {
      request.labels = some_labels;
      std::vector<float> back = z;
      CHECK(sampler.sample(request, back).runs == std::vector<int>(3, 1));
      return back;
    };
    CAPTURE(halves);
    for (const TarflowMethod method : {TarflowMethod::sequential, TarflowMethod::jacobi}) {
      check_close(drawn({.method = method}), x, 1e-4F);
    }
    check_close(drawn({.guidance = 3, .without_labels = false}), x, 1e-4F);
    CHECK(largest_difference(drawn({.guidance = 3}), x) > 1e-3F);
    CHECK(largest_difference(
              drawn({.guidance = 3, .without_labels = false, .attention_temperature = 3}), x) >
          1e-3F);
  }
}

TEST_CASE("tarflow: what a picture is made of does not depend on its neighbours in the batch") {
  const models::TarflowModel model = small_tarflow();
  const io::SafeTensors file = random_file(model);
  models::TarflowSampler many(file, batch, cpu_device());
  models::TarflowSampler one(file, 1, cpu_device());
  const std::vector<float> noise = some_pictures(model);
  std::vector<float> all = noise;
  (void)many.sample({.labels = some_labels, .guidance = 2}, all);
  const auto d = static_cast<size_t>(model.pixels());
  std::vector<float> single(noise.begin() + static_cast<std::ptrdiff_t>(d),
                            noise.begin() + static_cast<std::ptrdiff_t>(2 * d));
  (void)one.sample({.labels = {some_labels[2], some_labels[3]}, .guidance = 2}, single);
  check_close(single, std::span(all).subspan(d, d), 1e-4F);
}

TEST_CASE("tarflow: what follows a token does not change what leads to it") {
  for (const bool backwards : {false, true}) {
    const models::TarflowModel model = small_tarflow();
    nn::TarflowConfig config = model.config();
    Graph graph;
    nn::Params params(graph, 0);
    const Value x = graph.input("x", {1, config.tokens, config.dims});
    const Value labels = graph.input("labels", {1, 2});
    const nn::Affine affine = nn::tarflow_affine(config, params, backwards ? 1 : 0, x, labels);
    graph.output("mu", affine.mu);
    graph.output("alpha", affine.alpha);
    Program program = compile(graph, reference_device());
    stir(program, params);
    program.write("labels", std::vector<float>{1, 1});
    const auto both = [&] {
      program.run();
      std::vector<float> result(program.read("mu").begin(), program.read("mu").end());
      result.insert(result.end(), program.read("alpha").begin(), program.read("alpha").end());
      return result;
    };
    std::vector<float> data(static_cast<size_t>(config.tokens * config.dims), 0.3F);
    program.write("x", data);
    const std::vector<float> before = both();
    const int changed = 4;
    for (int i = 0; i < config.dims; ++i) data[static_cast<size_t>(changed * config.dims + i)] = -1;
    program.write("x", data);
    const std::vector<float> after = both();
    for (size_t i = 0; i < before.size(); ++i) {
      const int token = static_cast<int>(i) / config.dims % config.tokens;
      const bool may_change = backwards ? token < changed : token > changed;
      if (!may_change) CHECK(before[i] == after[i]);
      if (token == (backwards ? changed - 1 : changed + 1)) CHECK(before[i] != after[i]);
      if (token == (backwards ? config.tokens - 1 : 0)) CHECK(before[i] == 0);
    }
  }
}

TEST_CASE("tarflow: the log-determinant is that of the numerical Jacobian") {
  nn::TarflowConfig halves{.tokens = 1,
                           .dims = 2,
                           .blocks = 3,
                           .layers = {.width = 16, .depth = 1, .heads = 2, .mlp_ratio = 2},
                           .given = Given::half_of_a_token};
  for (const nn::TarflowConfig& config : {plane(), halves}) {
    constexpr int64_t points = 16;
    PlaneFlow flow(config, points);
    Program program = flow.compiled();
    const Tensor x = normal({points, 2}, 3);
    const auto z_at = [&](int axis, float h) {
      Tensor moved = x;
      for (int64_t i = 0; i < points; ++i) moved[2 * i + axis] += h;
      program.write("x", moved.span());
      program.run();
      const auto z = program.read("z");
      return std::vector<float>(z.begin(), z.end());
    };
    constexpr float h = 5e-3F;
    const std::vector<float> right = z_at(0, h), left = z_at(0, -h);
    const std::vector<float> up = z_at(1, h), down = z_at(1, -h);
    (void)z_at(0, 0);
    for (size_t i = 0; i < points; ++i) {
      const auto slope = [&](const std::vector<float>& a, const std::vector<float>& b, size_t k) {
        return (double{a[2 * i + k]} - double{b[2 * i + k]}) / (2 * double{h});
      };
      const double determinant =
          slope(right, left, 0) * slope(up, down, 1) - slope(up, down, 0) * slope(right, left, 1);
      CHECK(std::log(std::fabs(determinant)) ==
            doctest::Approx(program.read("log_det")[i]).epsilon(0.01).scale(1));
    }
  }
}

TEST_CASE("tarflow: the density of the plane integrates to one") {
  constexpr int side = 300;
  constexpr float reach = 15;
  constexpr float cell = 2 * reach / side;
  PlaneFlow flow(plane(2), int64_t{side} * side);
  Program program = flow.compiled();
  std::vector<float> grid;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      grid.push_back((static_cast<float>(x) + 0.5F) * cell - reach);
      grid.push_back((static_cast<float>(y) + 0.5F) * cell - reach);
    }
  }
  program.write("x", grid);
  program.run();
  double total = 0;
  for (const float log_q : program.read("log_q")) total += std::exp(double{log_q}) * cell * cell;
  CHECK(total == doctest::Approx(1).epsilon(0.01));
}

TEST_CASE("tarflow: additive coupling keeps volumes") {
  nn::TarflowConfig config = plane();
  config.coupling = Coupling::additive;
  PlaneFlow flow(config, 8);
  Program program = flow.compiled();
  program.write("x", normal({8, 2}, 3).span());
  program.run();
  for (const float log_det : program.read("log_det")) CHECK(log_det == 0);
  CHECK_FALSE(std::ranges::equal(program.read("z"), normal({8, 2}, 3).span()));
}

TEST_CASE("tarflow: a bound holds all scales, and leaves small ones as they are") {
  constexpr float bound = 0.8F;
  const auto alphas = [](float limit, float size) {
    nn::TarflowConfig config = plane(1);
    config.bound = limit;
    Graph graph;
    nn::Params params(graph, 0);
    const Value x = graph.input("x", {256, 2, 1});
    graph.output("alpha", nn::tarflow_affine(config, params, 0, x, {}).alpha);
    Program program = compile(graph, reference_device());
    stir(program, params, size);
    program.write("x", normal({256, 2, 1}, 8).span());
    program.run();
    const auto alpha = program.read("alpha");
    return std::vector<float>(alpha.begin(), alpha.end());
  };
  for (const float size : {0.01F, 0.3F, 3.0F}) {
    CAPTURE(size);
    const std::vector<float> free = alphas(0, size);
    const std::vector<float> held = alphas(bound, size);
    for (size_t i = 0; i < free.size(); ++i) {
      CHECK(std::fabs(held[i]) <= bound);
      CHECK(held[i] == doctest::Approx(bound * std::tanh(free[i] / bound)).epsilon(1e-4));
    }
    if (size < 0.1F) check_close(held, free, 1e-3F);
    if (size > 1) {
      CHECK(largest(free) > 3 * bound);
      CHECK(largest(held) == doctest::Approx(bound).epsilon(0.01));
    }
  }
}

TEST_CASE("tarflow: gradients and devices") {
  for (const auto& [given, coupling] : {std::pair{Given::earlier_tokens, Coupling::affine},
                                        {Given::earlier_tokens, Coupling::triangular},
                                        {Given::half_of_a_token, Coupling::affine}}) {
    models::TarflowModel model = small_tarflow();
    model.blocks = 2;
    model.given = given;
    model.coupling = coupling;
    const auto build = [&](Graph& graph, nn::Params& params) {
      const Value y = graph.input("y", {2, model.pixels()});
      return models::tarflow_of_pictures(model, params, y, graph.input("labels", {2, 2}));
    };
    const auto write = [&](Program& program) {
      program.write("y", normal({2, model.pixels()}, 4, 0.5F).span());
      program.write("labels", std::vector<float>{0, 1, 3, 2});
    };
    Graph graph;
    nn::Params params(graph, 0);
    const nn::Flowed flowed = build(graph, params);
    check_gradients(graph, params, nn::tarflow_loss(flowed), {}, write, 0.1F);
    Graph other;
    nn::Params again(other, 0);
    check_devices(other, again, build(other, again).log_det, write, 0.1F);
  }
}

namespace {

/// Nats per dimension that training reaches of points that `transform` makes of noise.
double learned_nats(const nn::TarflowConfig& config,
                    const std::function<void(std::span<float> n)>& transform) {
  constexpr int rows = 256;
  constexpr int steps = 600;
  const int numbers = config.tokens * config.dims;
  train::Turn turn{
      .build =
          [&](Graph& graph, train::Nets& nets) {
            const Value x = graph.input("x", {rows, config.tokens, config.dims});
            return std::vector<train::Loss>{
                {"loss", nn::tarflow_loss(nn::tarflow(config, nets.weights(), x, {}))}};
          },
      .feed =
          [&](const Rng& rng, Program& program) {
            Rng draws = rng;
            std::vector<float> x(static_cast<size_t>(rows * numbers));
            draws.normal(x);
            for (size_t i = 0; i < rows; ++i) {
              transform(std::span(x).subspan(i * static_cast<size_t>(numbers),
                                             static_cast<size_t>(numbers)));
            }
            program.write("x", x);
          }};
  train::Trainer trainer(train::simple_objective(std::move(turn), {}),
                         {.learning_rate = 1e-2F,
                          .weight_decay = 0,
                          .warmup = 20,
                          .schedule_steps = steps,
                          .floor = 0.01F},
                         cpu_device());
  double mean = 0;
  constexpr int last = 100;
  for (int i = 0; i < steps; ++i) {
    const float loss = trainer.step();
    if (i >= steps - last) mean += double{loss} / last;
  }
  return mean + 0.5 * std::log(2 * std::numbers::pi);
}

}  // namespace

TEST_CASE("tarflow: a linear Gaussian target's density is learned to its entropy") {
  // x1 = 2 n1, x2 = 0.8 x1 + 0.5 n2: entropy log(2 pi e) + log(2 * 0.5).
  const double nats = learned_nats(plane(2), [](std::span<float> n) {
    n[0] *= 2;
    n[1] = 0.8F * n[0] + 0.5F * n[1];
  });
  const double entropy = 0.5 * (1 + std::log(2 * std::numbers::pi));  // per dimension
  CHECK(nats > entropy - 0.02);
  CHECK(nats < entropy + 0.02);
}

TEST_CASE("tarflow: triangular coupling learns in one block what the numbers of a token share") {
  // A token (n1, n2), which one block leaves alone, and one (n3, 0.95 n3 + 0.3 n4).
  nn::TarflowConfig config = plane(1);
  config.dims = 2;
  const auto nats_with = [&](Coupling coupling) {
    config.coupling = coupling;
    return learned_nats(config, [](std::span<float> n) { n[3] = 0.95F * n[2] + 0.3F * n[3]; });
  };
  const double gaussian = 0.5 * (1 + std::log(2 * std::numbers::pi));  // per dimension
  CHECK(nats_with(Coupling::triangular) ==
        doctest::Approx(gaussian + std::log(0.3) / 4).epsilon(0.02));
  // Independent numbers of the same variances are the best that an affine coupling can say.
  const double variance = 0.95 * 0.95 + 0.3 * 0.3;
  CHECK(nats_with(Coupling::affine) ==
        doctest::Approx(gaussian + std::log(variance) / 8).epsilon(0.02));
}

TEST_CASE("tarflow: guidance") {
  using models::TarflowGuidance;
  using models::TarflowRule;
  const TarflowRule own{.mu = -0.5F, .alpha = -0.3F}, other{.mu = 0.5F, .alpha = 0.4F};
  for (const auto form : {TarflowGuidance::extrapolate, TarflowGuidance::bounded}) {
    const TarflowRule unguided = guide(form, 1, own, other);
    CHECK(unguided.mu == own.mu);
    CHECK(unguided.alpha == own.alpha);
    const TarflowRule agreed = guide(form, 4, own, own);
    CHECK(agreed.mu == doctest::Approx(own.mu));
    CHECK(agreed.alpha == doctest::Approx(own.alpha));
  }
  const TarflowRule further = guide(TarflowGuidance::extrapolate, 3, own, other);
  CHECK(further.mu == doctest::Approx(-2.5));
  CHECK(further.alpha == doctest::Approx(-1.7));
  const TarflowRule bounded = guide(TarflowGuidance::bounded, 3, own, other);
  const double s = std::exp(2 * (-0.3 - 0.4));
  CHECK(bounded.mu == doctest::Approx(-0.5 + 2 * s / (3 - 2 * s) * -1.0));
  CHECK(std::exp(bounded.alpha) == doctest::Approx(std::exp(-0.3) / std::sqrt(3 - 2 * s)));
  // s = 1 where the scale is larger than the other's: no shrinking, mu extrapolated in full.
  const TarflowRule wide =
      guide(TarflowGuidance::bounded, 3, {.mu = 1, .alpha = 0.2F}, {.mu = 0.5F, .alpha = 0.1F});
  CHECK(wide.mu == doctest::Approx(1 + 2 * 0.5));
  CHECK(wide.alpha == doctest::Approx(0.2));
}

TEST_CASE("tarflow: a guide that agrees changes nothing; one that does not does") {
  const models::TarflowModel model = small_tarflow();
  models::TarflowSampler sampler(random_file(model), batch, cpu_device());
  const std::vector<float> z = some_pictures(model);
  const auto made = [&](models::TarflowRequest request) {
    request.labels = some_labels;
    std::vector<float> x = z;
    (void)sampler.sample(request, x);
    return x;
  };
  const std::vector<float> plain = made({});
  check_close(made({.guidance = 3, .without_labels = false}), plain, 1e-5F);
  const std::vector<float> guided = made({.guidance = 3});
  const std::vector<float> cooled =
      made({.guidance = 3, .without_labels = false, .attention_temperature = 2});
  const auto first = static_cast<std::ptrdiff_t>(model.pixels());
  CHECK_FALSE(std::equal(guided.begin(), guided.begin() + first, plain.begin()));
  CHECK_FALSE(std::equal(cooled.begin(), cooled.begin() + first, plain.begin()));
  // Of "any" without labels there is nothing to be guided by.
  check_close(std::span(guided).last(static_cast<size_t>(first)),
              std::span(plain).last(static_cast<size_t>(first)), 1e-5F);
}

TEST_CASE("tarflow: scales beyond the limit are cut and counted") {
  const models::TarflowModel model = small_tarflow();
  models::TarflowSampler sampler(random_file(model, 0.6F), batch, cpu_device());
  std::vector<float> x = some_pictures(model);
  const models::TarflowReport report =
      sampler.sample({.labels = some_labels, .most_alpha = 0.5F}, x);
  CHECK(report.cut > 0);
  CHECK(std::ranges::all_of(x, [](float value) { return std::isfinite(value); }));
}

TEST_CASE("tarflow: scales are cut on both sides, at the limit") {
  // One block of nothing but its bias: mu = 0, alpha = +-2 for every number but the first token's.
  models::TarflowModel model = small_tarflow();
  model.blocks = 1;
  const auto dims = static_cast<size_t>(model.config().dims);
  for (const float sign : {1.0F, -1.0F}) {
    io::SafeTensors file = random_file(model, 0);
    for (io::NamedTensor& named : file.tensors) {
      if (named.name != "block.0.out.bias") continue;
      std::ranges::fill(named.tensor.span().subspan(dims), sign * 2);
    }
    models::TarflowSampler sampler(file, batch, cpu_device());
    const auto largest_of = [&](float most) {
      std::vector<float> x(static_cast<size_t>(batch * model.pixels()), 1.0F);
      const models::TarflowReport report =
          sampler.sample({.labels = some_labels, .most_alpha = most}, x);
      const size_t moved = x.size() - batch * dims;
      CHECK(static_cast<size_t>(report.cut) == (most < 2 ? moved : 0));
      return sign > 0 ? *std::ranges::max_element(x) : *std::ranges::min_element(x);
    };
    CHECK(largest_of(3) == doctest::Approx(std::exp(sign * 2)));
    CHECK(largest_of(0.5F) == doctest::Approx(std::exp(sign * 0.5)));
  }
}

TEST_CASE("tarflow: denoising follows the gradient of the density") {
  const models::TarflowModel model = small_tarflow();
  models::TarflowDensity density(random_file(model), batch, cpu_device());
  const std::vector<float> y = some_pictures(model);
  std::vector<float> score(y.size());
  density.score(some_labels, y, score);
  const Tensor direction = normal({batch, model.pixels()}, 77);
  const auto log_q_at = [&](float h) {
    std::vector<float> moved = y;
    for (size_t i = 0; i < y.size(); ++i) moved[i] += h * direction.span()[i];
    return encode(density, moved).log_q;
  };
  const std::vector<float> up = log_q_at(2e-3F), down = log_q_at(-2e-3F);
  const auto d = static_cast<size_t>(model.pixels());
  for (size_t row = 0; row < batch; ++row) {
    double along = 0;
    for (size_t i = row * d; i < (row + 1) * d; ++i) {
      along += double{score[i]} * double{direction.span()[i]};
    }
    CHECK((double{up[row]} - double{down[row]}) / 4e-3 == doctest::Approx(along).epsilon(0.02));
  }
  std::vector<float> clean = y;
  density.denoise(some_labels, clean);
  for (size_t i = 0; i < y.size(); ++i) {
    CHECK(clean[i] == doctest::Approx(y[i] + 0.04F * score[i]).epsilon(1e-5));
  }
}

TEST_CASE("tarflow: bits per dimension, and noise") {
  CHECK(models::bits_per_dim(std::numbers::ln2) == doctest::Approx(8));  // uniform over [-1,1)
  const models::TarflowModel model = small_tarflow(TarflowNoise::uniform);
  std::vector<float> x(static_cast<size_t>(model.pixels()));
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 256) / 127.5F - 1;
  std::vector<float> noisy = x;
  models::tarflow_noise(model, noisy, 3, 0);
  for (size_t i = 0; i < x.size(); ++i) {
    CHECK(std::floor((noisy[i] + 1) * 128) == static_cast<float>(i % 256));
  }
}

TEST_CASE("tarflow: cards") {
  models::TarflowModel model = small_tarflow(TarflowNoise::uniform);
  model.coupling = Coupling::additive;
  model.given = Given::half_of_a_token;
  model.direction = nn::Direction::to_data;
  const io::SafeTensors file{.metadata = models::tarflow_card(model), .tensors = {}};
  const models::TarflowModel read = models::tarflow_model(file);
  CHECK(read.config() == model.config());
  CHECK(read.noise == model.noise);
  io::SafeTensors older = file;
  older.metadata.erase("direction");
  CHECK(models::tarflow_model(older).direction == nn::Direction::to_noise);
  older.metadata["direction"] = "to data";  // as cards spelled them once
  older.metadata["given"] = "half of a token";
  CHECK(models::tarflow_model(older).direction == nn::Direction::to_data);
  CHECK(models::tarflow_model(older).given == nn::Given::half_of_a_token);
  CHECK(read.sigma == model.sigma);
  CHECK(read.pictures.attributes.size() == 2);
  for (const auto& [key, text] : {std::pair{"architecture", "dit"},
                                  {"blocks", "0"},
                                  {"blocks", "99"},
                                  {"noise", "pink"},
                                  {"given", "nothing"},
                                  {"direction", "up"},
                                  {"sigma", "-1"},
                                  {"patch", "4"}}) {
    CAPTURE(key);
    io::SafeTensors bad = file;
    bad.metadata[key] = text;
    CHECK_THROWS_AS((void)models::tarflow_model(bad), Error);
  }
  CHECK_THROWS_AS((void)models::tarflow_method_names.read("newton"), Error);
}
