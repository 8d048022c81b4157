// Drawing samples from models of pictures: of flow, of diffusion, of codes, and TarFlow.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/options.h"
#include "rivulet/core/names.h"
#include "rivulet/io/png.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/picture_card.h"
#include "rivulet/models/tarflow_sampler.h"

namespace rivulet::cli {

/// How noise becomes a picture.
enum class Sampler : uint8_t {
  flow,          ///< Euler steps along the velocity
  ddpm,          ///< ancestral sampling
  ddim,          ///< without noise on the way
  codes,         ///< with noise from a codebook (DDCM)
  sequential,    ///< TarFlow's inverse: token by token
  jacobi,        ///< the same, all tokens at once
  gauss_seidel,  ///< the same, in groups
};
inline constexpr Names<Sampler, 7> sampler_names{
    "sampler",
    {"flow", "ddpm", "ddim", "codes", name_of(models::TarflowMethod::sequential),
     name_of(models::TarflowMethod::jacobi), name_of(models::TarflowMethod::gauss_seidel)}};

/// What only TarFlow knows.
struct TarflowSample {
  bool denoise = false;
  bool snap = false;  ///< to the few colours of the set
  int group = 4;
  float attention_temperature = 1;  ///< of the guide
  std::string guidance_form{models::tarflow_guidance_names.of(models::TarflowGuidance::bounded)};
};

struct PictureSample {
  std::vector<std::string> classes;  ///< "dress", "hair=bob", "hair=any"
  float guidance = 1;
  int n = 64;
  std::optional<int> steps;  ///< a model's usual ones otherwise
  uint64_t seed = 1;
  std::string decoder;               ///< of a model of codes; "": the shipped one
  float temperature = 1;             ///< of codes; of TarFlow's noise
  std::optional<Sampler> sampler;    ///< flow where the model is one, else ddpm
  int bits = 6;                      ///< codes: a codebook of 2^bits vectors
  std::vector<std::string> towards;  ///< codes: classes that a judge chooses the noise for
  TarflowSample tarflow;
};

/// Labels of pictures 0..n-1, [n,K]: as `classes` says, else drawn from the seed. Throws Error
/// listing the names there are where one is unknown.
[[nodiscard]] std::vector<float> picture_labels(const std::vector<data::Attribute>& attributes,
                                                const PictureSample& options);

struct Drawn {
  models::PictureNet about;             ///< of the network that gave the pixels
  int steps = 0;                        ///< that were taken
  std::vector<float> labels;            ///< [n,K]
  std::vector<uint8_t> pixels;          ///< [n,side,side,channels]
  std::vector<std::string> uuids = {};  ///< of a model of codes that are UUIDs
  std::vector<int> runs = {};           ///< TarFlow: of each block, in the first batch
  int64_t cut = 0;                      ///< TarFlow: scales that were cut
};
/// By any model of pictures or of their codes.
[[nodiscard]] Drawn draw_pictures(const io::SafeTensors& file, const PictureSample& options,
                                  const DeviceOptions& device);

/// By ddpm, ddim or codes, with any model of flow or of denoising diffusion.
[[nodiscard]] Drawn draw_diffusion(const io::SafeTensors& file, Sampler sampler,
                                   const PictureSample& options, const DeviceOptions& device);

/// By TarFlow.
[[nodiscard]] Drawn draw_tarflow(const io::SafeTensors& file, const PictureSample& options,
                                 const DeviceOptions& device);

/// Makes pictures of noise [rows,D] in place, under labels [rows,K].
using SampleRows = std::function<void(std::span<const float> labels, std::span<float> x)>;

/// From the noises of the seed, `batch` pictures at a time. Rows past n are filled with what there
/// is.
[[nodiscard]] std::vector<uint8_t> draw_rows(const Drawn& drawn, const PictureSample& options,
                                             int batch, const SampleRows& sample);

/// The pictures as one, as square as can be, small ones enlarged.
[[nodiscard]] io::Image sheet_of(const Drawn& drawn);

}  // namespace rivulet::cli
