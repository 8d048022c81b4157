// Time as the works of labs measure it.
#pragma once

#include <chrono>

#include "rivulet/core/timed.h"

namespace rivulet::live {

using Clock = std::chrono::steady_clock;

/// Between two looks at what is under way: less than a frame.
inline constexpr double look_seconds = 0.012;

}  // namespace rivulet::live
