// Time as the works of labs measure it.
#pragma once

#include <chrono>

namespace rivulet::live {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Between two looks at what is under way: less than a frame.
inline constexpr double look_seconds = 0.012;

}  // namespace rivulet::live
