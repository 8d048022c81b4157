// A model of the lab "DDCM" and its denoisers.
#pragma once

#include <optional>
#include <vector>

#include "rivulet/io/safetensors.h"
#include "rivulet/live/ddcm/engine.h"
#include "rivulet/models/ddcm.h"

namespace rivulet::live::ddcm {

/// Pictures of a search that go through the network in one run.
[[nodiscard]] int beam_rows();

/// A weight file, read, and its compiled denoisers. Stays where it is: what it gave asks it.
class LoadedModel {
 public:
  using Card = ddcm::Card;

  /// Throws Error with a sentence when the bytes are no model that this lab can show.
  LoadedModel(const FileBytes& file, const Device& device);
  LoadedModel(const LoadedModel&) = delete;
  LoadedModel& operator=(const LoadedModel&) = delete;
  /// What is under way goes on there.
  void move_to(const Device& device);

  [[nodiscard]] Card card() const;
  [[nodiscard]] const models::DiffusionModel& model() const { return model_; }
  /// For one picture at a time, or for a beam of them (rows > 1); they see `labels`. Good for as
  /// long as nobody asks for other labels.
  [[nodiscard]] models::Denoise denoise(int rows, const PictureLabels& labels);

 private:
  /// Compiled when first asked for.
  struct Denoiser {
    int rows = 1;
    std::vector<float> labels = {};
    std::optional<models::PictureDenoiser> program = {};
  };

  models::PictureDenoiser& compiled(Denoiser& denoiser);
  LoadedModel(const FileBytes& file, const io::SafeTensors& read, const Device& device);

  FileBytes file_;  // of half the size of what is read, which is read again when needed
  models::DiffusionModel model_;
  models::DdcmModel coder_;
  int64_t parameters_;
  const Device* device_;
  Denoiser one_;
  Denoiser many_;
};

}  // namespace rivulet::live::ddcm
