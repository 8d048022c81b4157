// A curve that never outgrows its memory.
#pragma once

#include <cstdint>
#include <vector>

namespace rivulet::live {

/// Values over training steps. When full, neighbours are merged in pairs, so a long curve keeps its
/// whole length at half the resolution; each point is the mean of what it stands for.
class Series {
 public:
  struct Point {
    float x = 0;
    float y = 0;
  };

  void add(float x, float y) {
    sum_x_ += x;
    sum_y_ += y;
    if (++pending_ < stride_) return;
    const auto n = static_cast<float>(pending_);
    points_.push_back({sum_x_ / n, sum_y_ / n});
    sum_x_ = sum_y_ = 0;
    pending_ = 0;
    if (points_.size() >= capacity) halve();
  }
  void clear() { *this = Series(); }
  [[nodiscard]] const std::vector<Point>& points() const { return points_; }

 private:
  static constexpr size_t capacity = 480;

  void halve() {
    for (size_t i = 0; i + 1 < points_.size(); i += 2) {
      points_[i / 2] = {(points_[i].x + points_[i + 1].x) / 2,
                        (points_[i].y + points_[i + 1].y) / 2};
    }
    points_.resize(points_.size() / 2);
    stride_ *= 2;
  }

  std::vector<Point> points_;
  int64_t stride_ = 1;
  int64_t pending_ = 0;
  float sum_x_ = 0;
  float sum_y_ = 0;
};

}  // namespace rivulet::live
