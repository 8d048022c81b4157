// Diffusion steps, codebooks and DDCM against algebra, brute force and the article's claims.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/data/target2d.h"
#include "rivulet/metrics/points.h"
#include "rivulet/models/ddcm.h"

using namespace rivulet;
using namespace rivulet::models;

namespace {

constexpr int64_t length = 96;  // D of the rows coded here

std::vector<float> normal(size_t n, uint64_t seed) {
  std::vector<float> x(n);
  Rng(seed).normal(x);
  return x;
}

/// Eight rows that are the whole of the data: their perfect denoiser recalls them.
std::vector<float> few_rows() {
  std::vector<float> rows = normal(8 * length, 77);
  for (float& value : rows) value = std::clamp(value * 0.5F, -1.0F, 1.0F);
  return rows;
}

double squared_error(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return sum;
}

/// The best denoiser of N(0, s^2 I): it knows no row by heart, so coding has work to do.
Denoise gaussian_denoiser(float s) {
  return [s](std::span<const float> x, NoiseLevel level, std::span<float> x0) {
    const float share =
        level.abar * s * s / (level.abar * level.abar * s * s + level.bbar * level.bbar);
    std::ranges::transform(x, x0.begin(), [share](float value) { return share * value; });
  };
}

}  // namespace

TEST_SUITE("ddcm") {
  TEST_CASE("noise levels: variance is preserved and steps shorten towards the data") {
    for (const float rho : {1.0F, 2.0F, 3.5F}) {
      const std::vector<NoiseLevel> levels = noise_levels(40, rho);
      REQUIRE(levels.size() == 41);
      CHECK(levels.front() == pure_noise);
      CHECK(levels.back() == clean);
      for (size_t i = 1; i < levels.size(); ++i) {
        const auto [abar, bbar] = levels[i];
        CHECK(abar * abar + bbar * bbar == doctest::Approx(1));
        CHECK(bbar < levels[i - 1].bbar);
      }
    }
    CHECK(noise_levels(40, 3)[20].bbar < noise_levels(40, 1)[20].bbar);
    CHECK(cosine_level(0.5F).abar == doctest::Approx(std::sqrt(0.5)));
    CHECK_THROWS_AS((void)noise_levels(0, 1), Error);
    CHECK_THROWS_AS((void)cosine_level(1.5F), Error);
  }

  TEST_CASE("the posterior's coefficients are those of Gaussian algebra") {
    // x_s = abar_s x_0 + bbar_s e, x_t = alpha x_s + beta e': precisions add up for x_s given both.
    for (const auto& [from, to] : {std::pair{0.9F, 0.7F}, {0.5F, 0.45F}, {1.0F, 0.8F}}) {
      const NoiseLevel t = cosine_level(from);
      const NoiseLevel s = cosine_level(to);
      const double alpha = double{t.abar} / s.abar;
      const double beta2 = 1 - alpha * alpha;
      const double precision = alpha * alpha / beta2 + 1 / (double{s.bbar} * s.bbar);
      const Posterior q = ddpm_step(t, s);
      CHECK(q.of_x_t == doctest::Approx(alpha / beta2 / precision).epsilon(1e-4));
      CHECK(q.of_x_0 ==
            doctest::Approx(s.abar / (double{s.bbar} * s.bbar) / precision).epsilon(1e-4));
      CHECK(q.sigma * q.sigma == doctest::Approx(1 / precision).epsilon(1e-4));
    }
    const Posterior last = ddpm_step(cosine_level(0.1F), clean);
    CHECK(last.of_x_t == doctest::Approx(0));
    CHECK(last.of_x_0 == doctest::Approx(1));
    CHECK(last.sigma == 0);
  }

  TEST_CASE("DDIM keeps the noise that x0hat leaves") {
    const NoiseLevel t = cosine_level(0.8F);
    const NoiseLevel s = cosine_level(0.3F);
    const Posterior q = ddim_step(t, s);
    const float x0 = 0.4F;
    const float eps = -1.3F;
    CHECK(q.of_x_t * (t.abar * x0 + t.bbar * eps) + q.of_x_0 * x0 ==
          doctest::Approx(s.abar * x0 + s.bbar * eps));
  }

  TEST_CASE("ancestral sampling of a Gaussian gives that Gaussian") {
    constexpr int64_t n = 4000;
    std::vector<float> x = normal(n, 5);
    sample_ddpm(gaussian_denoiser(0.6F), {.steps = 200, .seed = 9}, x, 1);
    double sum = 0;
    double squares = 0;
    for (const float value : x) {
      sum += value;
      squares += double{value} * value;
    }
    CHECK(sum / n == doctest::Approx(0).scale(1).epsilon(0.03));
    CHECK(std::sqrt(squares / n) == doctest::Approx(0.6).epsilon(0.04));
  }

  TEST_CASE("the perfect denoiser of two points leans towards one by tanh") {
    const Denoise denoise = perfect_denoiser({1, -1}, 1);
    const NoiseLevel level = cosine_level(0.6F);
    const std::vector<float> x = {-2, -0.3F, 0, 0.1F, 1};
    std::vector<float> x0(x.size());
    denoise(x, level, x0);
    for (size_t i = 0; i < x.size(); ++i) {
      CHECK(x0[i] == doctest::Approx(std::tanh(level.abar * x[i] / (level.bbar * level.bbar))));
    }
    std::vector<float> there(2);
    perfect_denoiser({1, -1}, 1)(std::vector<float>{1, -1}, clean, there);
    CHECK(there == std::vector<float>{1, -1});  // without noise: where it is
    CHECK_THROWS_AS((void)perfect_denoiser({1, -1}, 0), Error);
    CHECK_THROWS_AS((void)perfect_denoiser({1, -1, 2}, 2), Error);
  }

  TEST_CASE("every prediction means the same x0hat") {
    const NoiseLevel level = cosine_level(0.37F);
    const std::vector<float> x0 = normal(16, 1);
    const std::vector<float> eps = normal(16, 2);
    std::vector<float> x(16);
    for (size_t i = 0; i < 16; ++i) x[i] = level.abar * x0[i] + level.bbar * eps[i];
    const auto check = [&](Prediction prediction, const auto& output) {
      std::vector<float> out(16);
      for (size_t i = 0; i < 16; ++i) out[i] = output(x0[i], eps[i]);
      x0_of(prediction, level, x, out);
      for (size_t i = 0; i < 16; ++i) CHECK(out[i] == doctest::Approx(x0[i]).epsilon(1e-4));
    };
    check(Prediction::eps, [](float /*x0*/, float e) { return e; });
    check(Prediction::x0, [](float c, float /*eps*/) { return c; });
    check(Prediction::v, [&](float c, float e) { return level.abar * e - level.bbar * c; });
    check(Prediction::flow, [](float c, float e) { return c - e; });
  }

  TEST_CASE("of pure noise the division by abar has an end") {
    std::vector<float> out{0.5F, -1};
    x0_of(Prediction::eps, pure_noise, std::vector<float>{0.5F, 1}, out);
    CHECK(out[0] == 0);
    CHECK(out[1] == doctest::Approx(2000));  // 2 / 0.001, to be clipped: no infinity, no NaN
  }

  TEST_CASE("codebooks: the same vectors whichever way they are asked for, and normal ones") {
    for (const CodebookKind kind : {CodebookKind::per_step, CodebookKind::shared,
                                    CodebookKind::hadamard, CodebookKind::paired}) {
      for (const int64_t d : {int64_t{2}, int64_t{7}, int64_t{48}}) {
        constexpr int64_t k = 200;
        const Codebook book(kind, 3, k, d);
        const std::vector<float> r = normal(static_cast<size_t>(3 * d), 4);
        std::vector<float> dots(3 * k);
        book.dots(5, r, dots);
        std::vector<float> squared(k);
        book.squared_lengths(5, squared);
        std::vector<float> vector(static_cast<size_t>(d));
        double worst = 0;
        double mean_square = 0;
        for (int64_t i = 0; i < k; ++i) {
          book.vector(5, i, vector);
          for (int64_t row = 0; row < 3; ++row) {
            const double dot =
                std::inner_product(vector.begin(), vector.end(), r.begin() + row * d, 0.0);
            worst = std::max(worst, std::abs(dot - dots[static_cast<size_t>(row * k + i)]));
          }
          const double own = std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0);
          worst = std::max(worst, std::abs(own - squared[static_cast<size_t>(i)]));
          mean_square += own / static_cast<double>(k * d);
        }
        CHECK(worst < 1e-3);
        CHECK(mean_square == doctest::Approx(1).epsilon(0.25));
        std::vector<float> other(static_cast<size_t>(d));
        book.vector(6, 0, other);
        book.vector(5, 0, vector);
        CHECK((other == vector) == (kind == CodebookKind::shared));
      }
    }
  }

  TEST_CASE("of pairs one vector is the negative of the other") {
    const Codebook book(CodebookKind::paired, 1, 64, 48);
    std::vector<float> sum(48);
    std::vector<float> vector(48);
    for (int64_t k = 0; k < 64; ++k) {
      book.vector(3, k, vector);
      std::ranges::transform(sum, vector, sum.begin(), std::plus{});
      if (k % 2 == 1) CHECK(std::ranges::all_of(sum, [](float value) { return value == 0; }));
    }
    // A part that begins and ends within pairs.
    std::vector<float> whole(64);
    std::vector<float> part(64);
    book.dots(3, vector, whole);
    book.dots(3, {.first = 7, .count = 20}, vector, part);
    for (size_t k = 0; k < 64; ++k) CHECK(part[k] == (k >= 7 && k < 27 ? whole[k] : 0));
  }

  TEST_CASE("structured vectors are nearly orthogonal and have normal tails") {
    const Codebook book(CodebookKind::hadamard, 1, 256, 768);
    std::vector<float> a(768);
    std::vector<float> b(768);
    int beyond = 0;
    double worst = 0;
    for (int64_t k = 0; k < 256; k += 2) {
      book.vector(0, k, a);
      book.vector(0, k + 1, b);
      beyond += static_cast<int>(
          std::ranges::count_if(a, [](float value) { return std::abs(value) > 2; }));
      worst = std::max(worst, std::abs(std::inner_product(a.begin(), a.end(), b.begin(), 0.0)));
    }
    CHECK(beyond / (128.0 * 768) == doctest::Approx(0.0455).epsilon(0.1));
    CHECK(worst / 768 < 0.25);
  }

  TEST_CASE("bits are those of the spec") {
    CHECK(code_bits({.codes = 16, .bits = 8}) == 128);
    CHECK(code_bits({.codes = 99, .bits = 10}) == 990);
    CHECK(code_bits({.form = CodeForm::pursuit, .codes = 10, .bits = 6, .atoms = 3}) ==
          10 * (3 * 6 + 2 * 2));
    // binom(256,2) = 32640 < 2^15
    CHECK(code_bits({.form = CodeForm::turbo, .codes = 20, .bits = 8, .atoms = 2}) ==
          20 * (15 + 2));
  }

  TEST_CASE("settings and codes out of range are refused") {
    CHECK_THROWS_AS(validate(DdcmSettings{.codes = 0}), Error);
    CHECK_THROWS_AS(validate(DdcmSettings{.bits = 17}), Error);
    CHECK_THROWS_AS(validate(DdcmSettings{.atoms = 2}), Error);
    CHECK_THROWS_AS(validate(DdcmSettings{.rho = 2.1F}), Error);
    CHECK_THROWS_AS(validate(DdcmSettings{.noise = 0}), Error);
    const DdcmSettings turbo{.form = CodeForm::turbo, .codes = 1, .bits = 4, .atoms = 2};
    CHECK_THROWS_AS(validate(DdcmCode{.indices = {3, 3}, .coefficients = {0, 1}}, turbo), Error);
    CHECK_THROWS_AS(validate(DdcmCode{.indices = {3, 16}, .coefficients = {0, 1}}, turbo), Error);
    CHECK_THROWS_AS(validate(DdcmCode{.indices = {3}, .coefficients = {0, 1}}, turbo), Error);
    CHECK_NOTHROW(validate(DdcmCode{.indices = {3, 15}, .coefficients = {0, 1}}, turbo));
    const Ddcm many({.form = CodeForm::turbo, .codes = 4, .bits = 4, .atoms = 2},
                    gaussian_denoiser(1), length);
    CHECK_THROWS_AS((void)many.search(normal(length, 1), 2, 2), Error);
    CHECK_THROWS_AS((void)many.choose(pull_to(normal(length, 1)), 1, Choice::importance), Error);
  }

  TEST_CASE("what a code decodes to is what its encoder saw, for every form") {
    const std::vector<float> pictures = few_rows();
    for (const DdcmSettings& settings :
         {DdcmSettings{.codes = 12, .bits = 5},
          DdcmSettings{.codebook = CodebookKind::shared, .codes = 12, .bits = 6, .tail = 3},
          DdcmSettings{.codebook = CodebookKind::hadamard, .codes = 12, .bits = 5, .rho = 1},
          DdcmSettings{.form = CodeForm::pursuit, .codes = 8, .bits = 5, .atoms = 4},
          DdcmSettings{.form = CodeForm::turbo, .codes = 8, .bits = 6, .atoms = 5, .tail = 2}}) {
      const Ddcm codec(settings, gaussian_denoiser(0.5F), length);
      const DdcmResult made = codec.choose(pull_to(pictures), 8).finish();
      REQUIRE(made.codes.size() == 8);
      for (const DdcmCode& code : made.codes) CHECK_NOTHROW(validate(code, settings));
      CHECK_FALSE(made.codes[0] == made.codes[1]);
      CHECK(codec.replay(made.codes).finish().x == made.x);
      const double coded = squared_error(made.x, pictures);
      const double random = squared_error(
          codec.replay(std::vector(8, random_code(settings, 3))).finish().x, pictures);
      CHECK(coded < 0.8 * random);
    }
  }

  TEST_CASE("where nothing is missing no vector is turned round") {
    const DdcmSettings settings{.form = CodeForm::turbo, .codes = 3, .bits = 4, .atoms = 4};
    const Pull nowhere = [](NoiseLevel, std::span<const float>, std::span<const float>,
                            std::span<float> r) { std::ranges::fill(r, 0.0F); };
    const Ddcm codec(settings, gaussian_denoiser(0.5F), length);
    const DdcmCode code = codec.choose(nowhere, 1).finish().codes[0];
    CHECK(code.coefficients == std::vector<uint32_t>(12));
    CHECK(code.indices == std::vector<uint32_t>{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3});
  }

  TEST_CASE("Turbo takes the largest products of either sign, and tells the sign") {
    const DdcmSettings settings{.form = CodeForm::turbo, .codes = 3, .bits = 4, .atoms = 4};
    const Ddcm codec(settings, gaussian_denoiser(0.5F), length);
    DdcmRun run = codec.choose(pull_to(normal(length, 19)), 1);
    run.step();
    const std::vector<float> dots(run.seen().dots.begin(), run.seen().dots.end());
    std::vector<uint32_t> order(16);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, std::greater<>(), [&](uint32_t k) { return std::abs(dots[k]); });
    std::ranges::sort(order.begin(), order.begin() + 4);
    const DdcmCode code = run.finish().codes[0];
    int negative = 0;
    for (size_t i = 0; i < 4; ++i) {
      CHECK(code.indices[i] == order[i]);
      CHECK(code.coefficients[i] == (dots[order[i]] < 0 ? 1 : 0));
      negative += dots[order[i]] < 0 ? 1 : 0;
    }
    CHECK(negative > 0);
    CHECK(negative < 4);
  }

  TEST_CASE("pursuit mixes in the next vector by the share that reaches furthest") {
    const DdcmSettings settings{
        .form = CodeForm::pursuit, .codes = 6, .bits = 4, .atoms = 2, .coefficient_bits = 3};
    const std::vector<float> picture = normal(length, 18);
    DdcmRun run = Ddcm(settings, gaussian_denoiser(0.5F), length).choose(pull_to(picture), 1);
    run.step();
    const DdcmStep seen = run.seen();
    const std::vector<float> dots(seen.dots.begin(), seen.dots.end());
    std::vector<uint32_t> order(16);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, std::greater<>(), [&](uint32_t k) { return dots[k]; });
    const std::vector<uint32_t> chosen(seen.chosen.begin(), seen.chosen.end());
    CHECK(chosen == std::vector<uint32_t>{order[0], order[1]});
    // The new noise is what is left of x_s without its mean: a sum of both at one length.
    std::vector<float> first(length), second(length);
    const Codebook book(settings.codebook, settings.seed, 16, length);
    book.vector(0, chosen[0], first);
    book.vector(0, chosen[1], second);
    const std::vector<NoiseLevel> levels = noise_levels(7, settings.rho);
    const Posterior q = ddpm_step(levels[0], levels[1]);
    const std::vector<float> moved(run.moved().begin(), run.moved().end());
    const std::vector<float> from(seen.x_t.begin(), seen.x_t.end());
    const std::vector<float> aim(seen.x0.begin(), seen.x0.end());
    const uint32_t c = run.finish().codes[0].coefficients[0];
    const auto reached = [&](double g) {
      return std::sqrt(g) * dots[chosen[0]] + std::sqrt(1 - g) * dots[chosen[1]];
    };
    const double g = (c + 1) / 8.0;
    for (int other = 1; other <= 8; ++other) CHECK(reached(other / 8.0) <= reached(g) + 1e-6);
    CHECK(g < 1);
    std::vector<double> mixed(length);
    double squares = 0;
    for (size_t i = 0; i < mixed.size(); ++i) {
      mixed[i] = std::sqrt(g) * first[i] + std::sqrt(1 - g) * second[i];
      squares += mixed[i] * mixed[i];
    }
    for (size_t i = 0; i < mixed.size(); ++i) {
      const double z =
          (moved[i] - q.of_x_t * from[i] - q.of_x_0 * aim[i]) / (q.sigma * double{settings.noise});
      CHECK(z == doctest::Approx(mixed[i] * std::sqrt(length / squares)).scale(1).epsilon(1e-3));
    }
  }

  TEST_CASE("tuned settings are settings; longer codes bend their levels more and add less noise") {
    float rho = 0;
    float noise = 2;
    for (int codes = 1; codes <= 200; ++codes) {
      const DdcmSettings tuned = tuned_settings(codes);
      CHECK_NOTHROW(validate(tuned));
      CHECK(tuned.codes == codes);
      CHECK(tuned.rho >= rho);
      CHECK(tuned.noise <= noise);
      rho = tuned.rho;
      noise = tuned.noise;
    }
  }

  TEST_CASE("random codes are codes") {
    const DdcmSettings turbo{.form = CodeForm::turbo, .codes = 30, .bits = 3, .atoms = 6};
    for (uint64_t seed = 0; seed < 20; ++seed) {
      CHECK_NOTHROW(validate(random_code(turbo, seed), turbo));
    }
    CHECK_FALSE(random_code(turbo, 1) == random_code(turbo, 2));
  }

  TEST_CASE("searching is never worse than the greedy choice, as a decoder shows it") {
    const DdcmSettings settings{.codes = 10, .bits = 5};
    const Ddcm codec(settings, gaussian_denoiser(0.5F), length);
    const std::vector<float> rows = few_rows();
    // Coarse enough that what is nearer before is often further off after.
    const Shown three_values = [](std::span<float> x) {
      for (float& value : x) value = std::round(value * 1.5F) / 1.5F;
    };
    for (const Shown& shown : {Shown(), three_values}) {
      const auto error = [&](std::vector<float> x, std::span<const float> picture) {
        if (shown) shown(x);
        return squared_error(x, picture);
      };
      double greedy = 0;
      double searched = 0;
      for (size_t i = 0; i < 8; ++i) {
        const auto row = std::span(rows).subspan(i * length, length);
        const std::vector<float> picture(row.begin(), row.end());
        const DdcmResult first = codec.choose(pull_to(picture), 1).finish();
        const double own = error(first.x, picture);
        greedy += own;
        for (const auto& [beams, candidates] : {std::pair{4, 4}, {2, 3}, {1, 2}}) {
          const DdcmResult found = codec.search(picture, beams, candidates, shown).finish();
          REQUIRE(found.codes.size() == 1);
          CHECK(error(found.x, picture) <= own);
          CHECK(squared_error(codec.replay(found.codes).finish().x, found.x) < 1e-8);
          if (beams == 4) searched += error(found.x, picture);
        }
        CHECK(codec.search(picture, 1, 1, shown).finish().codes == first.codes);
      }
      CHECK(searched < greedy);
    }
  }

  TEST_CASE("a piece of a step is of so many rows, and at least of one") {
    const Ddcm codec({.codes = 1, .bits = 4}, gaussian_denoiser(0.5F), length);
    const auto pieces = [&](int rows) {
      DdcmRun run = codec.choose(pull_to(few_rows()), 8);
      int count = 0;
      for (; !run.finished(); ++count) (void)run.step_some(rows);
      return count;
    };
    CHECK(pieces(1) - pieces(8) == 2 * 7);  // x0hat of two steps, by 8 pieces or by one
    CHECK(pieces(3) - pieces(8) == 2 * 2);
    CHECK(pieces(0) == pieces(1));
  }

  TEST_CASE("steps in pieces find the same codes") {
    const std::vector<float> picture = normal(length, 8);
    for (const CodebookKind kind :
         {CodebookKind::per_step, CodebookKind::hadamard, CodebookKind::paired}) {
      const DdcmSettings settings{.codebook = kind, .codes = 3, .bits = 15, .tail = 1};
      const Ddcm codec(settings, gaussian_denoiser(0.5F), length);
      const auto compare = [&](const auto& begin, int rows) {
        DdcmRun whole = begin();
        DdcmRun sliced = begin();
        int pieces = 0;
        int steps = 0;
        for (; !sliced.finished(); ++pieces) steps += sliced.step_some(rows) ? 1 : 0;
        CHECK(steps == 5);
        CHECK(sliced.step_some(rows));  // there is none left
        CHECK_FALSE(sliced.step());
        CHECK(pieces > 3 * steps);  // x0hat, products and the way down at least
        const DdcmResult a = whole.finish();
        const DdcmResult b = sliced.finish();
        CHECK(a.codes == b.codes);
        CHECK(a.x == b.x);
      };
      compare([&] { return codec.search(picture, 3, 3); }, 2);
      compare([&] { return codec.choose(pull_to(few_rows()), 8); }, 3);
    }
  }

  TEST_CASE("steps can be taken one at a time and show what was chosen") {
    const DdcmSettings settings{.codes = 6, .bits = 4, .tail = 2};
    const Ddcm codec(settings, gaussian_denoiser(0.5F), length);
    DdcmRun run = codec.choose(pull_to(normal(length, 8)), 1);
    int steps = 0;
    while (run.step()) {
      const DdcmStep& seen = run.seen();
      CHECK(seen.step == steps++);
      CHECK(seen.steps == 9);
      CHECK(seen.x0.size() == length);
      CHECK(seen.x_t.size() == length);
      const bool coded = seen.step < 6;
      CHECK(seen.dots.size() == (coded ? 16 : 0));
      REQUIRE(seen.chosen.size() == (coded ? 1 : 0));
      if (coded) CHECK(seen.dots[seen.chosen[0]] == *std::ranges::max_element(seen.dots));
    }
    CHECK(steps == 9);
    CHECK(run.finished());
    CHECK(run.finish().codes[0].indices.size() == 6);
  }

  TEST_CASE("in many dimensions the smallest distance and the largest product mostly agree") {
    const auto agreement = [](int64_t d) {
      const Ddcm codec({.codes = 40, .bits = 4, .noise = 1}, gaussian_denoiser(0.5F), d);
      std::vector<float> picture = normal(static_cast<size_t>(d), 6);
      for (float& value : picture) value *= 0.5F;
      // Both along the way of argmax: what each would choose there.
      DdcmRun run = codec.choose(pull_to(picture), 1);
      const std::vector<NoiseLevel> levels = noise_levels(41, 2);
      int same = 0;
      while (run.step() && !run.seen().dots.empty()) {
        const DdcmStep& seen = run.seen();
        const auto i = static_cast<size_t>(seen.step);
        const Posterior q = ddpm_step(levels[i], levels[i + 1]);
        std::vector<float> squared(16);
        Codebook(CodebookKind::per_step, 0, 16, d).squared_lengths(seen.step, squared);
        size_t best = 0;
        const auto score = [&](size_t k) {
          return q.of_x_0 / q.sigma * seen.dots[k] - squared[k] / 2;
        };
        for (size_t k = 1; k < 16; ++k) best = score(k) > score(best) ? k : best;
        same += best == seen.chosen[0] ? 1 : 0;
      }
      return same;
    };
    CHECK(agreement(2) < agreement(3072));
  }

  TEST_CASE("by distance the vector nearest to the goal is chosen") {
    // Measured from the vectors themselves; in the plane the largest product is often another.
    constexpr size_t n = 50;
    const DdcmSettings settings{.codes = 6, .bits = 4, .rho = 1, .noise = 1};
    const std::vector<float> goals = normal(2 * n, 12);
    DdcmRun run =
        Ddcm(settings, gaussian_denoiser(0.5F), 2).choose(pull_to(goals), n, Choice::distance);
    const std::vector<NoiseLevel> levels = noise_levels(7, 1);
    std::vector<size_t> nearest(n);
    std::vector<size_t> longest(n);  // product
    run.step();
    const Posterior q = ddpm_step(levels[0], levels[1]);
    const Codebook book(CodebookKind::per_step, 0, 16, 2);
    for (size_t row = 0; row < n; ++row) {
      const auto at = [&](size_t i) { return 2 * row + i; };
      std::array<double, 16> distance{};
      for (size_t k = 0; k < 16; ++k) {
        std::array<float, 2> noise{};
        book.vector(0, static_cast<int64_t>(k), noise);
        for (size_t i = 0; i < 2; ++i) {
          const double r = double{goals[at(i)]} - run.seen().x0[at(i)];
          const double off = noise[i] - q.of_x_0 / q.sigma * r;
          distance[k] += off * off;
        }
      }
      nearest[row] = static_cast<size_t>(std::ranges::min_element(distance) - distance.begin());
      const auto dots = run.seen().dots.subspan(16 * row, 16);
      longest[row] = static_cast<size_t>(std::ranges::max_element(dots) - dots.begin());
    }
    const std::vector<DdcmCode> codes = run.finish().codes;
    int differ = 0;
    for (size_t row = 0; row < n; ++row) {
      CHECK(codes[row].indices[0] == nearest[row]);
      differ += nearest[row] == longest[row] ? 0 : 1;
    }
    CHECK(differ > 5);
  }

  TEST_CASE("importance sampling tends to DDPM as K grows, argmax does not") {
    // Half way down, x_t of DDPM is abar x_0 + bbar eps. In the plane, 8 Gaussians.
    constexpr size_t n = 1000;
    std::vector<float> goals(2 * n);
    Rng rng(21);
    data::Target2d(data::Shape2d::eight_gaussians).sample(rng, goals);
    const Denoise denoise =
        perfect_denoiser({goals.begin(), goals.begin() + static_cast<std::ptrdiff_t>(n / 2)}, 2);
    const auto distance = [&](int bits, Choice choice) {
      const DdcmSettings settings{.codes = 12, .bits = bits, .rho = 1, .noise = 1};
      DdcmRun run = Ddcm(settings, denoise, 2).choose(pull_to(goals), n, choice, 33);
      while (run.step() && run.seen().step < 8) {
      }
      const auto [abar, bbar] = run.seen().level;
      std::vector<float> ddpm = normal(2 * n, 31);
      for (size_t i = 0; i < ddpm.size(); ++i) ddpm[i] = abar * goals[i] + bbar * ddpm[i];
      return metrics::sliced_wasserstein2(run.seen().x_t, ddpm);
    };
    const float few = distance(1, Choice::importance);
    const float more = distance(4, Choice::importance);
    const float many = distance(10, Choice::importance);
    CHECK(many < more);
    CHECK(more < few);
    CHECK(many < 0.5F * distance(10, Choice::article));
    CHECK(many < 0.5F * distance(10, Choice::argmax));
  }

  TEST_CASE("with every vector at hand, importance sampling draws from q(x_s | x_t, x_0)") {
    // 1-D, one step from pure noise: the chosen noise is N(c r, 1); the article's weights, which
    // do not divide by the density that vectors come from, give N(c r / 2, 1/2).
    constexpr size_t n = 4000;
    const auto moments = [&](Choice choice) {
      const DdcmSettings settings{.codes = 3, .bits = 12, .rho = 1, .noise = 1};
      DdcmRun run = Ddcm(settings, gaussian_denoiser(1), 1)
                        .choose(pull_to(std::vector<float>(n, 0.8F)), n, choice, 3);
      run.step();
      const Posterior q = ddpm_step(pure_noise, noise_levels(4, 1)[1]);
      const double goal = q.of_x_0 / q.sigma * (0.8 - run.seen().x0[0]);
      double sum = 0;
      double squares = 0;
      for (size_t i = 0; i < n; ++i) {
        const double z =
            (double{run.moved()[i]} - q.of_x_t * run.seen().x_t[i] - q.of_x_0 * run.seen().x0[i]) /
            q.sigma;
        sum += z;
        squares += z * z;
      }
      const double mean = sum / n;
      return std::array{mean / goal, squares / n - mean * mean};
    };
    const auto [mean, variance] = moments(Choice::importance);
    CHECK(mean == doctest::Approx(1).epsilon(0.15));
    CHECK(variance == doctest::Approx(1).epsilon(0.15));
    const auto [article_mean, article_variance] = moments(Choice::article);
    CHECK(article_mean == doctest::Approx(0.5).epsilon(0.15));
    CHECK(article_variance == doctest::Approx(0.5).epsilon(0.15));
  }
}
