// Pictures of any size, made those that a model knows.
#pragma once

#include <cstdint>
#include <vector>

#include "rivulet/io/png.h"

namespace rivulet::data {

/// The square in the middle of a picture in another size, [side,side,channels], channels 1 or 3:
/// smaller by the mean of the area that each pixel covers, larger by repeating the nearest pixel.
/// What is transparent lies on white. Throws Error for a picture without pixels.
[[nodiscard]] std::vector<uint8_t> fit_picture(const io::Image& image, int side, int channels);

}  // namespace rivulet::data
