// One-step generators of pictures, distilled from a diffusion or flow model: what is trained.
#pragma once

#include <memory>

#include "rivulet/io/safetensors.h"
#include "rivulet/models/pictures.h"
#include "rivulet/train/distill.h"

namespace rivulet::train {

/// The nets that a student of pictures begins with, as weight files of one architecture.
struct PictureTeachers {
  std::shared_ptr<const io::SafeTensors> teacher;  ///< flow matching, shortcut, or DDPM; and psi's
                                                   ///< first weights
  std::shared_ptr<const io::SafeTensors> first;    ///< the generator's; by default the teacher's
};

/// g(z) = z + v(z, 0, 1): the network asked for one step from noise to data, as a shortcut model
/// is; its own weights are a good beginning. What of `how` may change between steps:
/// distill_objective. Throws Error when the files are not of one network, or have experts.
[[nodiscard]] Objective distill_pictures_objective(const PictureTeachers& of,
                                                   std::shared_ptr<const Distillation> how,
                                                   const TrainerConfig& fake);

/// The student as it is kept.
[[nodiscard]] models::PictureModel student_of(const io::SafeTensors& teacher);

}  // namespace rivulet::train
