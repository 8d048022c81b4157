// The few colours that a set of drawn pictures consists of.
#pragma once

#include <cstdint>
#include <vector>

#include "rivulet/data/pictures.h"

namespace rivulet::data {

inline constexpr size_t most_palette_colours = 256;

/// The colours of RGB pictures, most frequent first, [n,3], n <= 256, without those of less than
/// one pixel in 50,000. Empty where the pictures are grey, or where so few colours are not at least
/// 99 % of the pixels: photographs have no palette.
[[nodiscard]] std::vector<uint8_t> palette_of(const Pictures& pictures);

}  // namespace rivulet::data
