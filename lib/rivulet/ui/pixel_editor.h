// A pen over the pixels of a small picture, and over the cells of any grid.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

/// A cell of a grid: x, y.
using Cell = std::array<int, 2>;

/// The cell of an n x n grid over a box under the mouse.
[[nodiscard]] Cell cell_under(Box place, int n);
void outline_cell(const Ui& ui, Box place, int n, Cell cell, ImU32 color);

/// Calls `paint` for the cells of a straight line: a quick pen leaves no gaps.
template <class Paint>
void along(Cell from, Cell to, Paint paint) {
  const int steps = std::max({std::abs(to[0] - from[0]), std::abs(to[1] - from[1]), 1});
  for (int i = 0; i <= steps; ++i) {
    const auto at = [&](size_t k) {
      const double part = static_cast<double>(i) / steps;
      return from[k] + static_cast<int>(std::lround(part * (to[k] - from[k])));
    };
    paint(Cell{at(0), at(1)});
  }
}

/// Draws a picture pixel by pixel in a few colours.
class PixelEditor {
 public:
  /// Pixels [side,side,channels], colours [n,channels]; channels 1 or 3.
  void open(std::span<const uint8_t> pixels, int side, int channels,
            std::span<const uint8_t> colours);
  void close() { open_ = pen_down_ = false; }
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] bool pen_down() const { return pen_down_; }
  [[nodiscard]] const std::vector<uint8_t>& pixels() const { return pixels_; }

  /// A pen of one pixel; the right button takes the colour that is there. True when it painted.
  bool follow_pen(Ui& ui, Box place);
  /// The colours, and buttons to fill, to undo and to end. Returns the height used.
  float draw_palette(Ui& ui, Box area, bool* painted);

 private:
  [[nodiscard]] std::span<const uint8_t> colour(int i) const;
  [[nodiscard]] std::span<uint8_t> pixel(Cell cell);
  [[nodiscard]] int colour_count() const { return static_cast<int>(colours_.size()) / channels_; }
  void remember();
  bool draw_buttons(Ui& ui, Box row);

  bool open_ = false;
  bool pen_down_ = false;
  Cell pen_at_{};  // the cell that it was over last
  int side_ = 1;
  int channels_ = 3;
  int colour_ = 0;
  std::vector<uint8_t> pixels_;
  std::vector<uint8_t> colours_;
  std::vector<std::vector<uint8_t>> undo_;
};

}  // namespace rivulet::ui
