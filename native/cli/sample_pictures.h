// Drawing samples from a picture model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/options.h"
#include "rivulet/io/png.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/pictures.h"

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
  int steps = 1;
  uint64_t seed = 1;
  Sampler sampler = Sampler::flow;
  int bits = 6;                      ///< codes: a codebook of 2^bits vectors
  std::vector<std::string> towards;  ///< codes: classes that a judge chooses the noise for
};

/// Labels of pictures 0..n-1, [n,K]: as `classes` says, else drawn from the seed. Throws Error
/// listing the names there are where one is unknown.
[[nodiscard]] std::vector<float> picture_labels(const models::PictureModel& model,
                                                const PictureSample& options);

struct Drawn {
  models::PictureModel model;
  std::vector<float> labels;    ///< [n,K]
  std::vector<uint8_t> pixels;  ///< [n,side,side,channels]
};
[[nodiscard]] Drawn draw_pictures(const io::SafeTensors& file, const PictureSample& options,
                                  const DeviceOptions& device);

/// The same by ddpm, ddim or codes.
[[nodiscard]] Drawn draw_diffusion(const io::SafeTensors& file, const PictureSample& options,
                                   const DeviceOptions& device);

/// The pictures as one, as square as can be, small ones enlarged.
[[nodiscard]] io::Image sheet_of(const Drawn& drawn);

}  // namespace rivulet::cli
