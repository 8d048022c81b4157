// A model of the lab "Pictures" and its samplers.
#pragma once

#include <optional>
#include <vector>

#include "rivulet/io/safetensors.h"
#include "rivulet/live/pictures/engine.h"
#include "rivulet/models/pictures.h"

namespace rivulet::live::pictures {

/// A weight file, read, and its compiled samplers.
class LoadedModel {
 public:
  using Card = pictures::Card;

  /// Throws Error with a sentence when the bytes are no model that this lab can show.
  LoadedModel(const FileBytes& file, const Device& device);
  /// Pictures that are on their way go on there.
  void move_to(const Device& device);

  [[nodiscard]] Card card() const;
  [[nodiscard]] const models::PictureModel& model() const { return model_; }
  /// As far as steps d > 0 have learned it; without such steps there is no end.
  [[nodiscard]] float highest_guidance() const { return highest_guidance_; }
  [[nodiscard]] int64_t pixels() const { return model_.pixels(); }
  /// For many pictures at a time, and for one. Compiled when first asked for.
  [[nodiscard]] models::PictureSampler& many();
  [[nodiscard]] models::PictureSampler& one();
  /// Gives back what is compiled, until it is asked for again.
  void release() {
    many_.reset();
    one_.reset();
  }
  /// What of a wish this model can fulfil: guidance as far as it was learned, a student's one step.
  [[nodiscard]] Wish within(Wish wish) const;
  /// How many of step_choices it can take.
  [[nodiscard]] int columns() const;
  /// A wish in the words of the sampler, for `batch` pictures.
  [[nodiscard]] models::PictureRequest request(const Wish& wish, int batch) const;

 private:
  LoadedModel(const FileBytes& file, const io::SafeTensors& read, const Device& device);

  FileBytes file_;  // of half the size of what is read, which is read again when needed
  const Device* device_;
  models::PictureModel model_;
  int64_t parameters_;
  float highest_guidance_ = 100;
  std::optional<models::PictureSampler> many_;
  std::optional<models::PictureSampler> one_;
};

}  // namespace rivulet::live::pictures
