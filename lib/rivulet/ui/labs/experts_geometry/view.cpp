// Plots and words of the lab, wide and on a phone.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/labs/experts_geometry/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

using experts_geometry::Room;
using models::ExpertRule;

constexpr float dial_row = dial_height + 10;

/// Of the rules, in their order.
std::array<ImU32, models::expert_rule_count> rule_colors(const Theme& theme) {
  return {theme.accent, theme.text, theme.rival, theme.data};
}

Series series_of(const models::ExpertErrors& errors) {
  Series out;
  for (size_t k = 0; k < errors.squared.size(); ++k) {
    out.add(static_cast<float>(k), errors.relative(static_cast<int>(k)));
  }
  return out;
}

}  // namespace

/// What each rule misses, over the number kept; the chosen one's curve is the strongest.
void ExpertsGeometryLab::draw_errors(Ui& ui, Box box) {
  const experts_geometry::Vectors& vectors = engine_->vectors();
  const auto colors = rule_colors(*ui.theme);
  std::array<Series, models::expert_rule_count> series;
  Plot plot{.title = words().error_title,
            .x_axis = words().error_axis,
            .curves = {},
            .x_end = static_cast<float>(state_.n),
            .mark = static_cast<float>(state_.kept()),
            .name = "errors"};
  for (size_t i = 0; i < series.size() && arranged(); ++i) {
    series[i] = series_of(vectors.errors[i]);
    const bool chosen = static_cast<size_t>(state_.rule) == i;
    plot.curves.push_back({&series[i], faded(colors[i], chosen ? 1.0F : 0.7F), chosen ? 3.0F : 1.5F,
                           words().curves[i]});
  }
  if (const auto k = draw_plot(ui, box, plot)) keep(static_cast<int>(std::lround(*k)));
}

/// The longest against the best at this k, over the overlap.
void ExpertsGeometryLab::draw_gap(Ui& ui, Box box) {
  const experts_geometry::Gap& gap = engine_->gap();
  std::array<Series, 2> series;
  const auto k = static_cast<size_t>(state_.kept());
  for (int i = 0; i < experts_geometry::overlap_count && gap.n == state_.n; ++i) {
    const auto at = static_cast<size_t>(i);
    if (gap.longest[at].size() <= k) break;
    series[0].add(experts_geometry::overlap_at(i), gap.longest[at][k]);
    series[1].add(experts_geometry::overlap_at(i), gap.best[at][k]);
  }
  const auto colors = rule_colors(*ui.theme);
  Plot plot{.title = words().gap_title,
            .x_axis = words().gap_axis,
            .curves = {{&series[0], colors[0], 2.5F, words().gap_curves[0]},
                       {&series[1], colors[1], 2.5F, words().gap_curves[1]}},
            .x_end = 1,
            .name = "gap"};
  if (state_.room == Room::many) plot.mark = state_.overlap;
  if (const auto overlap = draw_plot(ui, box, plot)) {
    state_.overlap = std::round(*overlap * 100) / 100;
    state_.room = Room::many;
    state_.heads.clear();
  }
}

std::array<FormulaLine, 3> ExpertsGeometryLab::formulas() const {
  namespace f = words::formulas::experts_geometry;
  const bool weighed = state_.weighed && state_.rule == ExpertRule::router;
  return {{{words().sum_label, f::sum[weighed ? 1 : 0]},
           {words().choice_label, f::choice[static_cast<size_t>(state_.rule)]},
           {words().error_label, f::error}}};
}

Explanation ExpertsGeometryLab::explanation(std::span<const FormulaLine> lines) const {
  return {.said = words().rule_text[static_cast<size_t>(state_.rule)],
          .seen = words().room_seen[static_cast<size_t>(state_.room)],
          .formulas = lines};
}

/// Returns the height used. The plots stand beside the arrows, the words below both.
float ExpertsGeometryLab::draw_wide(Ui& ui, Box area) {
  const float top = area.y;
  const auto lines = formulas();
  const Explanation said = explanation(lines);
  const float below = explanation_height(ui, said, area.w) + gap;
  const float side = std::clamp(area.h - caption_height - dial_row - below, 300.0F,
                                std::max(300.0F, area.w * 0.56F));
  Box upper = area.cut_top(caption_height + side + dial_row);
  Box left = upper.cut_left(side);
  draw_arrows(ui, left);
  draw_kept(ui, left.cut_bottom(dial_height));
  upper.cut_left(gap);
  upper.cut_top(caption_height);
  draw_errors(ui, upper.cut_top((upper.h - gap) / 2));
  upper.cut_top(gap);
  draw_gap(ui, upper);
  area.cut_top(gap);
  return area.y + draw_explanation(ui, said, {area.x, area.y, area.w, area.h}) - top;
}

float ExpertsGeometryLab::draw_narrow(Ui& ui, Box area) {
  const float top = area.y;
  draw_arrows(ui, area.cut_top(caption_height + area.w));
  area.cut_top(8);
  draw_kept(ui, area.cut_top(dial_height));
  area.cut_top(gap);
  draw_errors(ui, area.cut_top(230));
  area.cut_top(gap);
  const auto lines = formulas();
  area.cut_top(draw_explanation(ui, explanation(lines), {area.x, area.y, area.w, 0}) + gap);
  draw_gap(ui, area.cut_top(230));
  area.cut_top(gap);
  return area.y - top;
}

float ExpertsGeometryLab::draw_main(Ui& ui, Box area, bool narrow) {
  return narrow ? draw_narrow(ui, area) : draw_wide(ui, area);
}

}  // namespace rivulet::ui
