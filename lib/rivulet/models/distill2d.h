// A one-step generator of the plane, its fake net and an exact teacher: the nets of
// models/distill.h where all can be drawn.
#pragma once

#include <cstdint>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/models/distill.h"
#include "rivulet/nn/params.h"

namespace rivulet::models {

struct Distill2dConfig {
  int width = 96;          ///< hidden units of generator and fake net, 8..512
  int depth = 3;           ///< hidden layers, 1..8
  float start = 1;         ///< deviation of the generator's first samples, 0.05..6
  int centres = 256;       ///< Gaussians of the teacher, 1..4096: points of the target
  float deviation = 0.1F;  ///< of each of them, 0.01..1

  friend bool operator==(const Distill2dConfig&, const Distill2dConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const Distill2dConfig& config);

/// g(z) = start z + mlp(z), the mlp zero at first: z [B,2] -> [B,2].
[[nodiscard]] Value generator2d(const Distill2dConfig& config, nn::Params& weights, Value z);

/// psi(x_t) = bbar x_t/(abar^2 start^2 + bbar^2) + mlp(x_t, t): what is right for the generator's
/// first samples, and what is learned since.
[[nodiscard]] Value fake2d(const Distill2dConfig& config, nn::Params& weights, Value x_t,
                           const Level& level);

/// The data that the teacher knows exactly: centres [K,2], drawn from the target by a seed of their
/// own, or its modes where it has separate ones.
[[nodiscard]] std::vector<float> teacher_centres(const Distill2dConfig& config,
                                                 const data::Target2d& target);
/// Points [N,2] of that mixture.
void sample_mixture(std::span<const float> centres, float deviation, Rng& rng, std::span<float> xy);

}  // namespace rivulet::models
