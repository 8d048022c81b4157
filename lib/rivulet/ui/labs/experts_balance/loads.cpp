// Load and thresholds of the experts, and how both networks fare.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/experts_balance/lab.h"

namespace rivulet::ui {

using experts_balance::Fate;

/// Of each expert now, beside the line of an even share.
void ExpertsBalanceLab::draw_bars(Ui& ui, Box box, int side) {
  const std::vector<float>& bars = bars_[static_cast<size_t>(side)];
  const auto n = static_cast<int>(bars.size());
  if (n == 0) return;
  const float even = 1 / static_cast<float>(n);
  const float most = std::max(2.2F * even, std::ranges::max(bars));
  for (int i = 0; i < n; ++i) {
    const Box cell = box.column(i, n, n > 8 ? 2.0F : 3.0F);
    const float height = std::max(2.0F, bars[static_cast<size_t>(i)] / most * cell.h);
    ui.draw().AddRectFilled({cell.x, cell.y + cell.h - height}, cell.max(), category(*ui.theme, i),
                            2);
  }
  const float y = std::round(box.y + box.h * (1 - even / most));
  ui.draw().AddLine({box.x, y}, {box.x + box.w, y}, faded(ui.theme->text, 0.7F), 1.2F);
}

/// The shares of all experts over training, one upon the other.
void ExpertsBalanceLab::draw_stack(Ui& ui, Box box, int side) const {
  const std::vector<Series>& load = fate(side).load;
  if (load.empty() || load[0].points().size() < 2) return;
  const std::vector<Series::Point>& points = load[0].points();
  const float first = points.front().x;
  const float span = points.back().x - first;
  const auto x = [&](size_t j) { return std::round(box.x + (points[j].x - first) / span * box.w); };
  const size_t stride = std::max<size_t>(1, points.size() / 120);
  for (size_t j = 0; j + 1 < points.size(); j += stride) {
    const size_t next = std::min(j + stride, points.size() - 1);
    float bottom = box.y + box.h;
    for (size_t i = 0; i < load.size(); ++i) {
      const float top = bottom - load[i].points()[j].y * box.h;
      ui.draw().AddRectFilled({x(j), top}, {x(next), bottom},
                              category(*ui.theme, static_cast<int>(i)));
      bottom = top;
    }
  }
}

/// Bars now, and shares over training.
void ExpertsBalanceLab::draw_loads(Ui& ui, Box box, int side) {
  card(ui, box);
  ui.boxes.emplace_back(side == 0 ? "load.left" : "load.right", box);
  Box inner = box.inset(12, 8);
  Box head = inner.cut_top(20);
  const Fate& of = fate(side);
  label(ui, ui.fonts.strong, head, ui.theme->text, words().load_title);
  head.cut_left(std::min(head.w, text_size(ui.fonts.strong, words().load_title).x + 10));
  const auto idle = std::ranges::count_if(of.last_load, [&](float share) {
    return share * static_cast<float>(of.last_load.size()) < 0.05F;
  });
  std::string said = fmt::format(fmt::runtime(words().used), of.per_token);
  if (idle > 0) said = fmt::format(fmt::runtime(words().idle), idle, of.last_load.size());
  if (begun()) {
    label(ui, ui.fonts.small, head, idle > 0 ? ui.theme->error : ui.theme->muted, said,
          Align::right);
  }
  inner.cut_top(4);
  if (begun()) {
    const bool still = of.moved < 1e-6F;
    label(ui, ui.fonts.small, inner.cut_bottom(18), still ? ui.theme->error : ui.theme->faint,
          still ? std::string(words().stands)
                : fmt::format(fmt::runtime(words().moved), 100 * of.moved));
  }
  draw_bars(ui, inner.cut_left(inner.w * 0.46F), side);
  inner.cut_left(10);
  draw_stack(ui, inner, side);
}

/// Each expert's threshold over training.
void ExpertsBalanceLab::draw_thresholds(Ui& ui, Box box, int side) {
  const std::vector<Series>& of = fate(side).threshold;
  if (begun() && of.empty()) {
    card(ui, box);
    const Box inner = box.inset(14, 10);
    label(ui, ui.fonts.strong, {inner.x, inner.y, inner.w, 22}, ui.theme->text,
          words().threshold_title);
    label(ui, ui.fonts.small, box, ui.theme->muted, words().no_thresholds, Align::centre);
    return;
  }
  Plot plot{.title = words().threshold_title, .x_axis = {}, .curves = {}, .from_zero = false};
  for (size_t i = 0; i < of.size(); ++i) {
    plot.curves.push_back({&of[i], category(*ui.theme, static_cast<int>(i)), 1.5F, ""});
  }
  draw_plot(ui, box, plot);
}

void ExpertsBalanceLab::draw_violation(Ui& ui, Box box) {
  Plot plot{.title = words().violation_title,
            .x_axis = common().training_steps_axis,
            .curves = {},
            .log_y = true};
  for (int side = 0; side < experts_balance::sides; ++side) {
    plot.curves.push_back({&fate(side).violation, side_color(ui, side), 2,
                           words().remedies[static_cast<size_t>(remedy(side))]});
  }
  draw_plot(ui, box, plot);
}

void ExpertsBalanceLab::draw_errors(Ui& ui, Box box) {
  const experts_balance::Errors& errors = engine_->errors();
  Plot plot{.title = words().error_title,
            .x_axis = common().training_steps_axis,
            .curves = {},
            .log_y = true};
  for (int side = 0; side < experts_balance::sides && errors.run == training_.run(); ++side) {
    plot.curves.push_back({&errors.series[static_cast<size_t>(side)], side_color(ui, side), 2,
                           words().remedies[static_cast<size_t>(remedy(side))]});
  }
  draw_plot(ui, box, plot);
}

}  // namespace rivulet::ui
