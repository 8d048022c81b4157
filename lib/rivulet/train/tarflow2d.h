// TarFlow of the plane: what is trained.
#pragma once

#include "rivulet/data/target2d.h"
#include "rivulet/models/tarflow2d.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

/// The negative log-density of `batch` points of the target a step. Losses: nll, in nats a point.
[[nodiscard]] Objective tarflow2d_objective(const models::Tarflow2dConfig& config, int batch,
                                            const data::Target2d& target);

/// How it is trained by default.
[[nodiscard]] TrainerConfig tarflow2d_trainer();

}  // namespace rivulet::train
