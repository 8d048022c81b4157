// Drawing samples from models of pictures: of flow, of diffusion, and of codes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "rivulet/io/png.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/picture_card.h"

namespace rivulet::cli {

/// How noise becomes a picture.
enum class Sampler : uint8_t {
  flow,   ///< Euler steps along the velocity
  ddpm,   ///< ancestral sampling
  ddim,   ///< without noise on the way
  codes,  ///< with noise from a codebook (DDCM)
};

struct PictureSample {
  std::vector<std::string> classes;  ///< "dress", "hair=bob", "hair=any"
  float guidance = 1;
  int n = 64;
  std::optional<int> steps;  ///< a model's usual ones otherwise
  uint64_t seed = 1;
  std::string decoder;               ///< of a model of codes; "": the shipped one
  float temperature = 1;             ///< of codes
  std::optional<Sampler> sampler;    ///< flow where the model is one, else ddpm
  int bits = 6;                      ///< codes: a codebook of 2^bits vectors
  std::vector<std::string> towards;  ///< codes: classes that a judge chooses the noise for
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
};
/// By any model of pictures or of their codes.
[[nodiscard]] Drawn draw_pictures(const io::SafeTensors& file, const PictureSample& options,
                                  const DeviceOptions& device);

/// By ddpm, ddim or codes, with any model of flow or of denoising diffusion.
[[nodiscard]] Drawn draw_diffusion(const io::SafeTensors& file, Sampler sampler,
                                   const PictureSample& options, const DeviceOptions& device);

/// The pictures as one, as square as can be, small ones enlarged.
[[nodiscard]] io::Image sheet_of(const Drawn& drawn);

}  // namespace rivulet::cli
