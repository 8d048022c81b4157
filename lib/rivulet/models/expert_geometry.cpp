#include "rivulet/models/expert_geometry.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"

namespace rivulet::models {
namespace {

constexpr float shortest = 0.35F;
constexpr float longest = 1.65F;

float random_norm(Rng& rng) { return shortest + (longest - shortest) * rng.uniform(); }

}  // namespace

ExpertGram::ExpertGram(std::span<const float> vectors, int n)
    : n_(n), products_(static_cast<size_t>(n * n)) {
  need("experts", "vectors", n, 1, most_experts);
  if (vectors.empty() || vectors.size() % static_cast<size_t>(n) != 0) {
    fail("experts", fmt::format("{} numbers are not {} vectors", vectors.size(), n));
  }
  const size_t dims = vectors.size() / static_cast<size_t>(n);
  for (int i = 0; i < n; ++i) {
    const auto a = vectors.subspan(static_cast<size_t>(i) * dims, dims);
    for (int j = 0; j <= i; ++j) {
      const auto b = vectors.subspan(static_cast<size_t>(j) * dims, dims);
      const double product = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
      products_[static_cast<size_t>(i * n + j)] = products_[static_cast<size_t>(j * n + i)] =
          product;
    }
  }
}

float ExpertGram::norm(int i) const { return static_cast<float>(std::sqrt(product(i, i))); }

std::vector<float> ExpertGram::norms() const {
  std::vector<float> out;
  out.reserve(static_cast<size_t>(n_));
  for (int i = 0; i < n_; ++i) out.push_back(norm(i));
  return out;
}

double ExpertGram::missing(std::span<const float> weights) const {
  double squared = 0;
  for (int i = 0; i < n_; ++i) {
    for (int j = 0; j < n_; ++j) {
      squared += (1.0 - weights[static_cast<size_t>(i)]) * (1.0 - weights[static_cast<size_t>(j)]) *
                 product(i, j);
    }
  }
  return std::max(squared, 0.0);
}

float ExpertErrors::relative(int k) const {
  return static_cast<float>(squared[static_cast<size_t>(k)] / std::max(squared[0], 1e-12));
}

std::vector<int> by_score(std::span<const float> scores) {
  std::vector<int> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {},
                    [&](int i) { return std::pair(-scores[static_cast<size_t>(i)], i); });
  return order;
}

ExpertErrors ranked_errors(const ExpertGram& gram, std::span<const int> order,
                           std::span<const float> weights) {
  ExpertErrors out;
  std::vector<float> kept(static_cast<size_t>(gram.count()), 0.0F);
  uint32_t mask = 0;
  out.squared.push_back(gram.missing(kept));
  out.kept.push_back(mask);
  for (const int i : order) {
    const auto at = static_cast<size_t>(i);
    kept[at] = weights.empty() ? 1.0F : weights[at];
    mask |= 1U << at;
    out.squared.push_back(gram.missing(kept));
    out.kept.push_back(mask);
  }
  return out;
}

ExpertErrors best_errors(const ExpertGram& gram) {
  const int n = gram.count();
  const auto all = (1U << static_cast<unsigned>(n)) - 1;
  const auto sizes = static_cast<size_t>(n) + 1;
  ExpertErrors out{.squared = std::vector<double>(sizes, std::numeric_limits<double>::infinity()),
                   .kept = std::vector<uint32_t>(sizes, 0)};
  std::vector<double> towards(static_cast<size_t>(n), 0.0);  // <v_i, sum of what is dropped>
  double squared = 0;                                        // of that sum
  uint32_t dropped = 0;
  // A Gray code: each subset differs from the one before in one vector.
  for (uint32_t turn = 0; turn <= all; ++turn) {
    if (turn > 0) {
      const int i = std::countr_zero(turn);
      dropped ^= 1U << static_cast<unsigned>(i);
      const double sign = (dropped >> static_cast<unsigned>(i) & 1U) != 0 ? 1 : -1;
      squared += 2 * sign * towards[static_cast<size_t>(i)] + gram.product(i, i);
      for (int j = 0; j < n; ++j) towards[static_cast<size_t>(j)] += sign * gram.product(i, j);
    }
    const auto k = static_cast<size_t>(n - std::popcount(dropped));
    if (squared >= out.squared[k]) continue;
    out.squared[k] = squared;
    out.kept[k] = all & ~dropped;
  }
  for (double& value : out.squared) value = std::max(value, 0.0);
  return out;
}

ExpertErrors random_errors(const ExpertGram& gram) {
  const int n = gram.count();
  double own = 0;    // sum of squares
  double cross = 0;  // of products of two different vectors
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) (i == j ? own : cross) += gram.product(i, j);
  }
  ExpertErrors out;
  for (int k = 0; k <= n; ++k) {
    const double one = static_cast<double>(n - k) / n;  // that one is dropped, that two are
    const double two = n > 1 ? one * (n - k - 1) / (n - 1) : 0;
    out.squared.push_back(std::max(one * own + two * cross, 0.0));
  }
  return out;
}

std::vector<float> random_experts(int n, int dims, Rng& rng) {
  std::vector<float> out(static_cast<size_t>(n * dims));
  rng.normal(out);
  for (int i = 0; i < n; ++i) {
    const auto v = std::span(out).subspan(static_cast<size_t>(i * dims), static_cast<size_t>(dims));
    const float length = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 1e-12F));
    const float factor = random_norm(rng) / length;
    for (float& x : v) x *= factor;
  }
  return out;
}

std::vector<float> overlapping_experts(int n, float overlap, Rng& rng) {
  const int dims = n + 1;
  std::vector<float> out(static_cast<size_t>(n * dims), 0.0F);
  for (int i = 0; i < n; ++i) {
    const float norm = random_norm(rng);
    const float sign = rng.uniform() < 0.5F ? -1.0F : 1.0F;
    out[static_cast<size_t>(i * dims + i)] = norm * std::sqrt(1 - overlap);
    out[static_cast<size_t>(i * dims + n)] = norm * sign * std::sqrt(overlap);
  }
  return out;
}

std::vector<float> noisy_norms(std::span<const float> norms, float noise, Rng& rng) {
  std::vector<float> out;
  for (const float norm : norms) out.push_back(norm * std::exp(noise * rng.normal()));
  return out;
}

}  // namespace rivulet::models
