// The judge of pictures: what is trained.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rivulet/core/random.h"
#include "rivulet/data/pictures.h"
#include "rivulet/models/judge.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

struct JudgeTraining {
  int batch = 128;
  int64_t steps = 6000;  ///< the length of the schedule
  int shift = 1;         ///< pictures are moved by up to so many pixels, edges repeated
  bool mirror = false;   ///< and half of them seen in a mirror

  friend bool operator==(const JudgeTraining&, const JudgeTraining&) = default;
};
/// What is enough in a few minutes of one core: for "avatars", "fashion", or any other set.
[[nodiscard]] JudgeTraining usual_judge_training(std::string_view dataset);
/// The trainer's settings that go with it.
[[nodiscard]] TrainerConfig judge_trainer(const JudgeTraining& training);

/// Throws Error naming the field that is out of range.
void validate(const JudgeTraining& training);

/// As entries of a model card, and back (Error when one is missing or out of range).
[[nodiscard]] io::Card judge_training_card(const JudgeTraining& training);
[[nodiscard]] JudgeTraining judge_training(const io::Card& card);

/// Softmax cross entropies of all attributes, summed. Losses: "loss", then "loss.K" of each
/// attribute where there are several. Throws Error when the pictures do not fit the model.
[[nodiscard]] Objective judge_objective(const models::JudgeModel& model,
                                        const JudgeTraining& training,
                                        std::shared_ptr<const data::Pictures> pictures);

/// A picture [side,side,channels] moved by (dx,dy) pixels, edges repeated, mirrored or not.
void moved_picture(std::span<const uint8_t> picture, int side, int channels, int dx, int dy,
                   bool mirror, std::span<uint8_t> out);

}  // namespace rivulet::train
