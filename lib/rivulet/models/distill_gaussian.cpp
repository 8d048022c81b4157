#include "rivulet/models/distill_gaussian.h"

#include <cmath>

#include "rivulet/core/error.h"

namespace rivulet::models {
namespace {

constexpr double collapsed_below = 1e-3;

struct Factors {
  double of_s = 0;
  double of_m = 0;
};

/// The table of the gradients, over c s and c m with c = 2 a^2 b^2.
Factors factors(DistillLoss loss, double lambda, double V) {
  const double mu = 1 - lambda;
  switch (loss) {
    case DistillLoss::l1:
      return {(V - 1) * (V - 1) / (V * V), 1 - 1 / V};
    case DistillLoss::l3:
      return {1, 1};
    case DistillLoss::l4:
      return {(V * V - 1) / (V * V), 1};
    case DistillLoss::l2:
      return factors(DistillLoss::family, 0, V);
    case DistillLoss::family:
      return {(V - 1) * (lambda + mu * V) / (V * V), mu + (lambda - 0.5) / V};
  }
  fail("distillation", "unknown loss");
}

}  // namespace

double gaussian_l1(GaussianGenerator g, NoiseLevel level) {
  const double a = level.abar, b = level.bbar;
  const double V = a * a * g.s * g.s + b * b;
  return b * b * (V - 1) * (V - 1) / V + a * a * b * b * g.m * g.m;
}

GaussianGenerator gaussian_gradient(DistillLoss loss, double lambda, GaussianGenerator g,
                                    NoiseLevel level) {
  const double a = level.abar, b = level.bbar;
  const double V = a * a * g.s * g.s + b * b;
  const double c = 2 * a * a * b * b;
  const Factors f = factors(loss, lambda, V);
  return {.s = c * g.s * f.of_s, .m = c * g.m * f.of_m};
}

GaussianGenerator gaussian_gradient(DistillLoss loss, double lambda, GaussianGenerator g,
                                    const std::vector<NoiseLevel>& levels) {
  GaussianGenerator total{.s = 0, .m = 0};
  for (const NoiseLevel level : levels) {
    const GaussianGenerator one = gaussian_gradient(loss, lambda, g, level);
    total.s += one.s;
    total.m += one.m;
  }
  const auto count = static_cast<double>(levels.size());
  return {.s = total.s / count, .m = total.m / count};
}

std::vector<NoiseLevel> even_levels(float from, float to, int count) {
  std::vector<NoiseLevel> levels;
  levels.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    const float share = (static_cast<float>(i) + 0.5F) / static_cast<float>(count);
    levels.push_back(cosine_level(from + (to - from) * share));
  }
  return levels;
}

WrongBeyond wrong_beyond(double lambda) {
  if (!(lambda > 1)) fail("distillation", "nothing goes wrong by width for lambda <= 1");
  return {.scale = lambda / (lambda - 1), .mean = (2 * lambda - 1) / (2 * (lambda - 1))};
}

double deviation_at(double variance, NoiseLevel level) {
  const double a = level.abar, b = level.bbar;
  return std::sqrt((variance - b * b) / (a * a));
}

Descent descend(DistillLoss loss, double lambda, GaussianGenerator from,
                const std::vector<NoiseLevel>& levels, double rate, int most, double close,
                double far) {
  using End = Descent::End;
  Descent way{.at = from};
  for (; way.steps < most; ++way.steps) {
    const GaussianGenerator& at = way.at;
    if (std::abs(at.s - 1) < close && std::abs(at.m) < close) way.end = End::solved;
    if (std::abs(at.m) > far || at.s > far) way.end = End::away;
    if (at.s < collapsed_below && std::abs(at.m) < close) way.end = End::collapsed;
    if (way.end != End::unfinished) break;
    const GaussianGenerator slope = gaussian_gradient(loss, lambda, at, levels);
    way.at = {.s = at.s - rate * slope.s, .m = at.m - rate * slope.m};
  }
  return way;
}

}  // namespace rivulet::models
