// Drawing a target of one's own on the large picture.
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/flow2d_lab.h"

namespace rivulet::ui {
namespace {

constexpr float reach = 2.9F;         // the pen stays inside the picture
constexpr float least_move = 0.03F;   // closer corners are left out
constexpr size_t most_points = 1500;  // of all strokes; keeps the settings' text short
constexpr ImGuiID pen_owner = 0x70656e;

float distance(data::Point a, data::Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

}  // namespace

void Flow2dLab::open_sketch() {
  sketch_ = {.open = true};
  state_.target = data::Shape2d::drawn;
  state_.view = View::samples;
  state_.time = 1;
  flowing_ = false;
  sheet_.open = false;
}

void Flow2dLab::close_sketch() {
  lift_pen();
  sketch_.open = false;
  if (!nothing_drawn()) return;
  state_.target = ordered_.target;  // as before
  state_.strokes = ordered_.strokes;
}

void Flow2dLab::pen_to(data::Point point) {
  point.x = std::clamp(point.x, -reach, reach);
  point.y = std::clamp(point.y, -reach, reach);
  sketch_.pen = point;
  if (!sketch_.down) return;
  size_t total = 0;
  for (const data::Stroke& stroke : state_.strokes) total += stroke.size();
  data::Stroke& stroke = state_.strokes.back();
  if (total < most_points && distance(stroke.back(), point) >= least_move) stroke.push_back(point);
}

void Flow2dLab::lift_pen() {
  if (!sketch_.down) return;
  sketch_.down = false;
  data::Stroke& stroke = state_.strokes.back();
  if (stroke.size() == 1) stroke.push_back({stroke[0].x + least_move, stroke[0].y});  // a dot
}

void Flow2dLab::follow_pen(Ui& ui, const Plane& plane) {
  const Touch touched = touch(ui, "sketch", plane.box);
  if (touched.hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_None);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const ImVec2 p = plane.plane(mouse);
  const bool held = touched.held && ImGui::IsMouseDown(0);
  if (touched.hovered || held) {
    sketch_.pen = {std::clamp(p.x, -reach, reach), std::clamp(p.y, -reach, reach)};
  }
  if (held) {
    ui.grabbed = true;
    sketch_.by_keys = false;
    if (!sketch_.down) {
      state_.strokes.push_back({sketch_.pen});
      sketch_.down = true;
    }
    pen_to({p.x, p.y});
  } else if (!sketch_.by_keys) {
    lift_pen();
  }
}

void Flow2dLab::follow_pen_keys(Ui& ui) {
  const auto own = {ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_UpArrow, ImGuiKey_DownArrow};
  if (ImGui::IsKeyPressed(ImGuiKey_Escape, false)) {
    close_sketch();
    return;
  }
  if (!sketch_.by_keys) return;
  for (const ImGuiKey key : own) ImGui::SetKeyOwner(key, pen_owner);
  ImGui::SetKeyOwner(ImGuiKey_Enter, pen_owner);
  const auto down = [](ImGuiKey key) { return ImGui::IsKeyDown(key, pen_owner) ? 1.0F : 0.0F; };
  const float speed = (ImGui::GetIO().KeyShift ? 0.5F : 2.0F) * ui.dt;
  const float dx = down(ImGuiKey_RightArrow) - down(ImGuiKey_LeftArrow);
  const float dy = down(ImGuiKey_UpArrow) - down(ImGuiKey_DownArrow);
  if (dx != 0 || dy != 0) pen_to({sketch_.pen.x + dx * speed, sketch_.pen.y + dy * speed});
  if (!ImGui::IsKeyPressed(ImGuiKey_Enter, pen_owner)) return;
  if (sketch_.down) {
    lift_pen();
  } else {
    state_.strokes.push_back({sketch_.pen});
    sketch_.down = true;
  }
}

void Flow2dLab::draw_strokes(const Ui& ui, const Plane& plane, float width, ImU32 color) const {
  ImDrawList& draw = ui.draw();
  for (const data::Stroke& stroke : state_.strokes) {
    for (const data::Point p : stroke) draw.PathLineTo(plane.screen(p.x, p.y));
    draw.PathStroke(color, 0, width);
    const ImVec2 first = plane.screen(stroke.front().x, stroke.front().y);
    const ImVec2 last = plane.screen(stroke.back().x, stroke.back().y);
    draw.AddCircleFilled(first, width / 2, color, 12);
    draw.AddCircleFilled(last, width / 2, color, 12);
  }
}

void Flow2dLab::draw_sketch(Ui& ui, const Plane& plane) {
  const Theme& theme = *ui.theme;
  draw_strokes(ui, plane, 7, faded(theme.text, 0.35F));
  follow_pen(ui, plane);  // before the buttons, which lie upon it
  Box bar = plane.box.inset(10).cut_bottom(36);
  const bool narrow = bar.w < 330;
  const float w = narrow ? 36.0F : 92.0F;
  const auto words = [&](const char* s) { return narrow ? std::string_view() : s; };
  if (button(ui, "sketch.done", bar.cut_right(96), Icon::check, strings_.done, Look::accent)) {
    close_sketch();
  }
  if (!state_.strokes.empty()) {
    if (button(ui, "sketch.undo", bar.cut_left(w), Icon::undo, words(strings_.undo), Look::plain)) {
      sketch_.down = false;
      state_.strokes.pop_back();
    }
    bar.cut_left(6);
    if (button(ui, "sketch.clear", bar.cut_left(w), Icon::clear, words(strings_.clear),
               Look::plain)) {
      sketch_.down = false;
      state_.strokes.clear();
    }
  }
  if (state_.strokes.empty()) {
    Box middle = plane.box.inset(20, 0);
    middle = {middle.x, plane.box.centre().y - 40, middle.w, 24};
    label(ui, ui.fonts.title, middle, theme.text, strings_.draw_hint, Align::centre);
    const ImVec2 size = text_size(ui.fonts.small, strings_.draw_keys, middle.w);
    text(ui, ui.fonts.small, {plane.box.centre().x - size.x / 2, middle.y + 34}, theme.muted,
         strings_.draw_keys, middle.w);
  }
  const ImVec2 pen = plane.screen(sketch_.pen.x, sketch_.pen.y);
  ui.draw().AddCircle(pen, 7, theme.accent, 20, 2);
  if (sketch_.down) ui.draw().AddCircleFilled(pen, 4, theme.accent, 16);
}

}  // namespace rivulet::ui
