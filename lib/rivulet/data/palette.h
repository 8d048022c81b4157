// The few colours that a set of drawn pictures consists of.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/data/pictures.h"

namespace rivulet::data {

inline constexpr size_t most_palette_colours = 256;

/// The colours of RGB pictures, most frequent first, [n,3], n <= 256, without those of less than
/// one pixel in 50,000. Empty where the pictures are grey, or where so few colours are not at least
/// 99 % of the pixels: photographs have no palette.
[[nodiscard]] std::vector<uint8_t> palette_of(const Pictures& pictures);

/// Moves the pixels of a picture x [n,3], in -1..1, to colours of a palette [m,3]. The few colours
/// that a picture consists of, and how far its pixels scatter about them, are found by
/// expectation maximisation, each colour of the palette being a component of a mixture: a pixel
/// between two colours goes to the one that the rest of the picture has more of. Nothing happens
/// where the palette is empty.
void snap_to_palette(std::span<float> x, std::span<const uint8_t> palette);

}  // namespace rivulet::data
