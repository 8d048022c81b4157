// Plots and words of the lab, wide and on a phone.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/labs/experts_geometry/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

using experts_geometry::Room;
using experts_geometry::View;
using models::ExpertRule;

constexpr float dial_row = dial_height + 10;
constexpr float view_bar_height = 46;

/// Of the rules, in their order.
std::array<ImU32, models::expert_rule_count> rule_colors(const Theme& theme) {
  return {theme.accent, theme.text, theme.rival, theme.muted};
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
  const auto colors = rule_colors(*ui.theme);
  std::array<Series, models::expert_rule_count> series;
  Plot plot{.title = learns() ? words().layer_error_title : words().error_title,
            .x_axis = words().error_axis,
            .curves = {},
            .x_end = static_cast<float>(state_.n),
            .mark = static_cast<float>(state_.kept()),
            .name = "errors"};
  const bool known = learns() ? !is_new(engine_->ranking()) : arranged();
  const auto chosen = static_cast<size_t>(state_.rule);
  for (size_t i = 0; i < series.size() && known; ++i) {
    series[i] = series_of(errors()[i]);
    plot.curves.push_back({&series[i], faded(colors[i], i == chosen ? 1.0F : 0.75F),
                           i == chosen ? 3.0F : 1.5F, words().curves[i]});
  }
  // The chosen one lies upon the others.
  if (known)
    std::rotate(plot.curves.begin() + chosen, plot.curves.begin() + chosen + 1, plot.curves.end());
  if (const auto k = draw_plot(ui, box, plot)) keep(static_cast<int>(std::lround(*k)));
}

/// The longest against the best at this k, over the overlap.
void ExpertsGeometryLab::draw_gap(Ui& ui, Box box) {
  const experts_geometry::Gap& missed = engine_->gap();
  std::array<Series, 2> series;
  const auto k = static_cast<size_t>(state_.kept());
  for (int i = 0; i < experts_geometry::overlap_count && missed.n == state_.n; ++i) {
    const auto at = static_cast<size_t>(i);
    if (missed.longest[at].size() <= k) break;
    series[0].add(experts_geometry::overlap_at(i), missed.longest[at][k]);
    series[1].add(experts_geometry::overlap_at(i), missed.best[at][k]);
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

std::vector<FormulaLine> ExpertsGeometryLab::formulas() const {
  namespace f = words::formulas::experts_geometry;
  const bool weighed = state_.weighed && state_.rule == ExpertRule::router;
  if (!learns()) {
    std::vector<FormulaLine> lines = {
        {words().sum_label, f::sum[weighed ? 1 : 0]},
        {words().choice_label, f::choice[static_cast<size_t>(state_.rule)]},
        {words().error_label, f::error}};
    if (state_.room == Room::many) lines.push_back({words().overlap, f::angles});
    return lines;
  }
  return {{words().sum_label, f::layer[weighed ? 1 : 0]},
          {words().router_label, f::router},
          {words().choice_label, f::layer_choice[static_cast<size_t>(state_.rule)]},
          {words().loss_label, f::loss}};
}

Explanation ExpertsGeometryLab::explanation(std::span<const FormulaLine> lines) const {
  return {
      .said = learns() ? words().layer_text : words().rule_text[static_cast<size_t>(state_.rule)],
      .seen = learns() ? words().map_seen[static_cast<size_t>(state_.map)]
                       : words().room_seen[static_cast<size_t>(state_.room)],
      .formulas = lines};
}

void ExpertsGeometryLab::draw_view_bar(Ui& ui, Box row) {
  const std::vector<std::string> names(words().views.begin(), words().views.end());
  int view = static_cast<int>(state_.view);
  if (segments(ui, "view", {row.x, row.y, std::min(row.w, 420.0F), 38}, names, &view)) {
    state_.view = static_cast<View>(view);
  }
}

void ExpertsGeometryLab::draw_picture(Ui& ui, Box box) {
  if (learns()) {
    draw_layer(ui, box);
  } else {
    draw_vectors(ui, box);
  }
}

/// Returns the height used. The plots stand beside the picture, the words below both.
float ExpertsGeometryLab::draw_wide(Ui& ui, Box area) {
  const float top = area.y;
  const auto lines = formulas();
  const Explanation said = explanation(lines);
  const float below = explanation_height(ui, said, area.w) + gap;
  const float side = std::clamp(area.h - caption_height - dial_row - below, 320.0F,
                                std::max(320.0F, area.w * 0.52F));
  Box upper = area.cut_top(caption_height + side + dial_row);
  Box left = upper.cut_left(side);
  draw_picture(ui, left);
  draw_kept(ui, left.cut_bottom(dial_height));
  upper.cut_left(gap);
  upper.cut_top(caption_height);
  draw_errors(ui, upper.cut_top((upper.h - gap) / 2));
  upper.cut_top(gap);
  if (learns()) {
    draw_foresight(ui, upper.column(0, 2, gap));
    draw_correlation(ui, upper.column(1, 2, gap));
  } else {
    draw_gap(ui, upper);
  }
  area.cut_top(gap);
  return area.y + draw_explanation(ui, said, {area.x, area.y, area.w, area.h}) - top;
}

float ExpertsGeometryLab::draw_narrow(Ui& ui, Box area) {
  constexpr float plot_height = 230;
  const float top = area.y;
  draw_picture(ui, area.cut_top(caption_height + area.w));
  area.cut_top(8);
  draw_kept(ui, area.cut_top(dial_height));
  area.cut_top(gap);
  draw_errors(ui, area.cut_top(plot_height));
  area.cut_top(gap);
  const auto lines = formulas();
  area.cut_top(draw_explanation(ui, explanation(lines), {area.x, area.y, area.w, 0}) + gap);
  if (learns()) {
    draw_foresight(ui, area.cut_top(area.w));
    area.cut_top(gap);
    draw_correlation(ui, area.cut_top(plot_height));
  } else {
    draw_gap(ui, area.cut_top(plot_height));
  }
  area.cut_top(gap);
  return area.y - top;
}

float ExpertsGeometryLab::draw_main(Ui& ui, Box area, bool narrow) {
  draw_view_bar(ui, area.cut_top(view_bar_height));
  return view_bar_height + (narrow ? draw_narrow(ui, area) : draw_wide(ui, area));
}

}  // namespace rivulet::ui
