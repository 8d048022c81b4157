// Points as a picture.
#pragma once

#include <span>

#include "rivulet/io/png.h"

namespace rivulet::cli {

/// The plane [-extent,extent]^2 with a soft dot for each of xy [N,2], x to the right, y upwards.
[[nodiscard]] io::Image scatter(std::span<const float> xy, int side = 512, float extent = 3);

}  // namespace rivulet::cli
