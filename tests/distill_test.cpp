// Identity distillation where the answer is known: data N(0,1), generator x = m + s z.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/distill.h"
#include "rivulet/models/distill_gaussian.h"

using namespace rivulet;
using models::Descent;
using models::DistillLoss;
using models::GaussianGenerator;
using models::NoiseLevel;

namespace {

constexpr std::array losses = {DistillLoss::l1, DistillLoss::l2, DistillLoss::l3, DistillLoss::l4,
                               DistillLoss::family};
constexpr std::array lambdas = {-0.5F, 0.0F, 0.5F, 1.0F, 1.2F, 1.5F};

/// Three points of Gauss and Hermite, of weights 1, 4 and 1, as six: with them the mean of any
/// polynomial of the fifth degree over a normal number is exact.
const std::array<float, 6> nodes = {-std::sqrt(3.0F), 0, 0, 0, 0, std::sqrt(3.0F)};
constexpr int64_t rows = 36;

/// A generator m + s z, its psi* and the teacher, as a graph whose expectations are exact.
struct Line {
  Graph graph;
  Value s = graph.input("s", {1, 1});
  Value m = graph.input("m", {1, 1});
  models::Level level{.abar = graph.input("abar", {1, 1}),
                      .bbar = graph.input("bbar", {1, 1}),
                      .t = graph.fill({1, 1}, 0)};
  Value form = graph.input("form", {5});
  models::DistillBatch batch;

  Line() {
    std::vector<float> z, eps;
    for (const float a : nodes) {
      for (const float b : nodes) {
        z.push_back(a);
        eps.push_back(b);
      }
    }
    batch = {.x = m + s * graph.constant(Tensor({rows, 1}, std::move(z))),
             .eps = graph.constant(Tensor({rows, 1}, std::move(eps))),
             .level = level};
  }

  /// b x_t.
  static Value phi(Value x_t, const models::Level& at) { return at.bbar * x_t; }
  /// (b/V)(x_t - a m) of weights that the gradient does not see.
  [[nodiscard]] models::EpsPrediction psi() const {
    return [s = stop_gradient(s), m = stop_gradient(m)](Value x_t, const models::Level& at) {
      const Value V = square(at.abar * s) + square(at.bbar);
      return at.bbar / V * (x_t - at.abar * m);
    };
  }

  Program compiled() const { return compile(graph, reference_device()); }
};

void set(Program& program, GaussianGenerator g, NoiseLevel level) {
  const auto one = [&](const char* name, double value) {
    const auto number = static_cast<float>(value);
    program.write(name, {&number, 1});
  };
  one("s", g.s);
  one("m", g.m);
  one("abar", level.abar);
  one("bbar", level.bbar);
}

void set(Program& program, DistillLoss loss, float lambda) {
  program.write("form", models::distill_form(loss, lambda).values());
}

const std::array<GaussianGenerator, 6> generators = {
    {{0.3, 1}, {0.7, -0.4}, {1, 0.5}, {1, 0}, {2.5, 1}, {5, -2}}};
const std::array<NoiseLevel, 3> some_levels = {
    {models::cosine_level(0.2F), models::cosine_level(0.5F), models::cosine_level(0.85F)}};

std::vector<NoiseLevel> cosine_average() { return models::even_levels(0.02F, 0.98F, 200); }

Descent from(GaussianGenerator at, DistillLoss loss, double lambda = 0) {
  return models::descend(loss, lambda, at, cosine_average(), 0.2, 5000);
}

}  // namespace

TEST_CASE("distill: the gradient of every loss is the table's, at every level") {
  Line line;
  const models::GeneratorLoss loss =
      models::generator_loss(Line::phi, line.psi(), line.batch, line.form, false);
  const std::vector<Value> slopes = grad(loss.loss, {{line.s, line.m}});
  line.graph.output("d/ds", slopes[0]);
  line.graph.output("d/dm", slopes[1]);
  line.graph.output("l1", loss.l1);
  Program program = line.compiled();
  for (const GaussianGenerator g : generators) {
    for (const NoiseLevel level : some_levels) {
      set(program, g, level);
      for (const DistillLoss one : losses) {
        for (const float lambda : lambdas) {
          set(program, one, lambda);
          program.run();
          const GaussianGenerator known = models::gaussian_gradient(one, lambda, g, level);
          const double size = 1e-4 * (1 + std::abs(known.s) + std::abs(known.m)) * (g.s + 1);
          CAPTURE(name_of(one));
          CAPTURE(lambda);
          CAPTURE(g.s);
          CAPTURE(level.abar);
          CHECK(std::abs(program.scalar("d/ds") - known.s) < size);
          CHECK(std::abs(program.scalar("d/dm") - known.m) < size);
          CHECK(program.scalar("l1") ==
                doctest::Approx(models::gaussian_l1(g, level)).epsilon(1e-4));
        }
      }
    }
  }
}

TEST_CASE("distill: L4 has the total derivative of L1, its psi refitted") {
  constexpr double h = 1e-4;
  for (const GaussianGenerator g : generators) {
    for (const NoiseLevel level : some_levels) {
      const GaussianGenerator slope = models::gaussian_gradient(DistillLoss::l4, 0, g, level);
      const double along_s = (models::gaussian_l1({g.s + h, g.m}, level) -
                              models::gaussian_l1({g.s - h, g.m}, level)) /
                             (2 * h);
      const double along_m = (models::gaussian_l1({g.s, g.m + h}, level) -
                              models::gaussian_l1({g.s, g.m - h}, level)) /
                             (2 * h);
      CHECK(slope.s == doctest::Approx(along_s).epsilon(1e-5));
      CHECK(slope.m == doctest::Approx(along_m).epsilon(1e-5));
    }
  }
}

TEST_CASE("distill: the family at 0, 1/2 and 1 is L2, L4/2 and L2 - L1") {
  const auto form = [](DistillLoss loss, float lambda = 0) {
    return models::distill_form(loss, lambda).values();
  };
  CHECK(form(DistillLoss::family, 0) == form(DistillLoss::l2));
  const auto l1 = form(DistillLoss::l1);
  const auto l2 = form(DistillLoss::l2);
  const auto l4 = form(DistillLoss::l4);
  const auto half = form(DistillLoss::family, 0.5F);
  const auto one = form(DistillLoss::family, 1);
  for (size_t i = 0; i < l1.size(); ++i) {
    CHECK(l4[i] == 2 * half[i]);
    CHECK(one[i] == l2[i] - l1[i]);
  }
}

TEST_CASE("distill: at psi* the losses are (1-lambda) L1 in the mean, by exact expectation") {
  Line line;
  line.graph.output(
      "loss", models::generator_loss(Line::phi, line.psi(), line.batch, line.form, false).loss);
  Program program = line.compiled();
  for (const GaussianGenerator g : generators) {
    for (const NoiseLevel level : some_levels) {
      set(program, g, level);
      const double l1 = models::gaussian_l1(g, level);
      for (const float lambda : lambdas) {
        set(program, DistillLoss::family, lambda);
        program.run();
        CHECK(program.scalar("loss") ==
              doctest::Approx((1 - lambda) * l1).epsilon(1e-3).scale(1 + g.s * g.s));
      }
      for (const DistillLoss all :
           {DistillLoss::l1, DistillLoss::l2, DistillLoss::l3, DistillLoss::l4}) {
        set(program, all, 0);
        program.run();
        CHECK(program.scalar("loss") == doctest::Approx(l1).epsilon(1e-3).scale(1 + g.s * g.s));
      }
    }
  }
}

TEST_CASE("distill: the identity, by Monte Carlo: psi* stands for eps in front of any f of x_t") {
  constexpr double s = 0.6, m = 0.8;
  constexpr int count = 200000;
  const NoiseLevel level = models::cosine_level(0.45F);
  const double a = level.abar, b = level.bbar, V = a * a * s * s + b * b;
  const std::array<double (*)(double), 4> functions = {
      [](double x) { return x; }, [](double x) { return std::sin(3 * x); },
      [](double x) { return x > 0.5 ? 1.0 : 0.0; }, [](double x) { return x * x * x; }};
  std::array<double, 4> difference{}, square{};
  Rng rng(11);
  std::vector<float> pair(2);
  for (int i = 0; i < count; ++i) {
    rng.normal(pair);
    const double eps = pair[1];
    const double x_t = a * (m + s * double{pair[0]}) + b * eps;
    const double psi = b / V * (x_t - a * m);
    for (size_t f = 0; f < functions.size(); ++f) {
      const double one = functions[f](x_t) * (psi - eps);
      difference[f] += one;
      square[f] += one * one;
    }
  }
  for (size_t f = 0; f < functions.size(); ++f) {
    const double error = std::sqrt(square[f]) / count;  // of the mean
    CHECK(std::abs(difference[f] / count) < 4 * error);
  }
}

TEST_CASE("distill: what becomes of a narrow generator") {
  for (const double lambda : {0.0, 0.5, 1.0, 1.2, 1.5}) {
    const Descent way = from({0.3, 1}, DistillLoss::family, lambda);
    CHECK(way.end == Descent::End::solved);
    CHECK(way.steps >= 150);
    CHECK(way.steps <= 205);
  }
  CHECK(from({0.3, 1}, DistillLoss::l4).steps == doctest::Approx(87).epsilon(0.03));
  const Descent naive = from({0.3, 1}, DistillLoss::l1);
  CHECK(naive.end == Descent::End::away);
  CHECK(naive.at.s < 0.3);
  CHECK(std::abs(naive.at.m) > 1000);
  const Descent l3 = from({0.3, 1}, DistillLoss::l3);
  CHECK(l3.end == Descent::End::collapsed);
  CHECK(std::abs(l3.at.m) < 0.01);
}

TEST_CASE("distill: from the other side of the mean the way is the mirrored one") {
  const std::array<std::pair<GaussianGenerator, DistillLoss>, 4> ways = {
      {{{0.3, 1}, DistillLoss::family},  // solved
       {{0.3, 1}, DistillLoss::l1},      // away
       {{0.3, 1}, DistillLoss::l3},      // collapsed
       {{2.5, 0.4}, DistillLoss::l4}}};
  for (const auto& [start, loss] : ways) {
    const Descent way = from(start, loss);
    const Descent mirrored = from({start.s, -start.m}, loss);
    CHECK(mirrored.end == way.end);
    CHECK(mirrored.steps == way.steps);
    CHECK(mirrored.at.s == way.at.s);
    CHECK(mirrored.at.m == -way.at.m);
  }
}

TEST_CASE("distill: what becomes of a wide generator") {
  CHECK(from({2.5, 1}, DistillLoss::family, 1.5).end != Descent::End::solved);
  for (const double lambda : {0.0, 0.5, 1.0, 1.2}) {
    const Descent way = from({2.5, 1}, DistillLoss::family, lambda);
    CHECK(way.end == Descent::End::solved);
    CHECK(way.steps >= 140);
    CHECK(way.steps <= 260);
  }
  CHECK(from({5, 1}, DistillLoss::family, 1.2).end != Descent::End::solved);
  CHECK(from({5, 1}, DistillLoss::family, 1).steps == doctest::Approx(293).epsilon(0.03));
  CHECK(from({5, 1}, DistillLoss::family, 0.5).steps == doctest::Approx(176).epsilon(0.03));
  CHECK(from({5, 1}, DistillLoss::l2).steps == doctest::Approx(144).epsilon(0.03));
  // With psi frozen it creeps towards 1 from above and stalls there: a zero of second order.
  const Descent naive = from({2.5, 1}, DistillLoss::l1);
  CHECK(naive.at.s > 1);
  CHECK(naive.steps == doctest::Approx(3137).epsilon(0.03));
}

TEST_CASE("distill: L1 with frozen psi never widens; L3 is not at rest at the solution") {
  for (const GaussianGenerator g : generators) {
    for (const NoiseLevel level : some_levels) {
      CHECK(models::gaussian_gradient(DistillLoss::l1, 0, g, level).s >= 0);
      CHECK(models::gaussian_gradient(DistillLoss::l3, 0, {1, 0}, level).s > 0);
      CHECK(std::abs(models::gaussian_gradient(DistillLoss::family, 0.5, {1, 0}, level).s) < 1e-6);
    }
  }
}

TEST_CASE("distill: for lambda > 1 the pull flips where the theory puts it") {
  CHECK(models::wrong_beyond(1.2).scale == doctest::Approx(6));
  CHECK(models::wrong_beyond(1.2).mean == doctest::Approx(3.5));
  CHECK(models::wrong_beyond(1.5).scale == doctest::Approx(3));
  CHECK(models::wrong_beyond(1.5).mean == doctest::Approx(2));
  CHECK_THROWS_AS((void)models::wrong_beyond(1), Error);
  const NoiseLevel half = models::cosine_level(0.5F);
  CHECK(models::deviation_at(6, half) == doctest::Approx(3.32).epsilon(0.002));
  for (const double lambda : {1.2, 1.5}) {
    const auto [scale, mean] = models::wrong_beyond(lambda);
    const auto sign = [&](double variance, double nudge) {
      const double s = models::deviation_at(variance, half) + nudge;
      return models::gaussian_gradient(DistillLoss::family, lambda, {s, 1}, half);
    };
    CHECK(sign(scale, -0.01).s > 0);
    CHECK(sign(scale, 0.01).s < 0);
    CHECK(sign(mean, -0.01).m > 0);
    CHECK(sign(mean, 0.01).m < 0);
  }
  // lambda < 1/2: the mean, where V < (1-2 lambda)/(2 (1-lambda)); lambda = 0: 1/2.
  const double s = models::deviation_at(0.5, models::cosine_level(0.3F));
  CHECK(models::gaussian_gradient(DistillLoss::l2, 0, {s - 0.01, 1}, models::cosine_level(0.3F)).m <
        0);
  CHECK(models::gaussian_gradient(DistillLoss::l2, 0, {s + 0.01, 1}, models::cosine_level(0.3F)).m >
        0);
}

TEST_CASE("distill: psi that lags damps the way or makes it swing, at kappa = 16 eta a^4 b^2") {
  // s and the variance Vq that psi knows of, in continuous time at one level.
  const auto overshoot = [](double lambda, double kappa) {
    constexpr double a2 = 0.5, b2 = 0.5, eta = 1, dt = 0.01;
    double s = 0.5, Vq = a2 * s * s + b2, most = s;
    for (int i = 0; i < 8000; ++i) {
      const double V = a2 * s * s + b2;
      // d/ds of <phi-psi, (1-lambda) phi + lambda psi - eps> with psi = (b/Vq) x_t.
      const double p = 1 - 1 / Vq, q = (1 - lambda) + lambda / Vq;
      const double slope = 2 * a2 * b2 * s * p * q;
      s -= eta * dt * slope;
      Vq += dt * kappa * (V - Vq);
      most = std::max(most, s);
    }
    return most;
  };
  for (const double lambda : {0.5, 1.0}) {
    CHECK(overshoot(lambda, 4) < 1.005);  // 16 eta a^4 b^2 = 2
    const double wide = overshoot(lambda, 0.3);
    CHECK(wide > 1.28);
    CHECK(wide < 1.44);
  }
}

TEST_CASE("distill: the weight is SiD's: in terms of pictures over the mean distance") {
  Line line;
  const models::GeneratorLoss plain =
      models::generator_loss(Line::phi, line.psi(), line.batch, line.form, false);
  const models::GeneratorLoss weighted =
      models::generator_loss(Line::phi, line.psi(), line.batch, line.form, true);
  // By hand: (x_phi - x_psi)((x_phi - x) - lambda (x_phi - x_psi)) / |x - x_phi|.
  const Value x_t = line.batch.x_t();
  const auto picture = [&](Value eps) { return (x_t - line.level.bbar * eps) / line.level.abar; };
  const Value x_phi = picture(Line::phi(x_t, line.level));
  const Value x_psi = picture(line.psi()(x_t, line.level));
  const Value apart = x_phi - x_psi;
  const Value by_hand = mean(apart * ((x_phi - line.batch.x) - 1.2F * apart) /
                             maximum(abs(line.batch.x - x_phi), line.graph.fill({rows, 1}, 1e-5F)));
  line.graph.output("plain", plain.loss);
  line.graph.output("weighted", weighted.loss);
  line.graph.output("by hand", by_hand);
  Program program = line.compiled();
  set(program, {0.7, 0.4}, models::cosine_level(0.4F));
  set(program, DistillLoss::family, 1.2F);
  program.run();
  CHECK(program.scalar("weighted") == doctest::Approx(program.scalar("by hand")).epsilon(1e-3));
  CHECK(program.scalar("weighted") != doctest::Approx(program.scalar("plain")).epsilon(1e-2));
}

TEST_CASE("distill: the weight scales the gradient and is no part of what is differentiated") {
  Graph graph;
  const Value x = graph.input("x", {1, 3});
  const models::DistillBatch batch{.x = x,
                                   .eps = graph.constant(Tensor({1, 3}, {0.3F, -1.1F, 0.8F})),
                                   .level = {.abar = graph.fill({1, 1}, 0.8F),
                                             .bbar = graph.fill({1, 1}, 0.6F),
                                             .t = graph.fill({1, 1}, 0)}};
  const models::EpsPrediction phi = [](Value at, const models::Level&) { return 0.6F * at; };
  const models::EpsPrediction psi = [](Value at, const models::Level&) { return sin(at); };
  const Value form = graph.constant(
      Tensor({5}, {-0.2F, 1.4F, -1.2F, -1.0F, 1.0F}));  // of the family at lambda 1.2
  for (const bool weighted : {false, true}) {
    const Value loss = models::generator_loss(phi, psi, batch, form, weighted).loss;
    graph.output(weighted ? "weighted" : "plain", loss);
    graph.output(weighted ? "weighted slope" : "slope", grad(loss, x));
  }
  Program program = compile(graph, reference_device());
  program.write("x", std::vector<float>{0.5F, -0.4F, 1.7F});
  program.run();
  const float weight = program.scalar("weighted") / program.scalar("plain");
  CHECK(std::fabs(weight - 1) > 0.1F);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(program.read("weighted slope")[i] ==
          doctest::Approx(weight * program.read("slope")[i]).epsilon(1e-4));
  }
}

TEST_CASE("distill: what the fake net learns moves no generator") {
  Line line;
  const Value loss = models::fake_loss(Line::phi, line.batch);
  line.graph.output("loss", loss);
  line.graph.output("slope", grad(loss, line.s));
  Program program = line.compiled();
  const NoiseLevel level = models::cosine_level(0.4F);
  set(program, {0.7, 0.4}, level);
  program.run();
  // The mean square of b (a x + b eps) - eps: x of mean 0.4 and deviation 0.7, eps of N(0,1).
  const double of_x = double{level.bbar} * level.abar;
  const double of_eps = double{level.bbar} * level.bbar - 1;
  CHECK(program.scalar("loss") ==
        doctest::Approx(of_x * of_x * (0.4 * 0.4 + 0.7 * 0.7) + of_eps * of_eps).epsilon(1e-4));
  CHECK(program.scalar("slope") == 0);
}

TEST_CASE("distill: every form of prediction gives the same eps") {
  Graph graph;
  const Value x_0 = graph.input("x_0", {2, 3});
  const Value eps = graph.input("eps", {2, 3});
  const NoiseLevel known = models::cosine_level(0.3F);
  const models::Level level{.abar = graph.fill({1, 1}, known.abar),
                            .bbar = graph.fill({1, 1}, known.bbar),
                            .t = graph.fill({1, 1}, 0.7F)};
  const Value x_t = level.abar * x_0 + level.bbar * eps;
  const auto check = [&](const char* name, models::Prediction prediction, Value out) {
    graph.output(name, models::eps_of(prediction, level, x_t, out) - eps);
  };
  check("eps of eps", models::Prediction::eps, eps);
  check("of x0", models::Prediction::x0, x_0);
  check("of v", models::Prediction::v, level.abar * eps - level.bbar * x_0);
  check("of flow", models::Prediction::flow, x_0 - eps);
  const models::Told at = models::told(models::Prediction::flow, level, x_t);
  graph.output("told", at.x - (at.t * x_0 + (1.0F - at.t) * eps));
  Program program = compile(graph, reference_device());
  program.write("x_0", std::vector<float>{0.5F, -1, 0.2F, 1, 0, -0.3F});
  program.write("eps", std::vector<float>{-0.1F, 2, 0.7F, -1.5F, 0.4F, 0});
  program.run();
  for (const char* name : {"eps of eps", "of x0", "of v", "of flow", "told"}) {
    for (const float error : program.read(name)) CHECK(std::abs(error) < 2e-6F);
  }
}

TEST_CASE(
    "distill: the exact teacher of a mixture is what the perfect denoiser of points tends to") {
  const std::vector<float> centres = {1, 0, -1, 0.5F, 0, -2};
  const NoiseLevel level = models::cosine_level(0.4F);
  const std::vector<float> x_t = {0.3F, -0.2F, -1, 0.4F, 0.1F, -1.8F, 4, 4};
  Graph graph;
  const models::Level at{.abar = graph.fill({1, 1}, level.abar),
                         .bbar = graph.fill({1, 1}, level.bbar),
                         .t = graph.fill({1, 1}, 0.6F)};
  const Value x = graph.input("x", {4, 2});
  graph.output("eps", models::mixture_teacher(centres, 2, 1e-4F)(x, at));
  // One Gaussian: eps = b (x_t - a mu)/V, whatever the deviation.
  graph.output("one", models::mixture_teacher({1, -1}, 2, 0.7F)(x, at));
  Program program = compile(graph, reference_device());
  program.write("x", x_t);
  program.run();
  std::vector<float> x_0(x_t.size());
  models::perfect_denoiser(centres, 2)(x_t, level, x_0);
  const double V = 0.49 * level.abar * level.abar + level.bbar * level.bbar;
  for (size_t i = 0; i < x_t.size(); ++i) {
    CHECK(program.read("eps")[i] ==
          doctest::Approx((x_t[i] - level.abar * x_0[i]) / level.bbar).epsilon(1e-3));
    const double mu = i % 2 == 0 ? 1 : -1;
    CHECK(program.read("one")[i] ==
          doctest::Approx(level.bbar * (x_t[i] - level.abar * mu) / V).epsilon(1e-4));
  }
  CHECK_THROWS_AS((void)models::mixture_teacher({1, 2, 3}, 2, 1), Error);
  CHECK_THROWS_AS((void)models::mixture_teacher({}, 2, 1), Error);
}
