// The work behind the lab "TarFlow pictures": one task samples, inverts and scores what is in
// sight, and what it finds reaches the frame loop through mailboxes.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "rivulet/live/device.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/model_slot.h"
#include "rivulet/live/outbox.h"
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
  int seconds = 0;      ///< see State
  uint64_t replay = 0;  ///< another number: the same samples once more, for the eye

  friend bool operator==(const SampleWish&, const SampleWish&) = default;
};

/// What is done to the noise of a picture.
struct LatentEdit {
  float blend = 0;    ///< part of the way to another noise, 0..1
  float grain = 0;    ///< part that is thrown anew, 0..1
  float scale = 1;    ///< the rest times this
  uint64_t seed = 1;  ///< of the grain
  TokenMask silent = {};

  friend bool operator==(const LatentEdit&, const LatentEdit&) = default;
};

/// A picture to be inverted, its noise to be changed, and the way back.
struct LatentWish {
  std::vector<float> picture;  ///< [D] in [-1,1]
  std::vector<float> other;    ///< [D], at the far end of a blend; empty while there is no blend
  models::TarflowRequest request;
  PictureLabels labels;  ///< of the way back; the way to noise knows none
  LatentEdit edit;

  friend bool operator==(const LatentWish&, const LatentWish&) = default;
  /// Is it the same picture, whatever becomes of its noise?
  [[nodiscard]] bool same_picture(const LatentWish& wish) const {
    return picture == wish.picture && other == wish.other;
  }
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
  const Device* device = usual_device();

  friend bool operator==(const Order&, const Order&) = default;
};

/// A model that was read, or why it was not.
struct Card : ModelCard {
  models::TarflowModel model;
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

/// The models: of samples, of bytes.
enum class Which : uint8_t { samples, exact };
inline constexpr int model_count = 2;

using Outbox = live::Outbox<Several<Card, model_count>, Sheet, Latent, Likelihood>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();
  /// A sampling in slow motion sleeps between its runs.
  void update(double milliseconds) {
    live::Engine<Order, Outbox>::update(milliseconds);
    if (sheet().stage == Sheet::Stage::sampling) wake();
  }

  [[nodiscard]] const Card& card() const { return get<Card>(Which::samples); }
  [[nodiscard]] const Card& exact_card() const { return get<Card>(Which::exact); }
  [[nodiscard]] const Sheet& sheet() const { return get<Sheet>(); }
  [[nodiscard]] const Latent& latent() const { return get<Latent>(); }
  [[nodiscard]] const Likelihood& likelihood() const { return get<Likelihood>(); }
};

}  // namespace rivulet::live::tarflow_pictures
