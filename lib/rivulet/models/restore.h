// Restoration of pictures by DDCM: the same machine as the codec's, with another pull.
//
// A measurement y = A x has lost part of a picture x. Choosing, at each step, the noise that agrees
// best with A^T (y - A x0hat) makes a picture that fits what is left (arXiv 2502.01189, section 4).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/models/ddcm.h"

namespace rivulet::models {

enum class Damage : uint8_t {
  holes,   ///< pixels under a mask are gone (inpainting)
  shrunk,  ///< means over squares of pixels (super-resolution)
  noisy,   ///< Gaussian noise was added (denoising)
  grey,    ///< luminance alone (colourisation)
};

/// What happened to pictures of side x side with `channels` numbers a pixel.
struct Measurement {
  Damage damage = Damage::holes;
  int side = 0;
  int channels = 3;
  std::vector<uint8_t> lost = {};  ///< holes: [side,side], 1 where a pixel is gone
  int factor = 2;                  ///< shrunk: side of the squares, a divisor of side
  float grain = 0.5F;              ///< noisy: standard deviation of the noise
  uint64_t seed = 1;               ///< ... and its seed

  [[nodiscard]] int64_t pixels() const { return int64_t{side} * side * channels; }
  friend bool operator==(const Measurement&, const Measurement&) = default;
};

/// What is left of pictures [n,D], in place and drawn at their own size: 0 in holes, squares full
/// of their mean, luminance in all channels; noise is not added. Each of these is a projection:
/// what is left stays as it is. Throws Error when sizes do not fit.
void project(const Measurement& how, std::span<float> x);

/// What remains of a picture: its projection, with noise where that is the damage. [D] -> [D].
[[nodiscard]] std::vector<float> damaged(const Measurement& how, std::span<const float> picture);

/// r = A^T (y - A x0hat), with `seen` as `damaged` gives it for all n rows [D]. A noisy picture
/// says nothing about what is finer than its grain: there r is 0.
[[nodiscard]] Pull pull_to_measurement(Measurement how, std::vector<float> seen);

}  // namespace rivulet::models
