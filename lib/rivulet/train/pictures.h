// Flow matching and shortcut models of pictures: what is trained.
#pragma once

#include <cstdint>
#include <memory>

#include "rivulet/data/pictures.h"
#include "rivulet/models/pictures.h"
#include "rivulet/train/picture_batches.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

struct PictureTraining {
  PictureRows rows{.batch = 128};
  float bootstrap = 0.25F;     ///< shortcut: share of the batch that trains self-consistency
  float self_weight = 4;       ///< shortcut: of the self-consistency loss, see usual_self_weight
  float long_steps = 0.5F;     ///< shortcut: see models::step_shares
  float highest_guidance = 2;  ///< shortcut: the scales 1..this are learned by steps d > 0

  friend bool operator==(const PictureTraining&, const PictureTraining&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const PictureTraining& training);

/// As entries of a model card, and back (Error when one is missing or out of range).
[[nodiscard]] io::Card picture_training_card(const PictureTraining& training);
[[nodiscard]] PictureTraining picture_training(const io::Card& card);

/// Rows of self-consistency in a batch; 0 for flow matching.
[[nodiscard]] int64_t bootstrap_rows(const models::PictureModel& model,
                                     const PictureTraining& training);

/// Flow matching, or the shortcut loss of models/flow.h with labels and guidance. Guidance enters
/// where a target is built from the smallest step,
///   v = v_any + w (v_labels - v_any) at d = 0 (averaged weights, end clipped to [-1,1]),
/// with w drawn for each row and told to the network: larger steps imitate the guided model of any
/// w (arXiv 2410.12557, section 3.3; w as an input: Meng et al. 2023).
/// Losses: loss, flow_loss, self_loss, and those of experts (train/experts.h).
[[nodiscard]] Objective picture_objective(const models::PictureModel& model,
                                          const PictureTraining& training,
                                          std::shared_ptr<const data::Pictures> pictures);

/// The largest patch that tiles the side, leaves 4x4 tokens and holds no more than 64 values: few
/// tokens make training on a CPU affordable, and a token of 128 channels can still carry its noise.
[[nodiscard]] int usual_patch(int side, int channels);

/// The model of that method for a set of pictures, of the usual size.
[[nodiscard]] models::PictureModel picture_model_for(models::Method method,
                                                     const data::Pictures& pictures);

}  // namespace rivulet::train
