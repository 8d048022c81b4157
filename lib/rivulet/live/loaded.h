// What the models that labs load have in common.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/io/safetensors.h"
#include "rivulet/live/labels.h"

namespace rivulet::live {

inline constexpr int most_side = 64;  ///< of the pictures that labs show

/// Throws Error where pictures are larger than that.
void check_side(int side);
/// Throws Error where a picture is not of finite numbers: weights that are damaged, or were never
/// any, can give none.
void check_finite(std::span<const float> picture);

/// Numbers in all tensors.
[[nodiscard]] int64_t parameters_of(const io::SafeTensors& file);

/// Labels for each of `count` pictures as a network counts them, [count,K]: what is left open, or
/// is no value of the attribute, is `classes[k]` (the null label).
[[nodiscard]] std::vector<float> label_rows(std::span<const int> classes,
                                            const PictureLabels& labels, int count = 1);
/// The same with what is left open drawn evenly for each picture, by its number and the seed.
[[nodiscard]] std::vector<float> drawn_label_rows(std::span<const int> classes,
                                                  const PictureLabels& labels, int count,
                                                  uint64_t seed);

}  // namespace rivulet::live
