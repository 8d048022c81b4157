#include "rivulet/nn/balance.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include "rivulet/core/random.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"

namespace rivulet::nn {
namespace {

constexpr float least_load = 1e-6F;  // of a logarithm
constexpr float epsilon = 1e-12F;

float experts_of(Value per_expert) { return static_cast<float>(per_expert.shape().numel()); }

/// 0, 1, ..., n-1.
Tensor counting(int64_t n) {
  Tensor tensor({n});
  std::iota(tensor.span().begin(), tensor.span().end(), 0.0F);
  return tensor;
}

/// x M for a matrix of M_ij = f(i, j), [n,n].
Value constant_matrix(Graph& graph, int64_t n, const std::function<float(int64_t, int64_t)>& f) {
  Tensor matrix({n, n});
  for (int64_t i = 0; i < n * n; ++i) matrix[i] = f(i / n, i % n);
  return graph.constant(std::move(matrix));
}

/// x with Phi(x) = p, by bisection.
double normal_quantile(double p) {
  double low = -40;
  double high = 40;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::numbers::sqrt2) / 2 < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

/// One token's scores.
void score(Router router, std::span<double> logits) {
  if (router == Router::softmax) {
    double total = 0;
    for (double& x : logits) total += x = std::exp(x);
    for (double& x : logits) x /= total;
    return;
  }
  for (double& x : logits) x = router == Router::sigmoid ? sigmoid_of(x) : std::max(x, 0.0);
}

}  // namespace

Value scores_of(Router router, Value logits) {
  switch (router) {
    case Router::softmax:
      return softmax(logits);
    case Router::sigmoid:
      return sigmoid(logits);
    case Router::relu:
      return relu(logits);
  }
  return {};
}

Value nth_largest(Value x, int64_t n) {
  const int64_t width = x.shape()[-1];
  const int64_t rows = x.shape().numel() / width;
  Tensor first({rows});
  for (int64_t i = 0; i < rows; ++i) first[i] = static_cast<float>(i * width);
  const Value place = reshape(slice(argsort(x), -1, n, 1), {rows});
  Shape shape = x.shape();
  shape[-1] = 1;
  return reshape(gather(reshape(x, {rows * width, 1}), place + x.graph->constant(std::move(first))),
                 shape);
}

Value load_of(Value chosen) {
  const Value counts = reshape(sum(chosen, {0}), {chosen.shape()[1]});
  return counts / (sum(counts) + epsilon);
}

Value max_violation(Value load) { return reshape(experts_of(load) * max(load), {}) - 1.0F; }

Value straight_through(Value load, Value gates) { return gates + stop_gradient(load - gates); }

Value balance_loss(BalanceLoss loss, Value load, Value gates) {
  const Value f = straight_through(load, gates);
  const float n = experts_of(load);
  if (loss == BalanceLoss::squares) return reshape(sum(square(f - 1.0F / n)), {}) * (n / 2);
  return reshape(sum(f * log(maximum(f, f.graph->fill(f.shape(), least_load)))), {});
}

Value sign_step(Value beta, Value load, float rate) {
  return beta + rate * sign(load - 1.0F / experts_of(load));
}

Value rms_step(Value beta, Value load, float rate) {
  const Value off = load - 1.0F / experts_of(load);
  return beta + rate * (off / sqrt(mean(square(off)) + epsilon));
}

Value dynamic_sign_step(Value beta, Value active, float k, float rate) {
  const Value total = sum(active);  // [1]
  const Value off = sign(active / (total + epsilon) - 1.0F / experts_of(active));
  return beta + rate * (off - mean(off) + sign(total - k));
}

Value quantile_step(Value scores, Value beta, int64_t k) {
  if (k >= scores.shape()[1]) return beta;            // all are chosen, whatever the thresholds
  const Value alpha = nth_largest(scores - beta, k);  // [m,1]
  const Value next = column_quantile(scores - alpha, static_cast<float>(k));
  return next - mean(next);
}

Value column_quantile(Value scores, float k) {
  const int64_t m = scores.shape()[0];
  const int64_t n = scores.shape()[1];
  const auto place = static_cast<int64_t>(static_cast<float>(m) * k / static_cast<float>(n));
  return reshape(nth_largest(transpose(scores, {1, 0}), std::clamp<int64_t>(place, 0, m - 1)), {n});
}

Value moving_thresholds(Value scores, float k, MovingQuantile config) {
  Graph& graph = *scores.graph;
  const int64_t batch = scores.shape()[0];
  const int64_t tokens = scores.shape()[1];  // N
  const int64_t n = scores.shape()[2];
  const int64_t q = config.buckets;
  const float gamma = config.gamma;
  const auto buckets = static_cast<float>(q);

  const Value bucket =
      minimum(floor(buckets * scores), graph.fill(scores.shape(), buckets - 1));  // [B,N,n]
  const Value off = reshape(bucket, {batch, tokens, n, 1}) - graph.constant(counting(q));
  const Value marks = less(abs(off), graph.fill(off.shape(), 0.5F));  // [B,N,n,q]
  const Value decay = constant_matrix(graph, tokens, [&](int64_t i, int64_t j) {
    return j > i ? 0.0F : (1 - gamma) * std::pow(gamma, static_cast<float>(i - j));
  });
  const Value histograms =
      matmul(broadcast(decay, {batch, tokens, tokens}), reshape(marks, {batch, tokens, n * q}));
  const Value up_to =
      constant_matrix(graph, q, [](int64_t i, int64_t j) { return i <= j ? 1 : 0; });
  const Value cumulative = matmul(reshape(histograms, {batch * tokens * n, q}), up_to);

  Tensor wanted({tokens, 1, 1});
  for (int64_t i = 0; i < tokens; ++i) {
    const float mass = 1 - std::pow(gamma, static_cast<float>(i + 1));
    wanted[i] = (1 - k / static_cast<float>(n)) * mass;
  }
  const Value below = less(reshape(cumulative, {batch, tokens, n, q}),
                           broadcast(graph.constant(std::move(wanted)), {batch, tokens, n, q}));
  const Value first = reshape(sum(below, {3}), scores.shape());  // m*
  return (first + 0.5F) / buckets;
}

float quantile_start(Router router, int64_t n, float k, float sigma) {
  const double count = static_cast<double>(n);
  const double logit = sigma * normal_quantile(1 - double{k} / count);
  if (router == Router::sigmoid) return static_cast<float>(sigmoid_of(logit));
  if (router == Router::relu) return static_cast<float>(std::max(logit, 0.0));
  double total = 0;
  for (int64_t i = 1; i <= n; ++i) {
    total += std::exp(sigma * normal_quantile(static_cast<double>(i) / (count + 1)));
  }
  return static_cast<float>(std::exp(logit) / total);
}

float bisected_start(int64_t n, float k, float sigma, uint64_t seed) {
  constexpr int64_t rows = 10000;
  std::vector<float> scores(static_cast<size_t>(rows * n));
  Rng(seed).normal(scores);
  for (float& x : scores) x = static_cast<float>(sigmoid_of(double{sigma} * x));
  double low = 0;
  double high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    const auto active = std::ranges::count_if(scores, [&](float x) { return x > middle; });
    const double off = static_cast<double>(active) / rows - k;
    if (std::fabs(off) < 0.1) return static_cast<float>(middle);
    (off > 0 ? low : high) = middle;
  }
  return static_cast<float>((low + high) / 2);
}

float shared_scale(Router router, int64_t n, int64_t k, int64_t s, bool renormalised, int64_t draws,
                   uint64_t seed) {
  need("experts", "shared experts", s, 1, k - 1);
  need("experts", "chosen experts", k, 2, n);
  std::vector<float> logits(static_cast<size_t>(n - s));
  std::vector<double> rho(logits.size());
  Rng rng(seed);
  double inverse = 0;
  double square = 0;
  for (int64_t draw = 0; draw < draws; ++draw) {
    rng.normal(logits);
    std::ranges::copy(logits, rho.begin());
    score(router, rho);
    const auto chosen = std::span(rho).first(static_cast<size_t>(k - s));
    std::ranges::partial_sort(rho, rho.begin() + (k - s), std::greater<>());
    const double sum = std::accumulate(chosen.begin(), chosen.end(), 0.0);
    double squares = 0;
    for (const double x : chosen) squares += x * x;
    if (renormalised && sum > 0) squares /= sum * sum;
    inverse += 1 / std::sqrt(squares);
    square += squares;
  }
  const auto count = static_cast<double>(draws);
  const double mean = router == Router::relu ? std::sqrt(count / square) : inverse / count;
  return static_cast<float>(std::sqrt(static_cast<double>(s)) * mean);
}

}  // namespace rivulet::nn
