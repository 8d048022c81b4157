// How much of a picture is left in its copy.
#pragma once

#include <cstdint>
#include <span>

namespace rivulet::metrics {

/// The mean of (a - b)^2 over all values of 8 bits.
[[nodiscard]] double mean_squared_error(std::span<const uint8_t> a, std::span<const uint8_t> b);

/// Peak signal-to-noise ratio 10 log10(255^2 / mean squared error) in decibels; infinite where
/// nothing was lost.
[[nodiscard]] double psnr(std::span<const uint8_t> a, std::span<const uint8_t> b);
[[nodiscard]] double psnr_of(double mean_squared_error);

/// Structural similarity (Wang et al. 2004, equation 13) of pictures [side,side,channels]: the mean
/// over channels and over all windows of 7x7 pixels that lie within the picture (the whole of a
/// smaller one), each pixel of which counts alike; K1 = 0.01, K2 = 0.03, L = 255. 1 for equal
/// pictures.
[[nodiscard]] double ssim(std::span<const uint8_t> a, std::span<const uint8_t> b, int side,
                          int channels);

}  // namespace rivulet::metrics
