// The model of the lab "Experts, Pictures", and its sampler.
#pragma once

#include <optional>

#include "rivulet/io/safetensors.h"
#include "rivulet/live/experts_pictures/engine.h"
#include "rivulet/models/expert_card.h"
#include "rivulet/models/pictures.h"

namespace rivulet::live::experts_pictures {

/// A weight file, read, and its compiled sampler.
class LoadedModel {
 public:
  using Card = experts_pictures::Card;
  /// Pictures evaluated at once, in one slice of a frame's time where there are no threads; a
  /// divisor of picture_count. Routing is token by token: it does not know of batches.
  static constexpr int batch = 4;

  /// Throws Error with a sentence when the bytes are no model that this lab can show.
  LoadedModel(const FileBytes& file, const Device& device);
  /// Pictures that are on their way go on there.
  void move_to(const Device& device);

  [[nodiscard]] Card card() const;
  [[nodiscard]] Extent extent() const;
  [[nodiscard]] const models::PictureModel& model() const { return model_; }
  /// With these experts silent.
  [[nodiscard]] models::PictureSampler& sampler(const Silenced& silenced);
  /// A wish in the words of the sampler.
  [[nodiscard]] models::PictureRequest request(const Wish& wish) const;

 private:
  LoadedModel(const FileBytes& file, const io::SafeTensors& read, const Device& device);

  FileBytes file_;  // of half the size of what is read, which is read again when needed
  models::PictureModel model_;
  models::ParameterCount count_;
  models::PictureSampler sampler_;
};

}  // namespace rivulet::live::experts_pictures
