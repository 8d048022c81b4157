// Points, paths and arrows in the plane. Vertices are written by hand: thousands of marks a frame.
#include <algorithm>
#include <cmath>

#include "rivulet/ui/plot.h"

namespace rivulet::ui {
namespace {

/// A quad with the same texture coordinate everywhere: a flat line of some width, from a to b.
void segment(ImDrawList& draw, ImVec2 a, ImVec2 b, float half, ImU32 from, ImU32 to, ImVec2 uv) {
  const float dx = b.x - a.x;
  const float dy = b.y - a.y;
  const float length = std::sqrt(dx * dx + dy * dy) + 1e-6F;
  const float nx = -dy / length * half;
  const float ny = dx / length * half;
  const auto first = static_cast<ImDrawIdx>(draw._VtxCurrentIdx);
  for (const int i : {0, 1, 2, 0, 2, 3}) draw.PrimWriteIdx(static_cast<ImDrawIdx>(first + i));
  draw.PrimWriteVtx({a.x + nx, a.y + ny}, uv, from);
  draw.PrimWriteVtx({a.x - nx, a.y - ny}, uv, from);
  draw.PrimWriteVtx({b.x - nx, b.y - ny}, uv, to);
  draw.PrimWriteVtx({b.x + nx, b.y + ny}, uv, to);
}

}  // namespace

void begin_layer(const char* name, Box box) {
  const Box outer = box.inset(-4);  // room for the ring of the keyboard
  ImGui::SetCursorScreenPos(outer.min());
  ImGui::BeginChild(name, {outer.w, outer.h}, ImGuiChildFlags_None,
                    ImGuiWindowFlags_NavFlattened | ImGuiWindowFlags_NoScrollWithMouse |
                        ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoBackground);
}

void end_layer() { ImGui::EndChild(); }

void begin_plane(const Ui& ui, const Plane& plane, bool axes) {
  card(ui, plane.box);
  const Box inner = plane.box.inset(1);
  ui.draw().PushClipRect(inner.min(), inner.max(), true);
  if (!axes) return;
  for (int i = -2; i <= 2; ++i) {
    const auto at = static_cast<float>(i);
    const ImU32 color = i == 0 ? ui.theme->border : ui.theme->grid;
    const ImVec2 p = plane.screen(at, at);
    ui.draw().AddLine({std::round(p.x), inner.y}, {std::round(p.x), inner.y + inner.h}, color);
    ui.draw().AddLine({inner.x, std::round(p.y)}, {inner.x + inner.w, std::round(p.y)}, color);
  }
}

void end_plane(const Ui& ui) { ui.draw().PopClipRect(); }

void draw_points(const Ui& ui, const Plane& plane, std::span<const float> xy, float size,
                 ImU32 color) {
  ImDrawList& draw = ui.draw();
  const auto n = static_cast<int>(xy.size() / 2);
  const float half = size / 2;
  const float sx = plane.box.w / 6;
  const float sy = -plane.box.h / 6;
  const float ox = plane.box.x + plane.box.w / 2;
  const float oy = plane.box.y + plane.box.h / 2;
  draw.PrimReserve(3 * n, 3 * n);
  for (int i = 0; i < n; ++i) {
    const float x = ox + sx * xy[static_cast<size_t>(2 * i)];
    const float y = oy + sy * xy[static_cast<size_t>(2 * i + 1)];
    for (size_t k = 0; k < 3; ++k) {
      draw.PrimVtx({x + dot_corners[k].x * half, y + dot_corners[k].y * half}, ui.fonts.dot_uv[k],
                   color);
    }
  }
}

void draw_paths(const Ui& ui, const Plane& plane, std::span<const float> frames, int points,
                int stride, float until, ImU32 color) {
  const auto count = static_cast<int>(frames.size() / static_cast<size_t>(2 * points));
  if (count < 2) return;
  ImDrawList& draw = ui.draw();
  const int last = count - 1;
  const int hop = std::max(1, last / 32);  // more corners than that cannot be seen
  const auto at = [&](float frame, int point) {
    const int k = std::min(static_cast<int>(frame), last - 1);
    const float part = frame - static_cast<float>(k);
    const float* a = &frames[static_cast<size_t>((k * points + point) * 2)];
    const float* b = a + 2 * points;
    return plane.screen(a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part);
  };
  const float end = std::clamp(until, 0.0F, 1.0F) * static_cast<float>(last);
  const auto segments = static_cast<int>(std::ceil(end / static_cast<float>(hop)));
  const int paths = (points + stride - 1) / stride;
  draw.PrimReserve(6 * segments * paths, 4 * segments * paths);
  const auto shade = [&](float frame) {
    return faded(color, 0.08F + 0.5F * frame / static_cast<float>(last));
  };
  for (int point = 0; point < points; point += stride) {
    for (int s = 0; s < segments; ++s) {
      const auto from = static_cast<float>(s * hop);
      const float to = std::min(from + static_cast<float>(hop), end);
      segment(draw, at(from, point), at(to, point), 0.6F, shade(from), shade(to),
              ImGui::GetFontTexUvWhitePixel());
    }
  }
}

void draw_lines(const Ui& ui, const Plane& plane, std::span<const float> xy, int per_line,
                float width, ImU32 color) {
  if (xy.empty()) return;
  const auto points = static_cast<int>(xy.size() / 2);
  const int lines = points / per_line;
  ImDrawList& draw = ui.draw();
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  const auto at = [&](int i) {
    const auto k = static_cast<size_t>(2 * i);
    return plane.screen(std::clamp(xy[k], -60.0F, 60.0F), std::clamp(xy[k + 1], -60.0F, 60.0F));
  };
  draw.PrimReserve(6 * lines * (per_line - 1), 4 * lines * (per_line - 1));
  for (int line = 0; line < lines; ++line) {
    for (int i = 0; i + 1 < per_line; ++i) {
      const int k = line * per_line + i;
      segment(draw, at(k), at(k + 1), width / 2, color, color, uv);
    }
  }
}

void draw_arrows(const Ui& ui, const Plane& plane, std::span<const float> at,
                 std::span<const float> velocity, ImU32 slow, ImU32 fast) {
  const size_t n = std::min(at.size(), velocity.size()) / 2;
  float top = 1e-3F;
  for (size_t i = 0; i < n; ++i) {
    top = std::max(top, std::hypot(velocity[2 * i], velocity[2 * i + 1]));
  }
  ImDrawList& draw = ui.draw();
  draw.PrimReserve(static_cast<int>(9 * n), static_cast<int>(7 * n));
  const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
  const float cell = plane.box.w / std::sqrt(static_cast<float>(n));
  for (size_t i = 0; i < n; ++i) {
    const float vx = velocity[2 * i];
    const float vy = -velocity[2 * i + 1];
    const float speed = std::hypot(vx, vy);
    const float part = std::sqrt(speed / top);  // long arrows must not hide the short ones
    const float length = cell * (0.25F + 0.6F * part);
    const float ux = vx / (speed + 1e-6F);
    const float uy = vy / (speed + 1e-6F);
    const ImVec2 mid = plane.screen(at[2 * i], at[2 * i + 1]);
    const ImVec2 tail{mid.x - ux * length / 2, mid.y - uy * length / 2};
    const ImVec2 tip{mid.x + ux * length / 2, mid.y + uy * length / 2};
    const ImU32 color = mixed(slow, fast, part);
    const float head = cell * 0.22F;
    segment(draw, tail, {tip.x - ux * head, tip.y - uy * head}, 0.8F, faded(color, 0.4F), color,
            uv);
    const auto first = static_cast<ImDrawIdx>(draw._VtxCurrentIdx);
    for (const int k : {0, 1, 2}) draw.PrimWriteIdx(static_cast<ImDrawIdx>(first + k));
    draw.PrimWriteVtx(tip, uv, color);
    draw.PrimWriteVtx({tip.x - ux * head - uy * head * 0.5F, tip.y - uy * head + ux * head * 0.5F},
                      uv, color);
    draw.PrimWriteVtx({tip.x - ux * head + uy * head * 0.5F, tip.y - uy * head - ux * head * 0.5F},
                      uv, color);
  }
}

}  // namespace rivulet::ui
