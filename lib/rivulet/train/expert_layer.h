// A dense layer over the plane and its router: what is trained.
#pragma once

#include "rivulet/data/target2d.h"
#include "rivulet/models/expert_layer.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

/// The layer learns to point from x = x_0 + blur * noise to where x_0 was, for x_0 of the target:
/// a regression whose best answer points to the data. The router learns the norms of its blocks;
/// no gradient of the router's loss reaches the layer. Losses: loss (the sum of both), layer,
/// router: mean squares.
[[nodiscard]] Objective expert_layer_objective(const models::ExpertLayerConfig& config, int batch,
                                               float blur, const data::Target2d& target);

/// How it is trained by default.
[[nodiscard]] TrainerConfig expert_layer_trainer();

/// Points x [N,2] as training sees them, and where they came from.
void blurred_points(const data::Target2d& target, float blur, const Rng& rng, std::span<float> x,
                    std::span<float> x0);

}  // namespace rivulet::train
