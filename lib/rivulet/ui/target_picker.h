// Choosing what the labs of the plane learn from, or drawing it.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "rivulet/live/targets.h"
#include "rivulet/ui/plot.h"

namespace rivulet::ui {

/// A thumbnail of each target, and a pen that works by mouse, finger or keys.
class TargetPicker {
 public:
  TargetPicker();

  /// The thumbnails; what was pressed. None is marked where the lab learns from something else.
  /// Cuts `column`.
  [[nodiscard]] std::optional<data::Shape2d> draw(Ui& ui, Box& column,
                                                  std::optional<data::Shape2d> chosen,
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

  std::array<std::vector<float>, data::shape2d_count> thumbnails_;
  bool open_ = false;
  bool down_ = false;
  bool by_keys_ = false;
  data::Point pen_;
};

}  // namespace rivulet::ui
