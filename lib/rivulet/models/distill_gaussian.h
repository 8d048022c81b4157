// Identity distillation where all is known: one-dimensional data N(0,1), a generator x = m + s z.
//
// At a level with a = abar, b = bbar, V = a^2 s^2 + b^2: phi = b x_t and psi* = (b/V)(x_t - a m).
#pragma once

#include <vector>

#include "rivulet/models/ddpm.h"
#include "rivulet/models/distill.h"

namespace rivulet::models {

struct GaussianGenerator {
  double s = 1;  ///< deviation, > 0
  double m = 0;  ///< mean
};

/// E||phi - psi*||^2 = b^2 (V-1)^2/V + a^2 b^2 m^2.
[[nodiscard]] double gaussian_l1(GaussianGenerator g, NoiseLevel level);

/// d/ds and d/dm of a loss, psi* held fixed, as `s` and `m`.
[[nodiscard]] GaussianGenerator gaussian_gradient(DistillLoss loss, double lambda,
                                                  GaussianGenerator g, NoiseLevel level);
/// Of the mean over levels, as many in [from, to] of cosine_level as given.
[[nodiscard]] GaussianGenerator gaussian_gradient(DistillLoss loss, double lambda,
                                                  GaussianGenerator g,
                                                  const std::vector<NoiseLevel>& levels);
/// Midpoints of `count` equal parts of [from, to].
[[nodiscard]] std::vector<NoiseLevel> even_levels(float from, float to, int count);

/// The noised variance V beyond which L_lambda pulls the wrong way, lambda > 1: lambda/(lambda-1)
/// for the deviation and (2 lambda - 1)/(2 (lambda - 1)) for the mean.
struct WrongBeyond {
  double scale = 0;
  double mean = 0;
};
[[nodiscard]] WrongBeyond wrong_beyond(double lambda);
/// The deviation s that has noised variance V at a level.
[[nodiscard]] double deviation_at(double variance, NoiseLevel level);

/// Gradient descent with psi* at every step. Ends when |s-1| and |m| are below `close`, when either
/// is beyond `far`, or s is below 1e-3 about the right mean, or after `most` steps.
struct Descent {
  enum class End : uint8_t { solved, away, collapsed, unfinished } end = End::unfinished;
  int steps = 0;
  GaussianGenerator at;
};
[[nodiscard]] Descent descend(DistillLoss loss, double lambda, GaussianGenerator from,
                              const std::vector<NoiseLevel>& levels, double rate, int most,
                              double close = 0.01, double far = 1000);

}  // namespace rivulet::models
