// A sum of experts: which of them to keep, and a router that learns it.
#include "rivulet/models/expert_geometry.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/metrics/ranks.h"
#include "rivulet/models/expert_layer.h"
#include "rivulet/nn/layers.h"
#include "rivulet/train/expert_layer.h"

using namespace rivulet;
using models::ExpertErrors;
using models::ExpertGram;

namespace {

ExpertErrors longest_errors(const ExpertGram& gram) {
  return models::ranked_errors(gram, models::by_score(gram.norms()));
}

/// The mean over all subsets of k, and the least: by going through them one by one.
std::pair<double, double> by_hand(const ExpertGram& gram, int k) {
  const int n = gram.count();
  double sum = 0;
  double least = INFINITY;
  int count = 0;
  for (uint32_t kept = 0; kept < 1U << static_cast<unsigned>(n); ++kept) {
    if (std::popcount(kept) != k) continue;
    std::vector<float> weights;
    for (int i = 0; i < n; ++i) weights.push_back(static_cast<float>(kept >> i & 1U));
    const double missing = gram.missing(weights);
    sum += missing;
    least = std::min(least, missing);
    ++count;
  }
  return {sum / count, least};
}

/// How the layer's blocks look to the router, over `points` points.
struct Seen {
  float correlation = 0;  ///< of predicted and true norms, over the blocks of a point, on average
  float router = 0;       ///< what k = 2 kept blocks miss, of the sum's square
  float random = 0;
  float longest = 0;
};

Seen look(models::ExpertLayerMap& map, const models::ExpertLayerConfig& config,
          std::span<const float> x) {
  map.run(x);
  const auto n = static_cast<size_t>(config.blocks);
  const auto points = static_cast<size_t>(map.points());
  Seen seen;
  double whole = 0;
  double router = 0;
  double random = 0;
  double longest = 0;
  for (size_t p = 0; p < points; ++p) {
    const ExpertGram gram(map.vectors().subspan(p * n * 2, n * 2), config.blocks);
    const auto rho = map.rho().subspan(p * n, n);
    seen.correlation += metrics::spearman(gram.norms(), rho) / static_cast<float>(points);
    const ExpertErrors routed = models::ranked_errors(gram, models::by_score(rho));
    whole += routed.squared[0];
    router += routed.squared[2];
    random += models::random_errors(gram).squared[2];
    longest += longest_errors(gram).squared[2];
  }
  seen.router = static_cast<float>(router / whole);
  seen.random = static_cast<float>(random / whole);
  seen.longest = static_cast<float>(longest / whole);
  return seen;
}

}  // namespace

TEST_CASE("experts: the blocks of a feed-forward layer add up to it exactly") {
  Graph graph;
  nn::Params params(graph, 3);
  const Value x = graph.input("x", {5, 7});
  const Value h = relu(nn::linear(params, "in", x, 24));
  const Value w = params.get("out.weight", {24, 3}, nn::Init::normal(1));
  graph.output("dense", matmul(h, w));
  for (const int n : {1, 2, 8, 12}) {
    const Value v = models::block_vectors(h, w, n);
    CHECK(v.shape() == Shape{5, n, 3});
    graph.output("blocks." + std::to_string(n), sum(v, {1}));
    // Block i alone, of its own columns and rows: v_i = f(x A_i) B_i.
    const Value first = matmul(slice(h, 1, 0, 24 / n), slice(w, 0, 0, 24 / n));
    graph.output("first." + std::to_string(n), reshape(slice(v, 1, 0, 1), {5, 3}) - first);
  }
  Program program = compile(graph, reference_device());
  std::vector<float> values(5 * 7);
  Rng(1, 0).normal(values);
  program.write("x", values);
  program.run();
  for (const int n : {1, 2, 8, 12}) {
    const auto dense = program.read("dense");
    const auto blocks = program.read("blocks." + std::to_string(n));
    for (size_t i = 0; i < dense.size(); ++i) {
      CHECK(blocks[i] == doctest::Approx(dense[i]).epsilon(1e-5));
    }
    for (const float rest : program.read("first." + std::to_string(n))) {
      CHECK(std::abs(rest) < 1e-5F);
    }
  }
}

TEST_CASE("experts: the longest of orthogonal vectors are the best, of others not always") {
  int worse = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng(seed, 0);
    const int n = 2 + static_cast<int>(rng.below(9));
    const ExpertGram orthogonal(models::overlapping_experts(n, 0, rng), n);
    const ExpertErrors longest = longest_errors(orthogonal);
    const ExpertErrors best = models::best_errors(orthogonal);
    for (size_t k = 0; k <= static_cast<size_t>(n); ++k) {
      CHECK(longest.kept[k] == best.kept[k]);
      CHECK(longest.squared[k] == doctest::Approx(best.squared[k]).epsilon(1e-6));
    }
    const ExpertGram plane(models::random_experts(8, 2, rng), 8);
    const double gap = longest_errors(plane).squared[3] - models::best_errors(plane).squared[3];
    CHECK(gap > -1e-6);
    if (gap > 0.05 * models::best_errors(plane).squared[0]) ++worse;
  }
  CHECK(worse > 50);
}

TEST_CASE("experts: the gap between the longest and the best grows with the overlap") {
  double before = 0;
  for (const float overlap : {0.0F, 0.25F, 0.5F, 0.75F, 1.0F}) {
    CAPTURE(overlap);
    double gap = 0;
    double whole = 0;
    for (uint64_t seed = 0; seed < 64; ++seed) {
      Rng rng(seed, 1);
      const std::vector<float> v = models::overlapping_experts(8, overlap, rng);
      const ExpertGram gram(v, 8);
      CHECK(std::abs(gram.product(0, 1)) ==
            doctest::Approx(overlap * gram.norm(0) * gram.norm(1)).epsilon(1e-4));
      const ExpertErrors best = models::best_errors(gram);
      gap += longest_errors(gram).squared[3] - best.squared[3];
      whole += best.squared[0];
    }
    CHECK(gap / whole >= before);
    before = gap / whole;
  }
  CHECK(before > 0.2);
}

TEST_CASE("experts: vectors that are drawn are as long as they are said to be") {
  Rng rng(3, 0);
  for (const int dims : {2, 3, 17}) {
    CAPTURE(dims);
    const int n = models::most_experts;
    for (int set = 0; set < 20; ++set) {
      for (const auto& vectors :
           {models::random_experts(n, dims, rng), models::overlapping_experts(n, 0.3F, rng)}) {
        const std::vector<float> norms = ExpertGram(vectors, n).norms();
        const auto [least, most] = std::ranges::minmax(norms);
        CHECK(least > 0.3499F);
        CHECK(most < 1.6501F);
        CHECK(least < most);
      }
    }
  }
}

TEST_CASE("experts: brute force and the mean of random choices are what they say") {
  Rng rng(5, 0);
  const ExpertGram gram(models::random_experts(7, 3, rng), 7);
  const ExpertErrors best = models::best_errors(gram);
  const ExpertErrors random = models::random_errors(gram);
  for (int k = 0; k <= 7; ++k) {
    CAPTURE(k);
    const auto [mean, least] = by_hand(gram, k);
    CHECK(random.squared[static_cast<size_t>(k)] == doctest::Approx(mean).epsilon(1e-5));
    CHECK(best.squared[static_cast<size_t>(k)] == doctest::Approx(least).epsilon(1e-5));
    CHECK(std::popcount(best.kept[static_cast<size_t>(k)]) == k);
  }
  CHECK(best.relative(0) == 1);
  CHECK(best.relative(7) == doctest::Approx(0));
  const std::vector<float> norms = gram.norms();
  CHECK(models::noisy_norms(norms, 0, rng) == norms);
  CHECK_THROWS_AS(ExpertGram({}, 2), Error);
  CHECK_THROWS_AS(ExpertGram(norms, 0), Error);
  CHECK_THROWS_AS(ExpertGram(norms, 2), Error);
  CHECK_THROWS_AS(ExpertGram(norms, models::most_experts + 1), Error);
}

TEST_CASE("metrics: rank correlation") {
  const std::vector<float> a = {0.3F, 2, -1, 7, 5};
  const std::vector<float> squeezed = {0.1F, 0.2F, -3, 0.4F, 0.3F};
  std::vector<float> back;
  for (const float x : a) back.push_back(-x);
  CHECK(metrics::ranks(std::vector<float>{4, 1, 4, 2}) == std::vector<float>{3.5F, 1, 3.5F, 2});
  CHECK(metrics::spearman(a, squeezed) == doctest::Approx(1));
  CHECK(metrics::spearman(a, back) == doctest::Approx(-1));
  CHECK(metrics::spearman(std::vector<float>{1, 2, 3, 4, 5}, std::vector<float>{2, 1, 4, 3, 5}) ==
        doctest::Approx(0.8));
  CHECK(metrics::spearman(a, std::vector<float>(5, 1.0F)) == 0);
  CHECK_THROWS_AS((void)metrics::spearman(a, std::vector<float>{}), Error);
}

TEST_CASE("experts: a router learns which blocks of a dense layer will be long") {
  constexpr float blur = 1;
  const data::Target2d target(data::Shape2d::spirals);
  std::vector<float> x(size_t{2} * 256);
  std::vector<float> x0(x.size());
  train::blurred_points(target, blur, Rng(9, 9), x, x0);
  for (const auto router :
       {models::RouterMap::softplus, models::RouterMap::relu, models::RouterMap::exponential}) {
    CAPTURE(models::router_map_names.of(router));
    const models::ExpertLayerConfig config{.router = router};
    train::Trainer trainer(train::expert_layer_objective(config, 256, blur, target),
                           train::expert_layer_trainer(), cpu_device());
    models::ExpertLayerMap map(config, 256, cpu_device());
    const auto seen_after = [&](int steps) {
      while (trainer.steps() < steps) trainer.step();
      map.load(trainer.weights());
      return look(map, config, x);
    };
    const Seen first = seen_after(0);
    const Seen early = seen_after(50);
    const Seen late = seen_after(1500);
    CHECK(first.correlation == 0);  // it begins with no opinion
    CHECK(early.correlation > 0.4F);
    CHECK(late.correlation > early.correlation);
    CHECK(late.correlation > 0.75F);
    CHECK(late.router < 0.5F * late.random);
    CHECK(late.router < late.longest + 0.05F);
  }
}

TEST_CASE("experts: what a router predicts before it learned, and losses that are means") {
  const data::Target2d target(data::Shape2d::spirals);
  const auto first_losses = [&](const models::ExpertLayerConfig& config, int batch) {
    train::Trainer trainer(train::expert_layer_objective(config, batch, 1, target),
                           train::expert_layer_trainer(), cpu_device());
    (void)trainer.step();
    return std::pair{trainer.loss("layer"), trainer.loss("router")};
  };
  const std::map<models::RouterMap, float> first = {{models::RouterMap::softplus, std::log(2.0F)},
                                                    {models::RouterMap::relu, 0.2F},
                                                    {models::RouterMap::exponential, 1}};
  for (const auto& [router, rho] : first) {
    CAPTURE(models::router_map_names.of(router));
    Graph graph;
    nn::Params params(graph, 1);
    const Value x = graph.input("x", {3, 2});
    graph.output("rho", models::expert_layer({.router = router}, params, x).rho);
    Program program = compile(graph, reference_device());
    program.write("x", std::vector<float>{0, 1, 2, 3, 4, 5});
    program.run();
    for (const float value : program.read("rho")) CHECK(value == doctest::Approx(rho));
    const auto [fit, foresight] = first_losses({.router = router}, 64);
    const auto [wide_fit, wide_foresight] = first_losses({.router = router}, 4096);
    CHECK(fit == doctest::Approx(wide_fit).epsilon(0.4));
    CHECK(foresight == doctest::Approx(wide_foresight).epsilon(0.4));
  }
}

TEST_CASE("experts: no gradient of the router's loss reaches the layer") {
  Graph graph;
  nn::Params params(graph, 1);
  const models::ExpertLayer layer =
      models::expert_layer({.hidden = 24, .blocks = 4}, params, graph.input("x", {6, 2}));
  const Value loss = mean(square(layer.rho - layer.norms));
  for (const nn::Param& param : params.all()) {
    graph.output("grad." + param.name, sum(square(grad(loss, param.value))));
  }
  Program program = compile(graph, reference_device());
  std::vector<float> x(12);
  Rng(2, 0).normal(x);
  program.write("x", x);
  program.run();
  for (const nn::Param& param : params.all()) {
    CAPTURE(param.name);
    CHECK((program.scalar("grad." + param.name) > 0) == param.name.starts_with("router."));
  }
}

TEST_CASE("experts: sizes that do not fit are explained") {
  CHECK_THROWS_AS(models::validate({.hidden = 96, .blocks = 7}), Error);
  CHECK_THROWS_AS(models::validate({.hidden = 96, .blocks = 0}), Error);
  CHECK_THROWS_AS(models::validate({.hidden = 1000, .blocks = 8}), Error);
  CHECK_NOTHROW(models::validate({.hidden = 384, .blocks = 12}));
}
