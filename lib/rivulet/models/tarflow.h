// TarFlow of pictures (article 10667): what a weight file holds, densities, and the way back from
// noise to pictures.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "rivulet/core/names.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/card.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/picture_card.h"
#include "rivulet/nn/tarflow.h"

namespace rivulet::models {

/// What is added to pictures, so that they have a density.
enum class TarflowNoise : uint8_t {
  gaussian,  ///< x + sigma n: for samples, which are denoised by the score
  uniform,   ///< (v + u)/128 - 1 of bytes v, u in [0,1): for bits per dimension
};

inline constexpr Names<TarflowNoise, 2> tarflow_noise_names{"noise", {"gaussian", "uniform"}};
[[nodiscard]] constexpr std::string_view name_of(TarflowNoise noise) {
  return tarflow_noise_names.of(noise);
}

/// The first layer of the flow, of each pixel by itself: how brightness lies along the line that
/// the blocks see.
enum class Tone : uint8_t {
  linear,       ///< as pixels do
  logarithmic,  ///< y = 2 log(1 + w) / log 257 - 1 of the byte w = 128 (x + 1), from [-1,1) to
                ///< itself. Where many pixels are black, one level in 256 is too narrow for them:
                ///< a block that bets on black must keep a wide scale for when it is wrong
};

inline constexpr Names<Tone, 2> tone_names{"tone", {"linear", "logarithmic"}};

/// What the metadata of a weight file says (architecture "tarflow").
struct TarflowModel {
  PictureNet pictures;  ///< of which `net` tells patches, labels and the layers of each block
  int blocks = 4;       ///< T
  nn::Coupling coupling = nn::Coupling::affine;
  nn::Given given = nn::Given::earlier_tokens;
  nn::Direction direction = nn::Direction::to_noise;
  TarflowNoise noise = TarflowNoise::gaussian;
  float sigma = 0.1F;        ///< of gaussian noise, pixels being in [-1,1]
  Tone tone = Tone::linear;  ///< logarithmic with uniform noise only

  [[nodiscard]] nn::TarflowConfig config() const;
  [[nodiscard]] int64_t pixels() const { return pictures.net.pixels(); }
};

/// Throws Error naming the field that is out of range.
void validate(const TarflowModel& model);

/// Metadata entries of a model, and back. Reading throws Error when the file is not of a TarFlow
/// or a value is out of range.
[[nodiscard]] io::Card tarflow_card(const TarflowModel& model);
[[nodiscard]] TarflowModel tarflow_model(const io::SafeTensors& file);

/// Pictures [B,D] in [-1,1] with noise from standard normal numbers n [B,D], of which uniform noise
/// takes the distribution function.
[[nodiscard]] Value noisy_pictures(const TarflowModel& model, Value pictures, Value n);

/// Back through the tone; what lies far above white is cut.
[[nodiscard]] float picture_of_tone(Tone tone, float y);

/// From pictures [B,D] as above through the tone, of which x tells what the blocks see, and all
/// blocks; labels [B,K] as in nn::DitInputs. A logarithmic tone knows no pictures darker than -1.
[[nodiscard]] nn::Flowed tarflow_of_pictures(const TarflowModel& model, nn::Params& params,
                                             Value pictures, Value labels);

/// -log q per dimension in nats, of noisy pictures in [-1,1], as bits per dimension of the bytes:
/// (nats + log 128) / log 2.
[[nodiscard]] double bits_per_dim(double nats_per_dim);

/// From pictures to noise, with given weights. Owns compiled programs for one batch size.
class TarflowDensity {
 public:
  TarflowDensity(const io::SafeTensors& file, int batch, const Device& device,
                 const CompileOptions& options = {.static_states = true});
  TarflowDensity(TarflowDensity&&) noexcept;
  TarflowDensity& operator=(TarflowDensity&&) noexcept;
  ~TarflowDensity();

  [[nodiscard]] const TarflowModel& model() const;
  [[nodiscard]] int batch() const;
  /// Floating-point operations of `encode`.
  [[nodiscard]] int64_t flops() const;

  /// Noisy pictures y [batch,D] under labels [batch,K] -> z [batch,D], in the order of pixels, and
  /// log q(y) [batch] in nats.
  void encode(std::span<const float> labels, std::span<const float> y, std::span<float> z,
              std::span<float> log_q);
  /// grad_y log q(y), [batch,D].
  void score(std::span<const float> labels, std::span<const float> y, std::span<float> score);
  /// y + sigma^2 grad_y log q(y) in place: the mean of all pictures that may lie behind y, were q
  /// exact (Tweedie; section 2.5 of the paper).
  void denoise(std::span<const float> labels, std::span<float> y);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Adds noise to a picture x [D] in [-1,1] in place, as training does: that of picture i of a seed.
void tarflow_noise(const TarflowModel& model, std::span<float> x, uint64_t seed, int64_t i);

}  // namespace rivulet::models
