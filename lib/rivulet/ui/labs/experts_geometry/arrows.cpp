// The vectors and their sums as arrows: in the plane, where heads can be dragged, or in a space
// that can be turned.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/experts_geometry/lab.h"

namespace rivulet::ui {
namespace {

using experts_geometry::Room;

constexpr float magnified = 3;  ///< the layer's arrows, as the words say
constexpr float head_length = 13;
constexpr float grip = 16;  ///< how near to a head the pointer takes hold of it

struct ArrowLook {
  ImU32 color = 0;
  float width = 2;
};

void draw_arrow(ImDrawList& draw, ImVec2 from, ImVec2 to, ArrowLook look) {
  const float dx = to.x - from.x;
  const float dy = to.y - from.y;
  const float length = std::hypot(dx, dy);
  if (length < 1) return;
  const ImVec2 along{dx / length, dy / length};
  const float head = std::min(head_length * (0.7F + 0.15F * look.width), 0.6F * length);
  const ImVec2 neck{to.x - along.x * head, to.y - along.y * head};
  draw.AddLine(from, {neck.x + along.x, neck.y + along.y}, look.color, look.width);
  const float half = head * 0.42F;
  draw.AddTriangleFilled(to, {neck.x - along.y * half, neck.y + along.x * half},
                         {neck.x + along.y * half, neck.y - along.x * half}, look.color);
}

void draw_dashes(ImDrawList& draw, ImVec2 from, ImVec2 to, ImU32 color) {
  const float length = std::hypot(to.x - from.x, to.y - from.y);
  const auto at = [&](float way) {
    const float part = std::min(way / std::max(length, 1e-3F), 1.0F);
    return ImVec2{from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part};
  };
  for (float way = 0; way < length; way += 9) draw.AddLine(at(way), at(way + 5), color, 2);
}

std::span<const float> point_of(std::span<const float> points, size_t i) {
  return points.subspan(3 * i, 3);
}

}  // namespace

/// From the point held, or the origin. In space, seen from afar: z is up, `yaw` turns about it,
/// `pitch` lifts the eye.
ImVec2 ExpertsGeometryLab::screen(const Plane& plane, std::span<const float> point) const {
  if (learns()) {
    return plane.screen(state_.held.x + magnified * point[0], state_.held.y + magnified * point[1]);
  }
  if (state_.room == Room::plane) return plane.screen(point[0], point[1]);
  constexpr float lowered = 1.7F;  // the sum of many dimensions points upwards
  const float foot = state_.room == Room::many ? lowered : 0.0F;
  const float across = std::cos(state_.yaw) * point[0] - std::sin(state_.yaw) * point[1];
  const float away = std::sin(state_.yaw) * point[0] + std::cos(state_.yaw) * point[1];
  return plane.screen(across,
                      std::cos(state_.pitch) * point[2] + std::sin(state_.pitch) * away - foot);
}

/// A round floor with the vectors' shadows, and the three axes: so the eye sees how it is turned.
void ExpertsGeometryLab::draw_space(Ui& ui, const Plane& plane) const {
  ImDrawList& draw = ui.draw();
  const auto at = [&](float x, float y, float z) {
    return screen(plane, std::array<float, 3>{x, y, z});
  };
  constexpr int corners = 72;
  for (const float radius : {1.0F, 2.0F}) {
    for (int i = 0; i < corners; ++i) {
      const float angle = 6.2831853F * static_cast<float>(i) / corners;
      draw.PathLineTo(at(radius * std::cos(angle), radius * std::sin(angle), 0));
    }
    draw.PathStroke(ui.theme->border, ImDrawFlags_Closed, 1);
  }
  constexpr float reach = 2.4F;
  draw.AddLine(at(-reach, 0, 0), at(reach, 0, 0), ui.theme->border);
  draw.AddLine(at(0, -reach, 0), at(0, reach, 0), ui.theme->border);
  draw.AddLine(at(0, 0, -reach), at(0, 0, reach), ui.theme->border);
  for (size_t i = 0; 3 * i < seen_.size(); ++i) {
    const auto v = point_of(seen_, i);
    draw.AddLine(at(0, 0, 0), at(v[0], v[1], 0), faded(ui.theme->data, 0.25F), 1.5F);
    draw.AddLine(at(v[0], v[1], 0), screen(plane, v), faded(ui.theme->data, 0.25F));
  }
}

/// The kept vectors head to tail, their sum, the sum of all, and what is missing between the two.
void ExpertsGeometryLab::draw_sums(Ui& ui, const Plane& plane) const {
  ImDrawList& draw = ui.draw();
  std::array<float, 3> all{};
  std::array<float, 3> kept{};
  const ImVec2 origin = screen(plane, kept);
  ImVec2 last = origin;
  for (size_t i = 0; i < weights_.size(); ++i) {
    const auto v = point_of(seen_, i);
    for (size_t d = 0; d < 3; ++d) {
      all[d] += v[d];
      kept[d] += weights_[i] * v[d];
    }
    const ImVec2 next = screen(plane, kept);
    if (weights_[i] > 0.02F) {
      draw.AddLine(last, next, faded(category(*ui.theme, static_cast<int>(i)), 0.45F), 1.5F);
    }
    last = next;
  }
  const ImVec2 whole = screen(plane, all);
  draw_dashes(draw, last, whole, ui.theme->error);
  draw_arrow(draw, origin, whole, {.color = ui.theme->text, .width = 4.5F});
  draw_arrow(draw, origin, last, {.color = ui.theme->accent, .width = 4.5F});
  const auto name = [&](ImVec2 tip, const char* said, ImU32 color) {
    const ImVec2 size = text_size(ui.fonts.strong, said);
    const float x = tip.x >= origin.x ? tip.x + 8 : tip.x - 8 - size.x;
    const Box& box = plane.box;
    text(ui, ui.fonts.strong,
         {std::clamp(x, box.x + 4, box.x + box.w - size.x - 4),
          std::clamp(tip.y - size.y / 2, box.y + 4, box.y + box.h - size.y - 4)},
         color, said);
  };
  name(whole, words().sum, ui.theme->text);
  if (std::hypot(whole.x - last.x, whole.y - last.y) < 24) return;
  // Beside each other the two names would touch.
  constexpr float line = 18;
  const float below = last.y >= whole.y ? line : -line;
  const bool touch = std::abs(last.y - whole.y) < line;
  name({last.x, touch ? whole.y + below : last.y}, words().kept_sum, ui.theme->accent);
}

/// The head nearest to the pointer, within its reach; -1: none.
int ExpertsGeometryLab::head_near(const Plane& plane, ImVec2 at, float reach) const {
  int found = -1;
  for (size_t i = 0; 3 * i < seen_.size(); ++i) {
    const ImVec2 head = screen(plane, point_of(seen_, i));
    const float distance = std::hypot(head.x - at.x, head.y - at.y);
    if (distance >= reach) continue;
    reach = distance;
    found = static_cast<int>(i);
  }
  return found;
}

/// From then on the arrows are the visitor's own.
void ExpertsGeometryLab::move_head(int i, data::Point to) {
  constexpr float edge = 2.95F;
  if (state_.heads.empty()) {
    const std::vector<float>& seen = vectors().seen;
    for (size_t at = 0; at < seen.size(); at += 3) state_.heads.push_back({seen[at], seen[at + 1]});
  }
  state_.heads[static_cast<size_t>(i)] = {std::clamp(to.x, -edge, edge),
                                          std::clamp(to.y, -edge, edge)};
}

/// Press near a head and drag it, or Shift and arrows.
void ExpertsGeometryLab::drag_heads(Ui& ui, const Plane& plane) {
  const Touch touched = touch(ui, "arrows", plane.box);
  describe(ui, {.label = ui.words->common.plane});
  if (!arranged()) return;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const float reach = ui.phone ? 2 * grip : grip;
  chosen_ = std::min(chosen_, state_.n - 1);
  ringed_ = touched.focused;
  if (touched.held && ImGui::IsMouseDown(0)) {
    if (ImGui::IsMouseClicked(0)) dragged_ = head_near(plane, mouse, reach);
    if (dragged_ < 0) return;
    ui.grabbed = true;
    chosen_ = dragged_;
    const ImVec2 p = plane.plane(mouse);
    move_head(dragged_, {p.x, p.y});
    return;
  }
  dragged_ = -1;
  if (touched.hovered && head_near(plane, mouse, reach) >= 0) {
    ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  }
  constexpr float step = 0.05F;
  const ImVec2 push = pushed(touched);
  if (push.x == 0 && push.y == 0) return;
  const auto at = static_cast<size_t>(chosen_);
  const auto seen = point_of(vectors().seen, at);
  const data::Point head = state_.heads.empty() ? data::Point{seen[0], seen[1]} : state_.heads[at];
  move_head(chosen_, {head.x + step * push.x, head.y + step * push.y});
}

/// Drag, or Shift and arrows.
void ExpertsGeometryLab::turn(Ui& ui, const Touch& touched) {
  constexpr float full = 6.2831853F;
  float yaw = 0;
  float pitch = 0;
  if (touched.held && ImGui::IsMouseDragging(0, 0)) {
    ui.grabbed = true;
    yaw = -0.008F * ImGui::GetIO().MouseDelta.x;
    pitch = -0.008F * ImGui::GetIO().MouseDelta.y;
  } else {
    const ImVec2 push = pushed(touched);
    yaw = -0.03F * push.x;
    pitch = 0.03F * push.y;
  }
  state_.yaw = std::remainder(state_.yaw + yaw, full);
  state_.pitch = std::clamp(state_.pitch + pitch, -1.5F, 1.5F);
}

/// Every vector, the kept ones in full colour, and the sums.
void ExpertsGeometryLab::draw_bundle(Ui& ui, const Plane& plane) const {
  if (weights_.size() * 3 != seen_.size() || seen_.empty()) return;
  const bool mine = state_.room == Room::plane && !learns();
  const ImVec2 origin = screen(plane, std::array<float, 3>{});
  for (size_t i = 0; i < weights_.size(); ++i) {
    const float kept = std::min(weights_[i], 1.0F);
    const ImU32 color = faded(category(*ui.theme, static_cast<int>(i)), 0.28F + 0.72F * kept);
    const ImVec2 tip = screen(plane, point_of(seen_, i));
    draw_arrow(ui.draw(), origin, tip, {.color = color, .width = 1.8F + 1.4F * kept});
    const bool held = static_cast<int>(i) == (ringed_ ? chosen_ : dragged_);
    if (mine) ui.draw().AddCircle(tip, 8, color, 20, held ? 3.5F : 1.2F);
  }
  draw_sums(ui, plane);
}

void ExpertsGeometryLab::draw_caption(Ui& ui, Box row, const char* said) const {
  label(ui, ui.fonts.strong, row, ui.theme->text, said);
  if (!arranged()) return;
  const models::ExpertErrors& rule = vectors().errors[static_cast<size_t>(state_.rule)];
  label(ui, ui.fonts.strong, row, ui.theme->error,
        fmt::format(fmt::runtime(words().misses), 100 * rule.relative(state_.kept())),
        Align::right);
}

void ExpertsGeometryLab::draw_vectors(Ui& ui, Box box) {
  draw_caption(ui, box.cut_top(caption_height), words().vectors_title);
  const Plane plane{box.cut_top(box.w)};
  begin_layer("arrows.layer", plane.box);
  begin_plane(ui, plane, state_.room == Room::plane);
  if (state_.room == Room::plane) {
    drag_heads(ui, plane);
  } else {
    const Touch touched = touch(ui, "arrows", plane.box);
    describe(ui, {.label = ui.words->common.plane});
    turn(ui, touched);
    draw_space(ui, plane);
  }
  draw_bundle(ui, plane);
  end_plane(ui);
  end_layer();
}

}  // namespace rivulet::ui
