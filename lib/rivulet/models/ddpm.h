// Denoising diffusion: noise levels, the steps between them, and models of pictures that denoise.
//
// x_t = abar x_0 + bbar eps with abar^2 + bbar^2 = 1 (variance preserving), x_0 DATA, eps noise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/core/names.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/pictures.h"

namespace rivulet::models {

/// How much of x_t is picture and how much is noise.
struct NoiseLevel {
  float abar = 0;
  float bbar = 1;

  friend bool operator==(const NoiseLevel&, const NoiseLevel&) = default;
};
inline constexpr NoiseLevel pure_noise{.abar = 0, .bbar = 1};
inline constexpr NoiseLevel clean{.abar = 1, .bbar = 0};

/// abar = cos(pi t / 2), bbar = sin(pi t / 2): t = 1 noise, 0 data (Salimans and Ho 2022). Made of
/// arithmetic that is the same on every machine.
[[nodiscard]] NoiseLevel cosine_level(float t);

/// The S+1 levels of S steps, from pure noise to clean: t_i = (1 - i/S)^rho. Steps grow shorter
/// towards the data for rho > 1.
[[nodiscard]] std::vector<NoiseLevel> noise_levels(int steps, float rho);

/// q(x_s | x_t, x_0) = N(x_t * of_x_t + x_0 * of_x_0, sigma^2) for a step from t down to s.
struct Posterior {
  float of_x_t = 0;
  float of_x_0 = 0;
  float sigma = 0;
};
/// alpha_t bbar_s^2/bbar_t^2, abar_s beta_t^2/bbar_t^2 and bbar_s beta_t/bbar_t with
/// alpha_t = abar_t/abar_s, beta_t^2 = 1 - alpha_t^2 (Ho et al. 2020, equation 7; article 10711).
[[nodiscard]] Posterior ddpm_step(NoiseLevel t, NoiseLevel s);
/// The step that keeps the noise it believes to see and adds none (DDIM, Song et al. 2021).
[[nodiscard]] Posterior ddim_step(NoiseLevel t, NoiseLevel s);

/// x0hat = E[x_0 | x_t], the x0 prediction, of points x [n,D], all at one level, into x0 [n,D].
using Denoise =
    std::function<void(std::span<const float> x, NoiseLevel level, std::span<float> x0)>;

/// E[x_0 | x_t] where the data are these points [m,D], equally likely: the perfect denoiser.
[[nodiscard]] Denoise perfect_denoiser(std::vector<float> points, int64_t dimensions);

/// What the output of a network means.
enum class Prediction : uint8_t {
  eps,   ///< the noise
  x0,    ///< the picture
  v,     ///< abar eps - bbar x_0
  flow,  ///< x_0 - eps at z = x_t/(abar + bbar), flow time abar/(abar + bbar): a model of flow.h
};
inline constexpr int trained_predictions = 3;  ///< by `rivulet train ddpm`; the first ones

inline constexpr Names<Prediction, 4> prediction_names{"prediction", {"eps", "x0", "v", "flow"}};
[[nodiscard]] constexpr std::string_view name_of(Prediction prediction) {
  return prediction_names.of(prediction);
}

/// What the metadata of a diffusion model of pictures says (architecture "dit", method "ddpm"), or
/// of a flow-matching or shortcut model, which are diffusion models in other coordinates: the same
/// x_t up to a factor.
struct DiffusionModel {
  Prediction prediction = Prediction::v;
  PictureNet pictures;

  [[nodiscard]] int64_t pixels() const { return pictures.pixels(); }
  [[nodiscard]] std::vector<float> any() const { return pictures.any(); }
};

/// Metadata entries of a model trained by DDPM's loss, and of any model back. Reading throws Error.
[[nodiscard]] io::Card diffusion_card(const DiffusionModel& model);
[[nodiscard]] DiffusionModel diffusion_model(const io::SafeTensors& file);

/// x0hat from the network's output at that level, in place: out [n,D], x [n,D].
void x0_of(Prediction prediction, NoiseLevel level, std::span<const float> x, std::span<float> out);

/// The x0hat of pictures by a network with its weights: owns a program for batches of one size.
class PictureDenoiser {
 public:
  PictureDenoiser(const io::SafeTensors& file, int batch, const Device& device,
                  const CompileOptions& options = {.static_states = true});
  PictureDenoiser(PictureDenoiser&&) noexcept;
  PictureDenoiser& operator=(PictureDenoiser&&) noexcept;
  ~PictureDenoiser();

  [[nodiscard]] const DiffusionModel& model() const;
  [[nodiscard]] int batch() const;
  /// Labels of the rows to come, [K] for all of them or [n,K] with n <= batch; "any" at first.
  void condition(std::span<const float> labels);
  /// x0hat of n rows at one level, clipped to [-1,1]; more rows than a batch go in several runs.
  void operator()(std::span<const float> x, NoiseLevel level, std::span<float> x0);
  /// Floating-point operations of one run.
  [[nodiscard]] int64_t flops() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Ancestral sampling in place, x [n,D] from noise to pictures: `noise` scales what each step adds
/// (1: DDPM, 0 with `ddim`: DDIM), drawn from the stream of row i of the seed.
struct Ancestral {
  int steps = 100;
  float rho = 1;
  float noise = 1;
  bool ddim = false;
  uint64_t seed = 1;
};
void sample_ddpm(const Denoise& denoise, const Ancestral& how, std::span<float> x,
                 int64_t dimensions);

}  // namespace rivulet::models
