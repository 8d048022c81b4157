// Pieces of sampling, inverting and scoring, each taken one run of a network at a time.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/live/tarflow_pictures/engine.h"

namespace rivulet::live::tarflow_pictures {

/// A weight file, read, and its compiled programs, made when first asked for.
class LoadedTarflow {
 public:
  /// Throws Error with a sentence when the bytes are no model that this lab can show.
  explicit LoadedTarflow(FileBytes file);

  [[nodiscard]] const models::TarflowModel& model() const { return model_; }
  [[nodiscard]] const nn::TarflowConfig& config() const { return config_; }
  [[nodiscard]] int64_t parameters() const;
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
  FileBytes file_;
  io::SafeTensors tensors_;
  models::TarflowModel model_;
  nn::TarflowConfig config_;
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
[[nodiscard]] Scored score_some(LoadedTarflow& model, std::span<const float> rows,
                                std::span<const float> y, bool encode, bool score);

/// A number of samples, made together.
class SampleWork {
 public:
  using Clock = std::chrono::steady_clock;

  /// Begins anew when the wish is another one. A change of pace alone goes on from where it is.
  void set(const SampleWish& wish, LoadedTarflow& model);
  void replay() { wish_.reset(); }
  /// Nothing is left to be done, now or later.
  [[nodiscard]] bool done() const { return !wish_ || (finished() && !timing_); }
  [[nodiscard]] bool finished() const { return sheet_.stage == Sheet::Stage::finished; }
  /// Is the next run due?
  [[nodiscard]] bool due() const;
  /// One run of a network; true when the sheet is worth showing again.
  bool advance(LoadedTarflow& model);
  [[nodiscard]] const Sheet& sheet() const { return sheet_; }
  void clear();

 private:
  using Way = std::tuple<models::TarflowMethod, int, bool, bool, int>;

  void begin(LoadedTarflow& model);
  void note_block(const models::TarflowSampler& sampler);
  void look(const models::TarflowSampler& sampler);
  bool sample(LoadedTarflow& model);
  bool denoise(LoadedTarflow& model);
  void measure(LoadedTarflow& model);
  [[nodiscard]] double interval(const LoadedTarflow& model) const;
  [[nodiscard]] Way way() const;

  std::optional<SampleWish> wish_;
  models::TarflowRequest request_;
  Sheet sheet_;
  uint64_t runs_ = 0;
  std::vector<float> noise_;  // [count,D]
  std::vector<float> seen_;   // [count,D], at the last look
  size_t block_ = 0;          // in the order of sampling
  double seconds_ = 0;
  bool timing_ = false;  // once more, with compiled programs and nobody looking
  bool begun_ = false;   // ... has begun
  std::set<Way> known_;  // whose programs are compiled
  bool guided_ = false;  // what the costs are about
  Clock::time_point due_;
  Clock::time_point shown_;
};

/// One picture to noise and back.
class LatentWork {
 public:
  using Clock = std::chrono::steady_clock;

  /// Takes a new wish, unless a way back of the same picture is still under way: that ends first,
  /// so that something is seen while a visitor drags.
  void set(const LatentWish& wish, LoadedTarflow& model);
  [[nodiscard]] bool done() const { return !wish_ || latent_.stage == Latent::Stage::finished; }
  bool advance(LoadedTarflow& model);
  [[nodiscard]] const Latent& latent() const { return latent_; }
  void clear();

 private:
  void encode(LoadedTarflow& model);
  void edit(LoadedTarflow& model);
  bool sample(LoadedTarflow& model);
  void finish(LoadedTarflow& model);

  std::optional<LatentWish> wish_;
  Latent latent_;
  uint64_t runs_ = 0;
  uint64_t answers_ = 0;
  std::vector<float> far_;  // [D], the noise at the far end
  bool encoded_ = false;
  Clock::time_point shown_;
};

/// Held-out pictures, and one with its disguises, scored a few at a time.
class LikelihoodWork {
 public:
  void set_held_out(const data::Pictures& pictures, const LoadedTarflow& model);
  void set(const LikelihoodWish& wish, LoadedTarflow& model);
  [[nodiscard]] bool done() const;
  /// One batch; suspects go first.
  void advance(LoadedTarflow& model);
  [[nodiscard]] const Likelihood& likelihood() const { return likelihood_; }
  void clear();

 private:
  [[nodiscard]] float value(const LoadedTarflow& model, float nats) const;

  std::optional<LikelihoodWish> wish_;
  data::Pictures held_out_;
  Likelihood likelihood_;
  uint64_t runs_ = 0;
};

}  // namespace rivulet::live::tarflow_pictures
