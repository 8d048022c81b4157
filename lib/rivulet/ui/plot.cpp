#include "rivulet/ui/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rivulet::ui {
namespace {

struct Range {
  float low = 0;
  float high = 1;
};

std::string short_count(float value) {
  if (value >= 1e6F) return fmt::format("{:.3g}M", value / 1e6F);
  if (value >= 1e3F) return fmt::format("{:.3g}k", value / 1e3F);
  return fmt::format("{:.3g}", value);
}

constexpr int most_ticks = 40;  // a step may be too small to change a large value

/// 1, 2 or 5 times a power of ten, about `count` of them in `span`.
float nice_step(float span, int count) {
  const float raw = std::max(span, 1e-6F) / static_cast<float>(count);
  const float power = std::pow(10.0F, std::floor(std::log10(raw)));
  for (const float m : {1.0F, 2.0F, 5.0F}) {
    if (raw <= m * power) return m * power;
  }
  return 10 * power;
}

Range value_range(const Plot& plot) {
  Range range{.low = INFINITY, .high = -INFINITY};
  for (const Curve& curve : plot.curves) {
    for (const auto& p : curve.series->points()) {
      if (!std::isfinite(p.y) || (plot.log_y && p.y <= 0)) continue;
      range.low = std::min(range.low, p.y);
      range.high = std::max(range.high, p.y);
    }
  }
  if (plot.level) {
    range.low = std::min(range.low, *plot.level);
    range.high = std::max(range.high, *plot.level);
  }
  if (range.low > range.high) return {0.1F, 1};
  if (plot.log_y) return {range.low * 0.7F, std::max(range.high * 1.25F, range.low * 4)};
  if (plot.from_zero) return {0, std::max(range.high * 1.08F, 1e-3F)};
  const float room = std::max(0.08F * (range.high - range.low), 1e-3F);
  return {range.low - (plot.level ? 2.5F : 1.0F) * room, range.high + room};  // the level's name
}

/// Where values lie on the screen.
class Axes {
 public:
  Axes(Box box, Range x, Range y, bool log_y) : box_(box), x_(x), y_(y), log_(log_y) {}
  [[nodiscard]] float x(float value) const {
    return box_.x + (value - x_.low) / (x_.high - x_.low) * box_.w;
  }
  [[nodiscard]] float y(float value) const {
    const float part = log_ ? std::log(std::max(value, 1e-9F) / y_.low) / std::log(y_.high / y_.low)
                            : (value - y_.low) / (y_.high - y_.low);
    return box_.y + box_.h * (1 - part);
  }
  [[nodiscard]] const Box& box() const { return box_; }

 private:
  Box box_;
  Range x_;
  Range y_;
  bool log_;
};

void tick(const Ui& ui, const Axes& axes, float value, bool named) {
  const float y = std::round(axes.y(value));
  const Box& box = axes.box();
  ui.draw().AddLine({box.x, y}, {box.x + box.w, y}, ui.theme->grid);
  if (!named) return;
  label(ui, ui.fonts.small, {box.x - 54, y - 8, 48, 16}, ui.theme->faint, short_count(value),
        Align::right);
}

void draw_y_axis(const Ui& ui, const Axes& axes, Range y, bool log_y) {
  if (!log_y) {
    const float step = nice_step(y.high - y.low, 4);
    const float first = std::ceil(y.low / step) * step;
    for (int i = 0; i < most_ticks; ++i) {
      const float v = first + static_cast<float>(i) * step;
      if (!(v <= y.high)) break;
      tick(ui, axes, std::abs(v) < 1e-3F * step ? 0 : v, true);
    }
    return;
  }
  const bool sparse = y.high / y.low > 30;
  for (float power = 1e-5F; power < 1e4F; power *= 10) {
    for (const float m : {1.0F, 2.0F, 5.0F}) {
      const float v = m * power;
      if (v >= y.low && v <= y.high) tick(ui, axes, v, m == 1.0F || !sparse);
    }
  }
}

void draw_x_axis(const Ui& ui, const Axes& axes, Range x) {
  const Box& box = axes.box();
  const float step = nice_step(x.high, static_cast<int>(box.w / 70) + 1);
  for (int i = 0; i < most_ticks; ++i) {
    const float v = static_cast<float>(i) * step;
    if (!(v <= x.high)) break;
    label(ui, ui.fonts.small, {axes.x(v) - 30, box.y + box.h + 4, 60, 16}, ui.theme->faint,
          short_count(v), Align::centre);
  }
}

void draw_level(const Ui& ui, const Axes& axes, const Plot& plot) {
  const float y = std::round(axes.y(*plot.level));
  const Box& box = axes.box();
  for (float x = box.x; x < box.x + box.w; x += 8) {
    ui.draw().AddLine({x, y}, {std::min(x + 4, box.x + box.w), y}, ui.theme->muted, 1.2F);
  }
  const bool room = y + 19 <= box.y + box.h;
  const ImVec2 at{box.x + 6, room ? y + 3 : y - 17};
  const ImVec2 size = text_size(ui.fonts.small, plot.level_name);
  ui.draw().AddRectFilled({at.x - 3, at.y}, {at.x + size.x + 3, at.y + size.y},
                          faded(ui.theme->card, 0.85F), 3);
  text(ui, ui.fonts.small, at, ui.theme->muted, plot.level_name);
}

/// Of a curve that ends beyond what is kept of it: an arrow upwards at its end.
void draw_gone(const Ui& ui, const Axes& axes, const Curve& curve, float most) {
  const auto& points = curve.series->points();
  if (points.empty() || points.back().y < 0.999F * most) return;
  const ImVec2 end{axes.x(points.back().x) - 3, axes.y(most)};
  ui.draw().AddTriangleFilled({end.x, end.y - 9}, {end.x - 6, end.y + 2}, {end.x + 6, end.y + 2},
                              curve.color);
}

void draw_mark(const Ui& ui, const Axes& axes, float at) {
  const float x = std::round(axes.x(at));
  const Box& box = axes.box();
  ui.draw().AddLine({x, box.y}, {x, box.y + box.h}, faded(ui.theme->accent, 0.6F), 1.5F);
}

/// A dot where a curve crosses the mark.
void draw_marked(const Ui& ui, const Axes& axes, const Plot& plot) {
  for (const Curve& curve : plot.curves) {
    const auto& points = curve.series->points();
    const auto next = std::ranges::lower_bound(points, *plot.mark, {}, &Series::Point::x);
    if (next == points.end()) continue;
    const auto before = next == points.begin() ? next : next - 1;
    const float way = next->x - before->x;
    const float part = way > 0 ? (*plot.mark - before->x) / way : 0;
    const ImVec2 at{axes.x(*plot.mark), axes.y(before->y + part * (next->y - before->y))};
    ui.draw().AddCircleFilled(at, curve.width + 2.5F, ui.theme->card, 16);
    ui.draw().AddCircleFilled(at, curve.width + 1, curve.color, 16);
  }
}

void draw_curve(const Ui& ui, const Axes& axes, const Curve& curve) {
  ImDrawList& draw = ui.draw();
  const auto& points = curve.series->points();
  for (const auto& p : points) draw.PathLineTo({axes.x(p.x), axes.y(p.y)});
  if (!curve.smooth) {
    draw.PathStroke(curve.color, 0, curve.width);
    return;
  }
  draw.PathStroke(faded(curve.color, 0.22F), 0, 1);
  double sum = 0;  // an exponential mean that knows how many values it has seen
  double weight = 0;
  for (const auto& p : points) {
    sum = 0.93 * sum + p.y;
    weight = 0.93 * weight + 1;
    draw.PathLineTo({axes.x(p.x), axes.y(static_cast<float>(sum / weight))});
  }
  draw.PathStroke(curve.color, 0, curve.width);
}

/// Names at the right ends, moved apart where they would touch.
void draw_names(const Ui& ui, const Axes& axes, const Plot& plot) {
  struct Name {
    float y;
    const Curve* curve;
  };
  std::vector<Name> names;
  for (const Curve& curve : plot.curves) {
    if (curve.name.empty() || curve.series->points().empty()) continue;
    names.push_back({axes.y(curve.series->points().back().y), &curve});
  }
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.y < b.y; });
  const float line = 14;
  const Box& box = axes.box();
  for (size_t i = 1; i < names.size(); ++i) {
    names[i].y = std::max(names[i].y, names[i - 1].y + line);
  }
  float limit = std::max(box.y + box.h + 4, box.y + line * static_cast<float>(names.size() - 1));
  for (size_t i = names.size(); i-- > 0;) {
    names[i].y = std::min(names[i].y, limit);
    limit = names[i].y - line;
  }
  for (const Name& name : names) {
    text(ui, ui.fonts.small, {box.x + box.w + 6, name.y - 8}, name.curve->color, name.curve->name);
  }
}

}  // namespace

std::optional<float> draw_plot(Ui& ui, Box box, const Plot& plot) {
  card(ui, box);
  Box inner = box.inset(14, 10);
  const Box head = inner.cut_top(22);
  label(ui, ui.fonts.strong, head, ui.theme->text, plot.title);
  const float room = head.w - text_size(ui.fonts.strong, plot.title).x - 16;
  if (text_size(ui.fonts.small, plot.x_axis).x < room) {
    label(ui, ui.fonts.small, head, ui.theme->faint, plot.x_axis, Align::right);
  }
  inner.cut_top(6);
  inner.cut_bottom(20);
  inner.cut_left(40);
  float margin = 0;
  float x_end = plot.x_end;
  for (const Curve& curve : plot.curves) {
    margin = std::max(margin, text_size(ui.fonts.small, curve.name).x + 8);
    if (!curve.series->points().empty()) x_end = std::max(x_end, curve.series->points().back().x);
  }
  inner.cut_right(margin);
  const Range y = value_range(plot);
  const Axes axes(inner, {0, x_end}, y, plot.log_y);
  draw_y_axis(ui, axes, y, plot.log_y);
  draw_x_axis(ui, axes, {0, x_end});
  ui.draw().PushClipRect({inner.x, inner.y - 2}, {inner.x + inner.w + 1, inner.y + inner.h + 2},
                         true);
  if (plot.mark) draw_mark(ui, axes, *plot.mark);
  for (const Curve& curve : plot.curves) draw_curve(ui, axes, curve);
  if (plot.level) draw_level(ui, axes, plot);
  ui.draw().PopClipRect();
  for (const Curve& curve : plot.curves) {
    if (plot.most) draw_gone(ui, axes, curve, *plot.most);
  }
  if (plot.mark) draw_marked(ui, axes, plot);
  draw_names(ui, axes, plot);
  if (!plot.name) return std::nullopt;
  const Touch touched = touch(ui, plot.name, inner.inset(-6));
  describe(ui, {.label = ui.words->common.plot});
  if (!touched.held) return std::nullopt;
  ui.grabbed = true;
  const float part = (ImGui::GetIO().MousePos.x - inner.x) / inner.w;
  return std::clamp(part, 0.0F, 1.0F) * x_end;
}

void draw_scatter(Ui& ui, Box box, const Scatter& scatter) {
  card(ui, box);
  Box inner = box.inset(14, 10);
  label(ui, ui.fonts.strong, inner.cut_top(22), ui.theme->text, scatter.title);
  label(ui, ui.fonts.small, inner.cut_top(18), ui.theme->faint, scatter.y_axis);
  inner.cut_bottom(20);
  inner.cut_left(34);
  // Nearly the largest: a few that lie beyond are drawn at the edge.
  std::vector<float> all(scatter.x.begin(), scatter.x.end());
  float top = 1;
  if (!all.empty()) {
    const auto nearly = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 995 / 1000);
    std::ranges::nth_element(all, nearly);
    top = std::max(1.1F * *nearly, 1e-3F);
  }
  const Axes axes(inner, {0, top}, {0, top}, false);
  draw_y_axis(ui, axes, {0, top}, false);
  draw_x_axis(ui, axes, {0, top});
  label(ui, ui.fonts.small, {inner.x, inner.y + inner.h - 19, inner.w - 4, 16}, ui.theme->faint,
        scatter.x_axis, Align::right);
  ui.draw().AddLine({axes.x(0), axes.y(0)}, {axes.x(top), axes.y(top)}, ui.theme->border, 1.5F);
  const size_t n = std::min(scatter.x.size(), scatter.y.size());
  constexpr float half = 1.8F;
  ui.draw().PrimReserve(static_cast<int>(3 * n), static_cast<int>(3 * n));
  for (size_t i = 0; i < n; ++i) {
    const ImVec2 at{axes.x(std::min(scatter.x[i], top)), axes.y(std::min(scatter.y[i], top))};
    for (size_t k = 0; k < 3; ++k) {
      ui.draw().PrimVtx({at.x + dot_corners[k].x * half, at.y + dot_corners[k].y * half},
                        ui.fonts.dot_uv[k], scatter.colors[i % scatter.colors.size()]);
    }
  }
}

}  // namespace rivulet::ui
