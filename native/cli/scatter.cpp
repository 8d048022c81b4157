#include "cli/scatter.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace rivulet::cli {
namespace {

constexpr float radius = 1.6F;  // of a dot, in pixels
constexpr float opacity = 0.55F;
constexpr std::array<float, 3> paper = {250, 250, 248};
constexpr std::array<float, 3> ink = {20, 92, 158};

/// How much of each pixel the dots leave uncovered.
class Cover {
 public:
  explicit Cover(int side) : side_(side), clear_(static_cast<size_t>(side) * side, 1) {}

  void dot(float x, float y) {  // in pixels
    const auto first = [&](float v) { return std::clamp(static_cast<int>(v - radius), 0, side_); };
    const auto last = [&](float v) {
      return std::clamp(static_cast<int>(v + radius) + 1, 0, side_);
    };
    for (int row = first(y); row < last(y); ++row) {
      for (int column = first(x); column < last(x); ++column) {
        const float dx = static_cast<float>(column) + 0.5F - x;
        const float dy = static_cast<float>(row) + 0.5F - y;
        const float inside = std::clamp(radius + 0.5F - std::hypot(dx, dy), 0.0F, 1.0F);
        clear_[static_cast<size_t>(row) * side_ + column] *= 1 - opacity * inside;
      }
    }
  }
  [[nodiscard]] const std::vector<float>& clear() const { return clear_; }

 private:
  int side_;
  std::vector<float> clear_;  // [side,side]
};

}  // namespace

io::Image scatter(std::span<const float> xy, int side, float extent) {
  Cover cover(side);
  const float scale = static_cast<float>(side) / (2 * extent);
  for (size_t i = 0; i + 1 < xy.size(); i += 2) {
    if (!(std::fabs(xy[i]) <= 2 * extent) || !(std::fabs(xy[i + 1]) <= 2 * extent)) continue;
    cover.dot((xy[i] + extent) * scale, (extent - xy[i + 1]) * scale);
  }
  io::Image image{.width = side, .height = side, .channels = 3, .pixels = {}};
  for (const float clear : cover.clear()) {
    for (size_t c = 0; c < 3; ++c) {
      image.pixels.push_back(
          static_cast<uint8_t>(std::lround(paper[c] * clear + ink[c] * (1 - clear))));
    }
  }
  return image;
}

}  // namespace rivulet::cli
