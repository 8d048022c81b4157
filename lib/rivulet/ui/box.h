// Rectangles that layouts are cut from.
#pragma once

#include <imgui.h>

#include <algorithm>

/// The work behind the labs: the front end speaks of it without naming the room.
namespace rivulet::live {}

namespace rivulet::ui {

using namespace live;

/// In screen units. Cutting removes a strip and returns it; the rest stays.
struct Box {
  float x = 0;
  float y = 0;
  float w = 0;
  float h = 0;

  [[nodiscard]] ImVec2 min() const { return {x, y}; }
  [[nodiscard]] ImVec2 max() const { return {x + w, y + h}; }
  [[nodiscard]] ImVec2 centre() const { return {x + w / 2, y + h / 2}; }
  [[nodiscard]] bool contains(ImVec2 p) const {
    return p.x >= x && p.y >= y && p.x < x + w && p.y < y + h;
  }
  [[nodiscard]] Box inset(float dx, float dy) const {
    return {x + dx, y + dy, std::max(0.0F, w - 2 * dx), std::max(0.0F, h - 2 * dy)};
  }
  [[nodiscard]] Box inset(float d) const { return inset(d, d); }

  Box cut_top(float n) {
    const Box strip{x, y, w, n};
    y += n;
    h -= n;
    return strip;
  }
  Box cut_bottom(float n) {
    h -= n;
    return {x, y + h, w, n};
  }
  Box cut_left(float n) {
    const Box strip{x, y, n, h};
    x += n;
    w -= n;
    return strip;
  }
  Box cut_right(float n) {
    w -= n;
    return {x + w, y, n, h};
  }
  /// Cell i of n columns with a gap between them.
  [[nodiscard]] Box column(int i, int n, float space) const {
    const float width = (w - space * static_cast<float>(n - 1)) / static_cast<float>(n);
    return {x + static_cast<float>(i) * (width + space), y, width, h};
  }
};

}  // namespace rivulet::ui
