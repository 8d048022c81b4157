// Learning rates over time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace rivulet::train {

struct Schedule {
  float peak = 1e-3F;
  int64_t warmup = 100;   ///< steps of linear rise; step 0 already moves by peak/warmup
  int64_t total = 10000;  ///< step at which the cosine has come down
  float floor = 0.1F;     ///< share of the peak where it ends and stays
};

/// The learning rate of step 0, 1, ...: linear warm-up, then half a cosine (Loshchilov and Hutter
/// 2016), then constant.
[[nodiscard]] inline float learning_rate(const Schedule& schedule, int64_t step) {
  if (step < schedule.warmup) {
    return schedule.peak * static_cast<float>(step + 1) / static_cast<float>(schedule.warmup);
  }
  const int64_t fall = std::max<int64_t>(schedule.total - schedule.warmup, 1);
  const double share =
      std::min(1.0, static_cast<double>(step - schedule.warmup) / static_cast<double>(fall));
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * share));
  return schedule.peak * static_cast<float>(schedule.floor + (1 - schedule.floor) * cosine);
}

}  // namespace rivulet::train
