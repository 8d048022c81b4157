// Denoising diffusion models of pictures: what is trained.
#pragma once

#include <memory>

#include "rivulet/data/pictures.h"
#include "rivulet/models/ddpm.h"
#include "rivulet/train/picture_batches.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

/// What the network is to give for eps [B,D] and x_0 [B,D] at levels abar, bbar [B,1]. Throws Error
/// for Prediction::flow, which train/pictures.h trains.
[[nodiscard]] Value prediction_target(models::Prediction prediction, Value x_0, Value eps,
                                      Value abar, Value bbar);

/// E ||net(x_t, t) - target||^2 with t uniform in (0,1], one in each of B equal parts, at
/// cosine_level(t). The network is told 1 - t, which is 1 for data as in flow models, d = 0 and
/// guidance 1. Losses: loss, and those of experts (train/experts.h).
[[nodiscard]] Objective diffusion_objective(const models::DiffusionModel& model,
                                            const PictureRows& rows,
                                            std::shared_ptr<const data::Pictures> pictures);

/// The model for a set of pictures, of the usual size.
[[nodiscard]] models::DiffusionModel diffusion_model_for(models::Prediction prediction,
                                                         const data::Pictures& pictures);

}  // namespace rivulet::train
