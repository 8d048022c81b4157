#include "rivulet/ui/target_picker.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "rivulet/ui/page.h"

namespace rivulet::ui {
namespace {

constexpr int thumbnail_points = 150;
constexpr float reach = 2.9F;         // the pen stays inside the picture
constexpr float least_move = 0.03F;   // closer corners are left out
constexpr size_t most_points = 1500;  // of all strokes; keeps the settings' text short
constexpr ImGuiID pen_owner = 0x70656e;

float distance(data::Point a, data::Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

void draw_strokes(const Ui& ui, const Plane& plane, std::span<const data::Stroke> strokes,
                  float width, ImU32 color) {
  ImDrawList& draw = ui.draw();
  if (data::is_cloud(strokes)) {
    const data::Stroke& points = strokes.back();
    const size_t count = std::min(points.size(), static_cast<size_t>(thumbnail_points));
    for (size_t i = 0; i < count; ++i) {
      const data::Point p = points[i * points.size() / count];
      draw.AddCircleFilled(plane.screen(p.x, p.y), width / 2, color, 6);
    }
    return;
  }
  for (const data::Stroke& stroke : strokes) {
    for (const data::Point p : stroke) draw.PathLineTo(plane.screen(p.x, p.y));
    draw.PathStroke(color, 0, width);
    const ImVec2 first = plane.screen(stroke.front().x, stroke.front().y);
    const ImVec2 last = plane.screen(stroke.back().x, stroke.back().y);
    draw.AddCircleFilled(first, width / 2, color, 12);
    draw.AddCircleFilled(last, width / 2, color, 12);
  }
}

}  // namespace

TargetPicker::TargetPicker() {
  for (int i = 0; i + 1 < data::shape2d_count; ++i) {
    thumbnails_[static_cast<size_t>(i)] =
        live::points_of(data::Target2d(static_cast<data::Shape2d>(i)), thumbnail_points);
  }
}

std::optional<data::Shape2d> TargetPicker::draw(Ui& ui, Box& column,
                                                std::optional<data::Shape2d> chosen,
                                                std::span<const data::Stroke> strokes) {
  heading(ui, column, ui.words->common.target,
          chosen ? ui.words->common.targets[static_cast<size_t>(*chosen)] : "");
  const float space = 8;
  const int columns = 4;
  const float side = (column.w - space * (columns - 1)) / columns;
  const Theme& theme = *ui.theme;
  std::optional<data::Shape2d> pressed;
  for (int i = 0; i < data::shape2d_count; ++i) {
    const Box box{column.x + static_cast<float>(i % columns) * (side + space),
                  column.y + static_cast<float>(i / columns) * (side + space), side, side};
    const auto shape = static_cast<data::Shape2d>(i);
    const auto index = static_cast<size_t>(i);
    const Touch touched = touch(ui, ("target." + std::string(data::name_of(shape))).c_str(), box);
    const bool on = chosen == shape;
    ui.draw().AddRectFilled(box.min(), box.max(), on ? theme.accent_soft : theme.inset, corner);
    if (on) ui.draw().AddRect(box.min(), box.max(), theme.accent, corner, 0, 1.5F);
    const ImU32 ink = on ? theme.accent : touched.hovered ? theme.text : theme.muted;
    const Plane plane{box.inset(6)};
    if (shape != data::Shape2d::drawn) {
      draw_points(ui, plane, thumbnails_[index], 2.2F, ink);
    } else if (strokes.empty()) {
      draw_icon(ui.draw(), Icon::pen, box.centre(), 22, ink);
    } else {
      draw_strokes(ui, plane, strokes, 2, ink);
    }
    hint(ui, touched, ui.words->common.targets[index]);
    if (touched.hovered || touched.focused) ui.next_highlight = "target";
    if (touched.pressed) pressed = shape;
  }
  column.cut_top(side * 2 + space + 10);
  return pressed;
}

void TargetPicker::open(bool by_keys) {
  open_ = true;
  down_ = false;
  by_keys_ = by_keys;
  pen_ = {};
}

void TargetPicker::close(std::vector<data::Stroke>& strokes) {
  lift(strokes);
  open_ = false;
}

void TargetPicker::pen_to(std::vector<data::Stroke>& strokes, data::Point point) {
  point.x = std::clamp(point.x, -reach, reach);
  point.y = std::clamp(point.y, -reach, reach);
  pen_ = point;
  if (!down_) return;
  size_t total = 0;
  for (const data::Stroke& stroke : strokes) total += stroke.size();
  data::Stroke& stroke = strokes.back();
  if (total < most_points && distance(stroke.back(), point) >= least_move) stroke.push_back(point);
}

void TargetPicker::lift(std::vector<data::Stroke>& strokes) {
  if (!down_) return;
  down_ = false;
  data::Stroke& stroke = strokes.back();
  if (stroke.size() == 1) stroke.push_back({stroke[0].x + least_move, stroke[0].y});  // a dot
}

void TargetPicker::follow_pen(Ui& ui, const Plane& plane, std::vector<data::Stroke>& strokes) {
  const Touch touched = touch(ui, "sketch", plane.box);
  describe(ui, {.label = ui.words->common.canvas});
  if (touched.hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_None);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const ImVec2 p = plane.plane(mouse);
  const bool held = touched.held && ImGui::IsMouseDown(0);
  if (touched.hovered || held) {
    pen_ = {std::clamp(p.x, -reach, reach), std::clamp(p.y, -reach, reach)};
  }
  if (held) {
    ui.grabbed = true;
    by_keys_ = false;
    if (!down_) {
      strokes.push_back({pen_});
      down_ = true;
    }
    pen_to(strokes, {p.x, p.y});
  } else if (!by_keys_) {
    lift(strokes);
  }
}

bool TargetPicker::follow_keys(const Ui& ui, std::vector<data::Stroke>& strokes) {
  const auto own = {ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_UpArrow, ImGuiKey_DownArrow};
  if (ImGui::IsKeyPressed(ImGuiKey_Escape, false)) {
    return true;
  }
  const auto held = [](ImGuiKey key) { return ImGui::IsKeyDown(key); };
  if (!down_ && std::ranges::any_of(own, held)) by_keys_ = true;
  if (!by_keys_) return false;
  for (const ImGuiKey key : own) ImGui::SetKeyOwner(key, pen_owner);
  ImGui::SetKeyOwner(ImGuiKey_Enter, pen_owner);
  const auto down = [](ImGuiKey key) { return ImGui::IsKeyDown(key, pen_owner) ? 1.0F : 0.0F; };
  const float speed = (ImGui::GetIO().KeyShift ? 0.5F : 2.0F) * ui.dt;
  const float dx = down(ImGuiKey_RightArrow) - down(ImGuiKey_LeftArrow);
  const float dy = down(ImGuiKey_UpArrow) - down(ImGuiKey_DownArrow);
  if (dx != 0 || dy != 0) pen_to(strokes, {pen_.x + dx * speed, pen_.y + dy * speed});
  if (!ImGui::IsKeyPressed(ImGuiKey_Enter, pen_owner)) return false;
  if (down_) {
    lift(strokes);
  } else {
    strokes.push_back({pen_});
    down_ = true;
  }
  return false;
}

bool TargetPicker::draw_pen(Ui& ui, const Plane& plane, std::vector<data::Stroke>& strokes) {
  const Theme& theme = *ui.theme;
  draw_strokes(ui, plane, strokes, 7, faded(theme.text, 0.35F));
  follow_pen(ui, plane, strokes);  // before the buttons, which lie upon it
  Box bar = plane.box.inset(10).cut_bottom(36);
  const bool narrow = bar.w < 330;
  const float w = narrow ? 36.0F : 92.0F;
  const auto words = [&](const char* s) { return narrow ? std::string_view() : s; };
  const bool done = button(ui, "sketch.done", bar.cut_right(96), Icon::check, ui.words->common.done,
                           Look::accent);
  if (!strokes.empty()) {
    if (button(ui, "sketch.undo", bar.cut_left(w), Icon::undo, words(ui.words->common.undo),
               Look::plain)) {
      down_ = false;
      strokes.pop_back();
    }
    bar.cut_left(6);
    if (button(ui, "sketch.clear", bar.cut_left(w), Icon::clear, words(ui.words->common.clear),
               Look::plain)) {
      down_ = false;
      strokes.clear();
    }
  }
  if (strokes.empty()) {
    Box told = plane.box.inset(20, 16);  // above the pen, which begins in the middle
    const ImVec2 size = text_size(ui.fonts.small, ui.words->common.draw_keys, told.w);
    told.h = 32 + size.y;
    ui.draw().AddRectFilled({told.x - 8, told.y - 6}, {told.x + told.w + 8, told.y + told.h + 6},
                            faded(theme.card, 0.85F), corner);
    label(ui, ui.fonts.title, told.cut_top(28), theme.text, ui.words->common.draw_hint,
          Align::centre);
    text(ui, ui.fonts.small, {plane.box.centre().x - size.x / 2, told.y + 2}, theme.muted,
         ui.words->common.draw_keys, told.w);
  }
  const ImVec2 pen = plane.screen(pen_.x, pen_.y);
  ui.draw().AddCircle(pen, 7, theme.accent, 20, 2);
  if (down_) ui.draw().AddCircleFilled(pen, 4, theme.accent, 16);
  return done;
}

}  // namespace rivulet::ui
