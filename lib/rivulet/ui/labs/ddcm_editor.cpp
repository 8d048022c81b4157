// Drawing a picture pixel by pixel, and painting what is lost of one.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "rivulet/ui/labs/ddcm_lab.h"

namespace rivulet::ui {
namespace {

constexpr size_t most_undo = 64;
constexpr float swatch = 30;

ImU32 ink(std::span<const uint8_t> c) { return IM_COL32(c[0], c[1], c[2], 255); }

using Cell = std::array<int, 2>;  // x, y

/// The cell of an n x n grid over a box under the mouse.
Cell cell_under(Box place, int n) {
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const auto at = [n](float p, float from, float size) {
    return std::clamp(static_cast<int>((p - from) / size * static_cast<float>(n)), 0, n - 1);
  };
  return {at(mouse.x, place.x, place.w), at(mouse.y, place.y, place.h)};
}

void outline(const Ui& ui, Box place, int n, Cell cell, ImU32 color) {
  const float size = place.w / static_cast<float>(n);
  const ImVec2 corner_at{place.x + size * static_cast<float>(cell[0]),
                         place.y + size * static_cast<float>(cell[1])};
  ui.draw().AddRect({corner_at.x - 1, corner_at.y - 1},
                    {corner_at.x + size + 1, corner_at.y + size + 1}, color, 2, 0, 2);
}

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

}  // namespace

/// The picture in sight becomes the visitor's own.
void DdcmLab::open_editor() {
  change_details();  // of a code, what it shows
  const Pixels pixels = source();
  if (pixels.empty()) return;
  hold();
  state_.time = 1;
  undo_.clear();
  own_ = pixels;
  choose_own(pixels);
  own_text_ = state_.own;
  editing_ = true;
  sheet_.open = false;
}

std::span<const uint8_t> DdcmLab::colour(int i) const {
  return std::span(colours_).subspan(static_cast<size_t>(i) * 3, 3);
}

void DdcmLab::close_editor() { editing_ = pen_down_ = false; }

/// A pen of one pixel; the right button takes the colour that is there.
void DdcmLab::follow_pen(Ui& ui, Box place) {
  const Touch touched = touch(ui, "canvas", place, 2);
  if (touched.hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_None);
  const int n = side();
  const Cell cell = cell_under(place, n);
  const auto place_of = [n](Cell c) { return static_cast<size_t>(c[1] * n + c[0]) * 3; };
  if (touched.hovered || touched.held) outline(ui, place, n, cell, ui.theme->accent);
  if (touched.hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
    for (int i = 0; i < static_cast<int>(colours_.size() / 3); ++i) {
      if (std::ranges::equal(colour(i), std::span(own_).subspan(place_of(cell), 3))) colour_ = i;
    }
  }
  const bool down = touched.held && ImGui::IsMouseDown(ImGuiMouseButton_Left);
  if (down && !pen_down_) {
    remember();
    pen_at_ = cell;
  }
  if (down && !colours_.empty()) {
    ui.grabbed = true;
    const Pixels before = own_;
    along(pen_at_, cell, [&](Cell c) {
      std::ranges::copy(colour(colour_), own_.begin() + static_cast<std::ptrdiff_t>(place_of(c)));
    });
    pen_at_ = cell;
    if (own_ != before) keep_drawing();
  }
  pen_down_ = down;
}

void DdcmLab::remember() {
  undo_.push_back(state_.own);
  if (undo_.size() > most_undo) undo_.erase(undo_.begin());
}

void DdcmLab::keep_drawing() {
  choose_own(own_);
  own_text_ = state_.own;  // own_ is what this text says
}

/// The colours of the set. Returns the height used.
float DdcmLab::draw_palette(Ui& ui, Box area) {
  const Theme& theme = *ui.theme;
  const float size = ui.phone ? 34.0F : swatch;
  const auto across = std::max(1, static_cast<int>((area.w - 2 * 12) / size));
  const auto count = static_cast<int>(colours_.size() / 3);
  const int rows = (count + across - 1) / across;
  const Box whole{area.x, area.y, area.w, 2 * 10 + size * static_cast<float>(rows) + 44};
  card(ui, whole);
  ui.boxes.emplace_back("palette", whole);
  Box rest = whole.inset(12, 10);
  for (int i = 0; i < count; ++i) {
    const Box box{rest.x + size * static_cast<float>(i % across),
                  rest.y + size * static_cast<float>(i / across), size, size};
    const Touch touched = touch(ui, fmt::format("colour.{}", i).c_str(), box, 6);
    const Box chip_box = box.inset(3);
    ui.draw().AddRectFilled(chip_box.min(), chip_box.max(), ink(colour(i)), 5);
    ui.draw().AddRect(chip_box.min(), chip_box.max(), faded(theme.text, 0.2F), 5);
    if (i == colour_ || touched.hovered) {
      ui.draw().AddRect(box.inset(1).min(), box.inset(1).max(),
                        i == colour_ ? theme.accent : theme.faint, 6, 0, 2);
    }
    if (touched.pressed) colour_ = i;
  }
  rest.cut_top(size * static_cast<float>(rows) + 8);
  Box row = rest.cut_top(36);
  if (button(ui, "editor.done", row.cut_right(100), Icon::check, strings_.done, Look::accent)) {
    close_editor();
  }
  row.cut_right(8);
  if (button(ui, "editor.fill", row.cut_left(90), Icon::clear, strings_.fill, Look::plain,
             strings_.fill_hint)) {
    remember();
    for (size_t i = 0; i + 2 < own_.size() && !colours_.empty(); i += 3) {
      std::ranges::copy(colour(colour_), own_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    keep_drawing();
  }
  row.cut_left(8);
  if (!undo_.empty() &&
      button(ui, "editor.undo", row.cut_left(90), Icon::undo, strings_.undo, Look::plain)) {
    state_.own = undo_.back();
    undo_.pop_back();
  }
  return whole.h;
}

/// Paints the mask: the first cell says whether the stroke adds or takes away.
void DdcmLab::follow_brush(Ui& ui, Box place) {
  const Touch touched = touch(ui, "brush", place, 2);
  const Cell cell = cell_under(place, mask_side);
  if (touched.hovered || touched.held) outline(ui, place, mask_side, cell, ui.theme->accent);
  if (touched.hovered || touched.held) ui.next_highlight = "mask";
  const bool down = touched.held && ImGui::IsMouseDown(ImGuiMouseButton_Left);
  if (down) {
    ui.grabbed = true;
    const auto lost = [&](Cell c) -> uint8_t& {
      return state_.mask[static_cast<size_t>(c[1] * mask_side + c[0])];
    };
    if (!pen_down_) {
      brush_adds_ = lost(cell) == 0;
      pen_at_ = cell;
    }
    along(pen_at_, cell, [&](Cell c) { lost(c) = brush_adds_ ? 1 : 0; });
    pen_at_ = cell;
  }
  pen_down_ = down;
}

}  // namespace rivulet::ui
