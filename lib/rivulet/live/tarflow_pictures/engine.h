// The work behind the lab "TarFlow pictures": one task samples, inverts and scores what is in
// sight, and what it finds reaches the frame loop through mailboxes.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/job.h"
#include "rivulet/live/mailbox.h"
#include "rivulet/live/tarflow_pictures/state.h"
#include "rivulet/live/transfer.h"
#include "rivulet/models/tarflow_sampler.h"

namespace rivulet::live::tarflow_pictures {

/// Samples to be made, all of them together.
struct SampleWish {
  models::TarflowRequest request;  ///< labels are the task's to add
  PictureLabels labels;
  int count = sample_count;
  uint64_t seed = 1;
  float temperature = 1;
  int seconds = 0;  ///< see State

  friend bool operator==(const SampleWish&, const SampleWish&) = default;
};

/// A picture to be inverted, its noise to be changed, and the way back.
struct LatentWish {
  std::vector<float> picture;  ///< [D] in [-1,1]
  std::vector<float> other;    ///< [D], at the far end of a blend; empty while there is no blend
  models::TarflowRequest request;
  PictureLabels labels;  ///< of the way back; the way to noise knows none
  float blend = 0;
  float grain = 0;
  uint64_t seed = 1;
  TokenMask silent;

  friend bool operator==(const LatentWish&, const LatentWish&) = default;
  /// Is it the same picture, whatever becomes of its noise?
  [[nodiscard]] bool same_picture(const LatentWish& wish) const {
    return picture == wish.picture && other == wish.other;
  }
  [[nodiscard]] bool edited() const;
};

/// A picture to be scored, as it is and disguised.
struct LikelihoodWish {
  std::vector<float> picture;  ///< [D]; empty: held-out pictures alone

  friend bool operator==(const LikelihoodWish&, const LikelihoodWish&) = default;
};

/// What the visitor wants; goes to the task whole.
struct Order {
  FileBytes weights;   ///< null: not here yet
  FileBytes exact;     ///< of the model of bytes, where likelihoods are asked of it
  FileBytes held_out;  ///< a PNG sheet of pictures that no model has seen
  std::optional<SampleWish> samples = {};
  std::optional<LatentWish> latent = {};
  std::optional<LikelihoodWish> likelihood = {};

  friend bool operator==(const Order&, const Order&) = default;
};

/// A model that was read, or why it was not.
struct Card {
  FileBytes file;  ///< which one this is about
  std::string error;
  models::TarflowModel model;
  int64_t parameters = 0;

  [[nodiscard]] bool good() const { return file && error.empty(); }
};

/// One block on its way: what the eye sees of it.
struct Block {
  int solved = 0;           ///< tokens
  int runs = 0;             ///< of the network
  std::vector<float> heat;  ///< [N] in the order of the picture: how far each token still moves,
                            ///< 0 not at all .. 1; < 0: it was not touched yet
};

/// What a sampler took.
struct Cost {
  int runs = 0;
  float ms = 0;  ///< 0: never measured
};

/// Samples on their way.
struct Sheet {
  enum class Stage : uint8_t { none, sampling, denoising, finished };

  uint64_t run = 0;  ///< another number: other pictures; 0: none yet
  Stage stage = Stage::none;
  int side = 0;
  int channels = 0;
  int count = 0;
  int tokens = 0;                  ///< N
  std::vector<Block> blocks;       ///< in the order of sampling: T-1 first
  int runs = 0;                    ///< of the network
  int64_t cut = 0;                 ///< alphas
  float ms = 0;                    ///< spent in the sampler
  std::vector<float> raw;          // [count,D], as the flow gave them, or so far
  std::vector<float> moved;        // [count,D], sigma^2 score: what denoising adds
  std::vector<float> clean;        // [count,D], denoised and snapped
  std::vector<float> nats;         ///< -log q per dimension, of those that are denoised
  std::array<Cost, 3> costs = {};  ///< of each method, at this count and so guided

  [[nodiscard]] int denoised() const { return static_cast<int>(nats.size()); }
  [[nodiscard]] std::span<const float> of(const std::vector<float>& values, int i) const {
    const auto d = static_cast<size_t>(side * side * channels);
    return std::span(values).subspan(static_cast<size_t>(i) * d, d);
  }
};

/// A picture, its noise, what was made of that, and the way back.
struct Latent {
  enum class Stage : uint8_t { none, encoding, sampling, finished };

  uint64_t run = 0;     ///< another number: another picture
  uint64_t answer = 0;  ///< another number: another finished way back
  Stage stage = Stage::none;
  int side = 0;
  int channels = 0;
  int tokens = 0;
  std::vector<float> noisy;   // [D], the picture with the noise that the model knows
  std::vector<float> z;       // [D]
  std::vector<float> edited;  // [D]
  std::vector<float> back;    // [D], on its way
  std::vector<float> moved;   // [D], sigma^2 score; once it is finished
  std::vector<float> clean;   // [D]; once it is finished
  float nats = 0;             ///< of `noisy`
  float back_nats = 0;
  bool changed = false;  ///< its noise, or what the way back is told
  float error = 0;       ///< largest |back - noisy|
  int runs = 0;
  int64_t cut = 0;
  float ms = 0;
};

/// How likely held-out pictures are, and one picture with its disguises.
struct Likelihood {
  struct Suspect {
    bool known = false;
    float value = 0;
    std::vector<float> picture;  // [D]
  };
  uint64_t run = 0;
  bool bits = false;          ///< bits per dimension of bytes; else nats of noisy pictures
  float floor = 0;            ///< of nats: what the noise alone has
  int total = 0;              ///< held-out pictures
  std::vector<float> values;  ///< of those that are scored
  std::array<Suspect, disguises> suspects;
};

/// Reads what the task publishes. The frame loop alone calls it.
class Engine {
 public:
  Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  void order(const Order& order);
  /// The same samples once more, for the eye.
  void replay();
  /// Once a frame: takes what is new and, without threads, works for `milliseconds`.
  void update(double milliseconds);

  [[nodiscard]] const Card& card() const;
  [[nodiscard]] const Card& exact_card() const;
  [[nodiscard]] const Sheet& sheet() const;
  [[nodiscard]] const Latent& latent() const;
  [[nodiscard]] const Likelihood& likelihood() const;
  /// What went wrong, in words; empty while all is well.
  [[nodiscard]] std::string error() const;
  void retry();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A picture [side,side,channels] in that disguise.
[[nodiscard]] std::vector<float> disguised(Disguise how, std::span<const float> picture, int side,
                                           int channels);

}  // namespace rivulet::live::tarflow_pictures
