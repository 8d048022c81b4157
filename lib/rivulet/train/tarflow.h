// TarFlow of pictures: what is trained.
#pragma once

#include <memory>

#include "rivulet/data/pictures.h"
#include "rivulet/models/tarflow.h"
#include "rivulet/train/picture_batches.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

/// The negative log-density of noisy pictures. Losses: loss (nn::tarflow_loss: 0.5 log 2 pi below
/// the negative log-density per dimension), log_scale (minus the log-determinant per
/// dimension: the alphas of all blocks, and what the tone stretches).
[[nodiscard]] Objective tarflow_objective(const models::TarflowModel& model,
                                          const PictureRows& rows,
                                          std::shared_ptr<const data::Pictures> pictures);

/// The model for a set of pictures, of the usual size: the largest patches that leave 7x7 tokens;
/// of bytes with a logarithmic tone where many are 0.
[[nodiscard]] models::TarflowModel tarflow_model_for(models::TarflowNoise noise,
                                                     const data::Pictures& pictures);

}  // namespace rivulet::train
