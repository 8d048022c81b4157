// Time as the works of labs measure it.
#pragma once

#include <chrono>

namespace rivulet::live {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace rivulet::live
