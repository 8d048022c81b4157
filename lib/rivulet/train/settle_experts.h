// Thresholds of experts for averaged weights.
#pragma once

#include <memory>

#include "rivulet/data/pictures.h"
#include "rivulet/models/pictures.h"
#include "rivulet/train/picture_batches.h"

namespace rivulet::train {

/// Averages of thresholds are not the thresholds of averaged weights. Where a model of flow has
/// experts whose thresholds the network sets itself, this sets those of `weights` anew, from its
/// own steps on training pictures, until they stand (as statistics of batch norm are renewed for
/// averaged weights: arXiv 1803.05407, section 3). Other weights, and models without, stay.
void settle_experts(const models::PictureModel& model, const PictureRows& rows,
                    std::shared_ptr<const data::Pictures> pictures, uint64_t seed,
                    const Device& device, const CompileOptions& options, io::SafeTensors& weights);

}  // namespace rivulet::train
