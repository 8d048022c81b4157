#include "rivulet/live/experts_geometry/sets.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>

namespace rivulet::live::experts_geometry {
namespace {

using models::ExpertGram;
using models::ExpertRule;

constexpr int most_sets = 64;
constexpr float reach = 2.6F;   // of arrows and their sums, in the window [-3,3]
constexpr float raised = 4.4F;  // ... where they begin near its lower edge
// Sums in the plane and in space are so much longer than the longest vector: of a longer one the
// arrows would be small beside it, and of a shorter one all rules miss many times as much.
constexpr float least_sum = 1.0F;
constexpr float most_sum = 1.9F;

/// Streams of random numbers, by purpose.
enum Stream : uint64_t { set_stream = 91, noise_stream = 92, order_stream = 93, gap_stream = 94 };

/// The common direction turned so that the sum has it forwards.
std::vector<float> upright(std::vector<float> values, int n) {
  const auto pitch = static_cast<size_t>(n + 1);
  float sum = 0;
  for (size_t i = pitch - 1; i < values.size(); i += pitch) sum += values[i];
  for (size_t i = pitch - 1; i < values.size() && sum < 0; i += pitch) values[i] = -values[i];
  return values;
}

std::vector<float> values_of(const Arrangement& a) {
  if (!a.heads.empty()) {
    std::vector<float> out;
    for (const data::Point head : a.heads) out.insert(out.end(), {head.x, head.y});
    return out;
  }
  Rng rng(a.seed, set_stream);
  if (a.room == Room::many) return upright(models::overlapping_experts(a.n, a.overlap, rng), a.n);
  std::vector<float> values;
  for (int tries = 0; tries < 64; ++tries) {
    values = models::random_experts(a.n, a.room == Room::plane ? 2 : 3, rng);
    const ExpertGram gram(values, a.n);
    const double sum = std::sqrt(gram.missing(std::vector<float>(static_cast<size_t>(a.n), 0.0F)));
    const double longest = std::ranges::max(gram.norms());
    if (sum >= least_sum * longest && sum <= most_sum * longest) break;
  }
  return values;
}

/// n+1 dimensions seen in three, by an orthogonal projection: along (1,..,1)/sqrt(n), near which
/// the sum of orthogonal vectors lies, and along two waves over the dimensions. So orthogonal
/// vectors are the ribs of an open umbrella, which folds to both sides as they overlap: the common
/// direction is seen at 45 degrees along the stick.
std::vector<float> umbrella(std::span<const float> values, int n) {
  const auto dims = static_cast<size_t>(n + 1);
  const double along = 1 / std::sqrt(2.0 * n);
  const double wave = std::sqrt(2.0 / n);
  std::vector<float> out;
  for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
    const auto v = values.subspan(i * dims, dims);
    double x = 0;
    double y = 0;
    double z = v.back() / std::numbers::sqrt2;
    for (size_t j = 0; j + 1 < dims; ++j) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(j) / n;
      x += wave * std::cos(angle) * v[j];
      y += wave * std::sin(angle) * v[j];
      z += along * v[j];
    }
    for (const double value : {x, y, z}) out.push_back(static_cast<float>(value));
  }
  return out;
}

std::vector<float> seen_of(const Arrangement& a, std::span<const float> values) {
  if (a.room == Room::many) return umbrella(values, a.n);
  if (a.room == Room::space) return {values.begin(), values.end()};
  std::vector<float> out;
  for (size_t i = 0; i < values.size(); i += 2) {
    out.insert(out.end(), {values[i], values[i + 1], 0.0F});
  }
  return out;
}

/// Scales all so that the arrows and the sums of the longest fill the window.
void fit(std::vector<float>& seen, std::vector<float>& values, std::span<const int> order,
         float room) {
  float most = 1e-3F;
  std::array<float, 3> sum{};
  for (const int i : order) {
    const auto v = std::span<const float>(seen).subspan(static_cast<size_t>(3 * i), 3);
    for (size_t d = 0; d < 3; ++d) sum[d] += v[d];
    most = std::max({most, std::hypot(v[0], v[1], v[2]), std::hypot(sum[0], sum[1], sum[2])});
  }
  for (float& x : seen) x *= room / most;
  for (float& x : values) x *= room / most;
}

}  // namespace

void judge(const ExpertGram& gram, std::span<const float> predicted, bool weighed,
           std::array<models::ExpertErrors, models::expert_rule_count>& errors) {
  const std::vector<float> norms = gram.norms();
  std::vector<float> weights;  // of the router's choice
  for (size_t i = 0; i < norms.size() && weighed; ++i) {
    weights.push_back(predicted[i] / std::max(norms[i], 1e-6F));
  }
  const auto of = [&](ExpertRule rule) -> models::ExpertErrors& {
    return errors[static_cast<size_t>(rule)];
  };
  of(ExpertRule::longest) = ranked_errors(gram, models::by_score(norms));
  of(ExpertRule::best) = best_errors(gram);
  of(ExpertRule::router) = ranked_errors(gram, models::by_score(predicted), weights);
  of(ExpertRule::random) = random_errors(gram);
}

std::vector<int> lots(int n, uint64_t seed) {
  std::vector<float> drawn(static_cast<size_t>(n));
  Rng(seed, order_stream).uniform(drawn);
  return models::by_score(drawn);
}

Vectors vectors_of(const Arrangement& a) {
  Vectors out{.of = a, .seen = {}, .norms = {}, .predicted = {}, .errors = {}, .drawn = {}};
  std::vector<float> values = values_of(a);
  out.seen = seen_of(a, values);
  if (a.heads.empty()) {
    fit(out.seen, values, models::by_score(ExpertGram(values, a.n).norms()),
        a.room == Room::many ? raised : reach);
  }
  const ExpertGram gram(values, a.n);
  out.norms = gram.norms();
  Rng noise(a.seed, noise_stream);
  out.predicted = models::noisy_norms(out.norms, a.noise, noise);
  judge(gram, out.predicted, a.weighed, out.errors);
  out.drawn = lots(a.n, a.seed);
  return out;
}

void Sets::obey(const Order& order) {
  arranged_ = arranged_ && order.arrangement == order_.arrangement;
  order_ = order;
  if (order_.arrangement.n != gap_.n) begin_gap();
}

bool Sets::slice() {
  if (order_.arrangement.n == 0) return false;
  if (!arranged_) {
    arrange();
    return true;
  }
  if (gap_.sets >= most_sets) return false;
  add_set();
  return true;
}

void Sets::arrange() {
  out_.post(vectors_of(order_.arrangement));
  arranged_ = true;
}

void Sets::begin_gap() {
  const auto sizes = static_cast<size_t>(order_.arrangement.n) + 1;
  gap_ = {};
  gap_.n = order_.arrangement.n;
  for (Sums& sums : sums_) {
    sums = {.longest = std::vector<double>(sizes, 0.0), .best = std::vector<double>(sizes, 0.0)};
  }
}

/// The same norms and signs at every overlap: the curves are smooth.
void Sets::add_set() {
  const int n = gap_.n;
  for (int i = 0; i < overlap_count; ++i) {
    Sums& sums = sums_[static_cast<size_t>(i)];
    Rng rng(static_cast<uint64_t>(gap_.sets), gap_stream);
    const ExpertGram gram(models::overlapping_experts(n, overlap_at(i), rng), n);
    const models::ExpertErrors longest = ranked_errors(gram, models::by_score(gram.norms()));
    const models::ExpertErrors best = best_errors(gram);
    for (size_t k = 0; k <= static_cast<size_t>(n); ++k) {
      sums.longest[k] += longest.squared[k];
      sums.best[k] += best.squared[k];
    }
    const auto relative = [](const std::vector<double>& squared) {
      std::vector<float> out;
      out.reserve(squared.size());
      for (const double value : squared) out.push_back(static_cast<float>(value / squared[0]));
      return out;
    };
    gap_.longest[static_cast<size_t>(i)] = relative(sums.longest);
    gap_.best[static_cast<size_t>(i)] = relative(sums.best);
  }
  ++gap_.sets;
  out_.post(gap_);
}

}  // namespace rivulet::live::experts_geometry
