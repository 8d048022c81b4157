// What the labs of the plane learn from: choosing a target, or drawing one.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/ui/plot.h"

namespace rivulet::ui {

/// Points of a target to look at, the same every time: [points,2].
[[nodiscard]] std::vector<float> points_of(const data::Target2d& target, int points);
/// Of strokes where `shape` is drawn.
[[nodiscard]] data::Target2d target_of(data::Shape2d shape,
                                       const std::vector<data::Stroke>& strokes);

/// A thumbnail of each target, and a pen that works by mouse, finger or keys.
class TargetPicker {
 public:
  explicit TargetPicker(const Strings& strings);

  /// The thumbnails; what was pressed. Cuts `column`.
  [[nodiscard]] std::optional<data::Shape2d> draw(Ui& ui, Box& column, data::Shape2d chosen,
                                                  std::span<const data::Stroke> strokes);

  // The pen. What it draws is the caller's `strokes`.

  void open(bool by_keys = false);
  /// Lifts the pen.
  void close(std::vector<data::Stroke>& strokes);
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] bool is_down() const { return down_; }  ///< a stroke is being drawn
  /// Arrows, Enter; true when Esc ended it.
  [[nodiscard]] bool follow_keys(const Ui& ui, std::vector<data::Stroke>& strokes);
  /// On a large plane; true when the visitor is done.
  [[nodiscard]] bool draw_pen(Ui& ui, const Plane& plane, std::vector<data::Stroke>& strokes);

 private:
  void follow_pen(Ui& ui, const Plane& plane, std::vector<data::Stroke>& strokes);
  void pen_to(std::vector<data::Stroke>& strokes, data::Point point);
  void lift(std::vector<data::Stroke>& strokes);

  const Strings& strings_;
  std::array<std::vector<float>, data::shape2d_count> thumbnails_;
  bool open_ = false;
  bool down_ = false;
  bool by_keys_ = false;
  data::Point pen_;
};

}  // namespace rivulet::ui
