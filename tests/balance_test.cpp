// Load among experts: the facts of spec 5 that need no network. Scores come from seeded streams.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <optional>

#include "compare.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/balance.h"

using namespace rivulet;
using namespace rivulet::testing;

namespace {

/// sigmoid(N(0,1) + an offset of each expert), a fresh batch a step, times `scale`.
struct Stream {
  int64_t n = 16;
  int64_t k = 2;
  uint64_t seed = 1;
  std::vector<float> offsets = {};
  float scale = 1;

  /// Offsets of N(0, spread^2).
  static Stream skewed(int64_t n, int64_t k, uint64_t seed, float spread = 1) {
    Stream stream{.n = n, .k = k, .seed = seed, .offsets = std::vector<float>(size_t(n))};
    Rng(seed, 1).normal(stream.offsets);
    for (float& x : stream.offsets) x *= spread;
    return stream;
  }

  [[nodiscard]] std::vector<float> batch(int64_t m, uint64_t number) const {
    std::vector<float> scores(size_t(m * n));
    Rng(seed, 2).fork(number).normal(scores);
    for (size_t i = 0; i < scores.size(); ++i) {
      scores[i] = scale / (1 + std::exp(-scores[i] - offsets[i % size_t(n)]));
    }
    return scores;
  }
};

/// What a router makes of a batch: it chooses by `beta`, and only then moves it.
using Rule = std::function<Value(Value beta, Value scores, Value active, Value load)>;

class Balancing {
 public:
  /// `dynamic`: all of positive S - beta, not the k largest.
  Balancing(Stream stream, int64_t m, const Rule& rule, bool dynamic = false)
      : stream_(std::move(stream)), m_(m) {
    Graph graph;
    const Value scores = graph.input("scores", {m, stream_.n});
    const Value beta = graph.state("beta", Tensor({stream_.n}));
    const Value by = scores - beta;
    const Value chosen = step(dynamic ? by : by - nn::nth_largest(by, stream_.k));
    const Value load = nn::load_of(chosen);
    const Value active = reshape(mean(chosen, {0}), {stream_.n});
    graph.output("chosen", chosen);
    graph.output("load", load);
    graph.output("violation", nn::max_violation(load));
    graph.output("per token", reshape(sum(active), {}));
    graph.update(beta, rule(beta, scores, active, load));
    program_ = compile(graph, cpu_device());
  }

  void start(std::span<const float> beta) { program_->write("beta", beta); }
  void step_on(std::span<const float> scores) {
    program_->write("scores", scores);
    program_->run();
  }
  void step_once() { step_on(stream_.batch(m_, batches_++)); }
  [[nodiscard]] std::vector<float> read(const std::string& name) const {
    const std::span<const float> values = program_->read(name);
    return {values.begin(), values.end()};
  }
  [[nodiscard]] float scalar(const std::string& name) const { return program_->scalar(name); }

 private:
  Stream stream_;
  int64_t m_;
  std::optional<Program> program_;
  uint64_t batches_ = 0;
};

constexpr float rate = 1e-3F;
const Rule keep = [](Value beta, Value, Value, Value) { return beta + 0.0F; };
const Rule by_sign = [](Value beta, Value, Value, Value load) {
  return nn::sign_step(beta, load, rate);
};
const Rule by_rms = [](Value beta, Value, Value, Value load) {
  return nn::rms_step(beta, load, rate);
};
Rule by_quantile(int64_t k) {
  return [k](Value beta, Value scores, Value, Value) { return nn::quantile_step(scores, beta, k); };
}
Rule by_slow_quantile(float k) {
  return [k](Value beta, Value scores, Value, Value) {
    return 0.9F * beta + 0.1F * nn::column_quantile(scores, k);
  };
}

/// Enough tokens that noise leaves perfect routing under 0.1 (spec: about 400 ln n an expert).
constexpr int64_t many = 16384;
/// Enough for the sign of an error.
constexpr int64_t some = 2048;

/// Judges thresholds on batches that they have not seen.
class Judge {
 public:
  explicit Judge(Stream stream, bool dynamic = false)
      : routing_(fresh(std::move(stream)), many, keep, dynamic) {}
  [[nodiscard]] float violation(const Balancing& of) {
    routing_.start(of.read("beta"));
    routing_.step_once();
    return routing_.scalar("violation");
  }
  [[nodiscard]] float per_token() const { return routing_.scalar("per token"); }

 private:
  static Stream fresh(Stream stream) {
    stream.seed += 1000;
    return stream;
  }
  Balancing routing_;
};

/// Batches until MaxVio is below 0.1, looking at each `every`-th; `limit` if never.
int steps_to_balance(const Stream& stream, const Rule& rule, int64_t m, int every, int limit) {
  Balancing balancing(stream, m, rule);
  Judge judge(stream);
  for (int done = 0; done < limit; ++done) {
    if (done % every == 0 && judge.violation(balancing) < 0.1F) return done;
    balancing.step_once();
  }
  return limit;
}

}  // namespace

TEST_CASE("balance: a loss in F, learned through P, has the gradient of its plain formula") {
  constexpr int64_t m = 24;
  constexpr int64_t n = 6;
  for (const nn::BalanceLoss kind : {nn::BalanceLoss::squares, nn::BalanceLoss::entropy}) {
    Graph graph;
    const Value logits = graph.input("logits", {m, n});
    const Value scores = softmax(logits);
    const Value chosen = step(scores - nn::nth_largest(scores, 2));
    const Value load = stop_gradient(nn::load_of(chosen));  // F
    const Value gates = reshape(mean(scores, {0}), {n});    // P
    const Value loss = nn::balance_loss(kind, load, gates);
    const bool squares = kind == nn::BalanceLoss::squares;
    const Value factor = squares ? float{n} * load : log(load);
    graph.output("load", load);
    graph.output("loss", loss);
    graph.output("gradient", grad(loss, logits));
    graph.output("plain", grad(reshape(sum(factor * gates), {}), logits));
    Program program = compile(graph, cpu_device());
    feed(program, graph, 7);
    program.run();
    check_close(program.read("gradient"), program.read("plain"), 1e-6F);
    CHECK(largest(program.read("gradient")) > 1e-3F);
    double value = 0;
    for (const float f : program.read("load")) {
      REQUIRE(f > 0);
      value += squares ? n * (f - 1.0 / n) * (f - 1.0 / n) / 2 : f * std::log(double{f});
    }
    CHECK(program.scalar("loss") == doctest::Approx(value).epsilon(1e-4));
  }
}

TEST_CASE("balance: the n-th largest is that of the last axis, whatever stands before it") {
  Graph graph;
  const Value x = graph.input("x", {2, 3, 4});
  for (const int64_t n : {0, 1, 3}) graph.output(std::to_string(n), nn::nth_largest(x, n));
  Program program = compile(graph, reference_device());
  const Tensor values = normal({2, 3, 4}, 5);
  program.write("x", values.span());
  program.run();
  for (const size_t n : {0U, 1U, 3U}) {
    for (size_t row = 0; row < 6; ++row) {
      const std::span<const float> part = values.span().subspan(4 * row, 4);
      std::vector<float> sorted(part.begin(), part.end());
      std::ranges::sort(sorted, std::greater<>());
      CHECK(program.read(std::to_string(n))[row] == sorted[n]);
    }
  }
}

TEST_CASE("balance: an expert that nobody chose leaves the entropy finite") {
  Graph graph;
  const Value gates = graph.input("gates", {2});
  const Value load = graph.constant(Tensor({2}, {1.0F, 0.0F}));
  const Value loss = nn::balance_loss(nn::BalanceLoss::entropy, load, gates);
  graph.output("loss", loss);
  graph.output("gradient", grad(loss, gates));
  Program program = compile(graph, cpu_device());
  program.write("gates", std::vector<float>{0.7F, 0.3F});
  program.run();
  CHECK(std::fabs(program.scalar("loss")) < 1e-4F);
  for (const float g : program.read("gradient")) CHECK(std::isfinite(g));
}

TEST_CASE("balance: the factor of routed experts beside shared ones, as the articles have it") {
  using nn::Router;
  CHECK(nn::shared_scale(Router::softmax, 162, 8, 2, false) ==
        doctest::Approx(16.02).epsilon(0.01));
  CHECK(nn::shared_scale(Router::sigmoid, 257, 9, 1, true) == doctest::Approx(2.827).epsilon(0.01));
}

TEST_CASE("balance: the factor beside shared experts, where it is known in closed form") {
  using nn::Router;
  const auto factor = [](Router router, int64_t n, int64_t k, int64_t s, bool renormalised) {
    CAPTURE(n);
    return doctest::Approx(nn::shared_scale(router, n, k, s, renormalised)).epsilon(0.02);
  };
  // One expert, renormalised, says as much as any other; of ReLU, unless its score is 0.
  for (const Router router : {Router::softmax, Router::sigmoid}) {
    CHECK(std::sqrt(2.0) == factor(router, 10, 3, 2, true));
  }
  for (const int64_t n : {1, 2, 3, 8}) {
    const double spoken = 1 - std::pow(0.5, n);
    CHECK(1 / std::sqrt(spoken) == factor(Router::relu, n + 1, 2, 1, true));
    // All experts: each has half a variance of 1.
    CHECK(std::sqrt(3 / (static_cast<double>(n) / 2)) ==
          factor(Router::relu, n + 3, n + 3, 3, false));
  }
  // The larger of two, or 0: E max(x, y, 0)^2 = 3/4 + 1 / (2 pi).
  CHECK(1 / std::sqrt(0.75 + 0.5 / std::numbers::pi) == factor(Router::relu, 3, 2, 1, false));
}

TEST_CASE("balance: on skewed scores quantiles take a few steps, signs over 30 times as many") {
  constexpr int every = 30;
  constexpr int limit = 600;
  for (const auto& [n, k] : {std::pair<int64_t, int64_t>{16, 2}, {32, 4}}) {
    const Stream stream = Stream::skewed(n, k, 1);
    CHECK(steps_to_balance(stream, keep, many, 1, 1) == 1);  // not balanced by itself
    const int quantile = steps_to_balance(stream, by_quantile(k), many, 1, 10);
    const int sign = steps_to_balance(stream, by_sign, some, every, limit);
    const int rms = steps_to_balance(stream, by_rms, some, every, limit);
    CHECK(quantile <= 6);
    CHECK(sign - every > 30 * quantile);
    CHECK(sign < limit);
    CHECK(rms < sign);
  }
}

TEST_CASE("balance: quantiles revive an expert that nobody chooses") {
  Stream stream{.offsets = std::vector<float>(16)};
  stream.offsets[3] = -6;
  Balancing balancing(stream, many, by_quantile(stream.k));
  const auto share = [&] { return static_cast<float>(stream.n) * balancing.read("load")[3]; };
  balancing.step_once();
  CHECK(share() == 0);
  for (int i = 0; i < 10; ++i) balancing.step_once();
  CHECK(share() == doctest::Approx(0.74).epsilon(0.05));
}

TEST_CASE("balance: a number added to all thresholds changes no choice") {
  const Stream stream = Stream::skewed(16, 2, 3);
  Balancing balancing(stream, some, by_quantile(2));
  for (int i = 0; i < 4; ++i) balancing.step_once();
  const std::vector<float> beta = balancing.read("beta");
  const std::vector<float> scores = stream.batch(some, 99);
  balancing.step_on(scores);
  const std::vector<float> before = balancing.read("chosen");
  std::vector<float> moved = beta;
  for (float& b : moved) b += 0.5F;
  balancing.start(moved);
  balancing.step_on(scores);
  CHECK(largest_difference(balancing.read("chosen"), before) == 0);
}

TEST_CASE("balance: thresholds of quantiles do not drift") {
  constexpr int64_t few = 256;
  const Stream stream = Stream::skewed(8, 1, 1);
  Balancing balancing(stream, few, by_quantile(1));
  for (int i = 0; i < 300; ++i) balancing.step_once();
  CHECK(largest(balancing.read("beta")) < 1);
}

TEST_CASE("balance: quantiles do not mind the size of scores, signs do") {
  Stream stream = Stream::skewed(16, 2, 2);
  Balancing small(stream, some, by_quantile(2));
  Balancing small_signs(stream, some, by_sign);
  stream.scale = 100;
  Balancing large(stream, some, by_quantile(2));
  Balancing large_signs(stream, some, by_sign);
  large_signs.step_once();
  const float begun = large_signs.scalar("violation");
  for (int i = 0; i < 6; ++i) {
    small.step_once();
    large.step_once();
    const std::vector<float> a = small.read("chosen");
    const std::vector<float> b = large.read("chosen");
    size_t same = 0;
    for (size_t j = 0; j < a.size(); ++j) same += a[j] == b[j];
    CHECK(same > a.size() - a.size() / 10000);  // up to rounding
  }
  for (int i = 0; i < 120; ++i) {
    small_signs.step_once();
    large_signs.step_once();
  }
  CHECK(small_signs.scalar("violation") < 0.6F * begun);
  CHECK(large_signs.scalar("violation") > 0.9F * begun);
}

TEST_CASE("balance: dynamic k meets its budget from its start") {
  constexpr int64_t n = 32;
  constexpr float k = 4;
  constexpr float deviation = 6e-3F * 32;  // of weights, times sqrt(1024)
  const auto open = [](nn::Router router, int64_t experts, float sigma, float threshold) {
    constexpr int64_t rows = 8192;
    Graph graph;
    const Value scores = nn::scores_of(router, sigma * graph.input("logits", {rows, experts}));
    graph.output("open", reshape(mean(sum(step(scores - threshold), {1})), {}));
    Program program = compile(graph, cpu_device());
    feed(program, graph, 5);
    program.run();
    return program.scalar("open");
  };
  using nn::Router;
  CHECK(open(Router::sigmoid, n, deviation, nn::quantile_start(Router::sigmoid, n, k, deviation)) ==
        doctest::Approx(4.00).epsilon(0.01));
  CHECK(open(Router::sigmoid, n, deviation, nn::bisected_start(n, k, deviation)) ==
        doctest::Approx(k).epsilon(0.03));
  CHECK(open(Router::relu, n, 1, nn::quantile_start(Router::relu, n, k)) ==
        doctest::Approx(k).epsilon(0.01));
  CHECK(open(Router::softmax, 256, 1, nn::quantile_start(Router::softmax, 256, 8)) ==
        doctest::Approx(7.50).epsilon(0.02));
  CHECK(open(Router::sigmoid, n, deviation, 0) == n);
}

TEST_CASE("balance: thresholds that follow quantiles slowly find the budget and the balance") {
  const Stream stream = Stream::skewed(32, 4, 1);
  for (const bool from_zero : {false, true}) {
    Balancing balancing(stream, some, by_slow_quantile(4), true);
    Judge judge(stream, true);
    const float start = from_zero ? 0 : nn::quantile_start(nn::Router::sigmoid, 32, 4);
    balancing.start(std::vector<float>(32, start));
    (void)judge.violation(balancing);
    CHECK(judge.per_token() == doctest::Approx(from_zero ? 32 : 5.7).epsilon(0.05));
    for (int i = 0; i < (from_zero ? 66 : 57); ++i) balancing.step_once();
    CHECK(judge.violation(balancing) < 0.1F);
    CHECK(judge.per_token() == doctest::Approx(4).epsilon(0.03));
  }
}

TEST_CASE("balance: dynamic k by signs meets its budget") {
  const Stream stream = Stream::skewed(16, 2, 1);
  const Rule rule = [](Value beta, Value, Value active, Value) {
    return nn::dynamic_sign_step(beta, active, 2, rate);
  };
  Balancing balancing(stream, some, rule, true);
  Judge judge(stream, true);
  const float start = nn::quantile_start(nn::Router::sigmoid, 16, 2);
  balancing.start(std::vector<float>(16, start));
  const float begun = judge.violation(balancing);
  for (int i = 0; i < 300; ++i) balancing.step_once();
  CHECK(judge.violation(balancing) < 0.2F * begun);
  CHECK(judge.per_token() == doctest::Approx(2).epsilon(0.05));
}

namespace {

struct Sequences {
  int64_t batch = 16;
  int64_t tokens = 128;
  int64_t n = 32;
  int64_t k = 4;

  [[nodiscard]] size_t at(int64_t b, int64_t i, int64_t j) const {
    return size_t((b * tokens + i) * n + j);
  }
  [[nodiscard]] size_t size() const { return size_t(batch * tokens * n); }
};

/// The thresholds as the article has them, token by token.
std::vector<float> plain_moving_thresholds(const Sequences& s, std::span<const float> scores,
                                           float gamma, int64_t buckets) {
  std::vector<float> beta(s.size());
  const double share = 1 - static_cast<double>(s.k) / static_cast<double>(s.n);
  for (int64_t b = 0; b < s.batch; ++b) {
    for (int64_t j = 0; j < s.n; ++j) {
      std::vector<double> histogram(size_t(buckets), 0.0);
      for (int64_t i = 0; i < s.tokens; ++i) {
        for (double& h : histogram) h *= gamma;
        const auto bucket =
            static_cast<int64_t>(std::floor(static_cast<float>(buckets) * scores[s.at(b, i, j)]));
        histogram[size_t(std::min(bucket, buckets - 1))] += 1 - double{gamma};
        const double mass = share * (1 - std::pow(double{gamma}, static_cast<double>(i + 1)));
        double sum = 0;
        int64_t q = 0;
        while (q < buckets - 1 && (sum += histogram[size_t(q)]) < mass) ++q;
        beta[s.at(b, i, j)] = (static_cast<float>(q) + 0.5F) / static_cast<float>(buckets);
      }
    }
  }
  return beta;
}

std::vector<float> moving(const Sequences& s, std::span<const float> scores,
                          nn::MovingQuantile config = {}) {
  Graph graph;
  const Value input = graph.input("scores", {s.batch, s.tokens, s.n});
  graph.output("beta", nn::moving_thresholds(input, static_cast<float>(s.k), config));
  Program program = compile(graph, cpu_device());
  program.write("scores", scores);
  program.run();
  const std::span<const float> beta = program.read("beta");
  return {beta.begin(), beta.end()};
}

}  // namespace

TEST_CASE("balance: moving thresholds equal a plain loop's, and a score of one has a bucket") {
  const Sequences s{.batch = 2, .tokens = 40, .n = 6, .k = 2};
  std::vector<float> scores(s.size());
  Rng(4).uniform(scores);
  for (size_t i = 0; i < scores.size(); i += 7) scores[i] = 1;
  for (const nn::MovingQuantile& config : {nn::MovingQuantile{}, {.buckets = 10, .gamma = 0.9F}}) {
    const std::vector<float> got = moving(s, scores, config);
    const std::vector<float> want =
        plain_moving_thresholds(s, scores, config.gamma, config.buckets);
    CHECK(largest_difference(got, want) < 1e-5F);
    CHECK(largest(got) <= 1 - 0.5F / static_cast<float>(config.buckets));
  }
}

TEST_CASE("balance: moving thresholds even out the load within a sequence, at a price in scores") {
  const Sequences s;
  constexpr int topics = 8;
  std::vector<float> offsets(size_t(topics * s.n));
  std::vector<float> scores(s.size());
  Rng(1, 1).normal(offsets);
  Rng(1, 2).normal(scores);
  for (size_t i = 0; i < scores.size(); ++i) {
    const size_t topic = i / size_t(s.tokens * s.n) % topics;
    const float offset = offsets[topic * size_t(s.n) + i % size_t(s.n)];
    scores[i] = 1 / (1 + std::exp(-scores[i] - offset));
  }
  const std::vector<float> beta = moving(s, scores);

  struct Outcome {
    double violation = 0;  // mean over sequences of MaxVio within one
    double score = 0;      // of those chosen
    double overall = 0;    // MaxVio over all
  };
  const auto outcome = [&](float lambda, bool then_quantiles) {
    std::vector<float> shifted(scores);
    for (size_t i = 0; i < shifted.size(); ++i) shifted[i] -= lambda * beta[i];
    Balancing balancing({.n = s.n, .k = s.k}, s.batch * s.tokens,
                        then_quantiles ? by_quantile(s.k) : keep);
    for (int i = 0; i < 12; ++i) balancing.step_on(shifted);
    const std::vector<float> chosen = balancing.read("chosen");
    Outcome out{.overall = balancing.scalar("violation")};
    const double all = static_cast<double>(s.batch * s.tokens * s.k);
    for (int64_t b = 0; b < s.batch; ++b) {
      double most = 0;
      for (int64_t j = 0; j < s.n; ++j) {
        double load = 0;
        for (int64_t i = 0; i < s.tokens; ++i) {
          load += chosen[s.at(b, i, j)];
          out.score += chosen[s.at(b, i, j)] * scores[s.at(b, i, j)] / all;
        }
        most = std::max(most, load);
      }
      const double mean = static_cast<double>(s.tokens * s.k) / static_cast<double>(s.n);
      out.violation += (most / mean - 1) / static_cast<double>(s.batch);
    }
    return out;
  };
  const Outcome none = outcome(0, true);
  const Outcome mild = outcome(0.3F, true);
  const Outcome full = outcome(1, true);
  CHECK(mild.violation < 0.9 * none.violation);
  CHECK(full.violation < 0.4 * mild.violation);
  CHECK(none.score > mild.score);
  CHECK(mild.score > full.score + 0.05);
  CHECK(mild.overall < 0.15);
  CHECK(outcome(0.3F, false).overall > 1);
}
