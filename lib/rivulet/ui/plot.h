// Pictures of the plane and curves over training.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/live/series.h"
#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

/// The window [-3,3]^2 of the plane on a square of the screen, y up.
struct Plane {
  Box box;
  [[nodiscard]] ImVec2 screen(float x, float y) const {
    return {box.x + (x + 3) / 6 * box.w, box.y + (3 - y) / 6 * box.h};
  }
  [[nodiscard]] ImVec2 plane(ImVec2 p) const {
    return {(p.x - box.x) / box.w * 6 - 3, 3 - (p.y - box.y) / box.h * 6};
  }
};

/// A part of the page with a draw list of its own: WebGL counts vertices in 16 bits, and a few
/// pictures full of points fill a list. Not a window to the visitor or the keyboard.
void begin_layer(const char* name, Box box);
void end_layer();

/// Card, grid lines and clip of a picture of the plane; end with `end_plane`.
void begin_plane(const Ui& ui, const Plane& plane, bool axes);
void end_plane(const Ui& ui);

/// Points as soft discs: one textured triangle each. `xy` is [N,2].
void draw_points(const Ui& ui, const Plane& plane, std::span<const float> xy, float size,
                 ImU32 color);
/// Polylines of one colour that fade in towards their end: `frames` is [frame_count,points,2],
/// of which every `stride`-th point is drawn up to (fractional) frame `until`.
void draw_paths(const Ui& ui, const Plane& plane, std::span<const float> frames, int points,
                int stride, float until, ImU32 color);
/// Polylines of `per_line` points each: xy is [lines,per_line,2].
void draw_lines(const Ui& ui, const Plane& plane, std::span<const float> xy, int per_line,
                float width, ImU32 color);
/// Arrows on a grid: `at` and `velocity` are [N,2].
void draw_arrows(const Ui& ui, const Plane& plane, std::span<const float> at,
                 std::span<const float> velocity, ImU32 slow, ImU32 fast);

struct Curve {
  const Series* series = nullptr;
  ImU32 color = 0;
  float width = 1.5F;
  std::string name;     ///< written at its end
  bool smooth = false;  ///< drawn faintly, with its running mean upon it
};

struct Plot {
  std::string_view title;
  std::string_view x_axis;
  std::vector<Curve> curves;
  bool log_y = false;
  bool from_zero = true;  ///< the axis of values begins at 0, where it is not logarithmic
  std::optional<float> level = std::nullopt;  ///< a dashed line
  std::string_view level_name = {};
  std::optional<float> most = std::nullopt;  ///< what ends there has left: an arrow says so
  float x_end = 50;                          ///< the least right end of the axis
  std::optional<float> mark = std::nullopt;  ///< an upright line, with a dot on every curve
  const char* name = nullptr;                ///< of a plot that may be pressed
};
/// Where on the axis of a plot with a name the visitor presses.
std::optional<float> draw_plot(Ui& ui, Box box, const Plot& plot);

/// Pairs of numbers >= 0 on axes of the same scale, and the line where both are equal.
struct Scatter {
  std::string_view title;
  std::string_view x_axis;
  std::string_view y_axis;
  std::span<const float> x;
  std::span<const float> y;
  std::span<const ImU32> colors;  ///< taken in turn
};
void draw_scatter(Ui& ui, Box box, const Scatter& scatter);

}  // namespace rivulet::ui
