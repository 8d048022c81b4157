// One-step generators of pictures, distilled from a diffusion or flow model: what is trained.
#pragma once

#include <memory>

#include "rivulet/io/safetensors.h"
#include "rivulet/models/ddpm.h"
#include "rivulet/models/pictures.h"
#include "rivulet/train/distill.h"

namespace rivulet::train {

/// What the nets begin with, as weight files of the teacher's network; nothing where a checkpoint
/// will say.
struct PictureTeachers {
  std::shared_ptr<const io::SafeTensors> teacher;  ///< of the teacher, and of psi
  std::shared_ptr<const io::SafeTensors> first;    ///< of the generator; by default the teacher's
};

/// g(z) = z + v(z, 0, 1): the network asked for one step from noise to data, as a shortcut model
/// is, whose weights are a good beginning. Throws Error when the weights are of another network
/// than the model, or when it has experts. Loss, lambda and levels of `how` may be changed between
/// steps.
[[nodiscard]] Objective distill_pictures_objective(const models::DiffusionModel& model,
                                                   const PictureTeachers& begin,
                                                   std::shared_ptr<const Distillation> how,
                                                   const TrainerConfig& fake);

/// The model that a checkpoint's teacher is, by the card.
[[nodiscard]] models::DiffusionModel teacher_model(const io::Card& card);

/// The student as it is kept.
[[nodiscard]] models::PictureModel student_of(const models::DiffusionModel& teacher);

}  // namespace rivulet::train
