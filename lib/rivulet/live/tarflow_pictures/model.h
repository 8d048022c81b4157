// A model of the lab "TarFlow pictures" and its programs.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "rivulet/io/safetensors.h"
#include "rivulet/live/tarflow_pictures/engine.h"
#include "rivulet/models/tarflow_sampler.h"

namespace rivulet::live::tarflow_pictures {

/// A weight file, read, and its compiled programs, made when first asked for.
class LoadedModel {
 public:
  using Card = tarflow_pictures::Card;

  /// Throws Error with a sentence when the bytes are no model that this lab can show.
  LoadedModel(const FileBytes& file, const Device& device);
  /// A sampling that is under way is lost.
  void move_to(const Device& device);

  [[nodiscard]] Card card() const;
  [[nodiscard]] const models::TarflowModel& model() const { return model_; }
  [[nodiscard]] const nn::TarflowConfig& config() const { return config_; }
  [[nodiscard]] int64_t pixels() const { return model_.pixels(); }
  [[nodiscard]] int channels() const { return model_.pictures.net.channels; }
  [[nodiscard]] models::TarflowSampler& sampler(int batch);
  /// For as many pictures at a time as a slice has room for.
  [[nodiscard]] models::TarflowDensity& density();
  /// `labels` for each picture of a batch, as the network counts them: [batch,K].
  [[nodiscard]] std::vector<float> rows(const PictureLabels& labels, int batch) const;
  /// The same, where what is not told is drawn by chance for each picture: faces of all kinds, each
  /// of which the model is told.
  [[nodiscard]] std::vector<float> drawn_rows(const PictureLabels& labels, int batch,
                                              uint64_t seed) const;

 private:
  LoadedModel(const FileBytes& file, const io::SafeTensors& read, const Device& device);

  FileBytes file_;  // of half the size of what is read, which is read again when needed
  const Device* device_;
  models::TarflowModel model_;
  nn::TarflowConfig config_;
  int64_t parameters_;
  std::map<int, models::TarflowSampler> samplers_;
  std::optional<models::TarflowDensity> density_;
};

/// Some pictures through the density at a time: likelihoods, scores and noise of a list of any
/// length.
struct Scored {
  std::vector<float> z;      // [n,D]
  std::vector<float> nats;   ///< -log q per dimension, [n]
  std::vector<float> moved;  // [n,D], sigma^2 score, where asked for
};
/// Of the pictures y [n,D] under labels [n,K].
[[nodiscard]] Scored score_some(LoadedModel& model, std::span<const float> rows,
                                std::span<const float> y, bool encode, bool score);

/// Pictures y [n,D] moved by that score, their colours snapped to the set's.
[[nodiscard]] std::vector<float> cleaned(const models::TarflowModel& model,
                                         std::span<const float> y, std::span<const float> moved);

/// Picture x [D] with the noise that the model knows; the same every time for the same i.
[[nodiscard]] std::vector<float> with_noise(const models::TarflowModel& model, std::vector<float> x,
                                            int64_t i);

/// Noise and pictures from far outside what was learned can leave all bounds: such numbers are
/// replaced, since they say nothing of the model.
void mend(std::span<float> values, float instead = 0);

}  // namespace rivulet::live::tarflow_pictures
