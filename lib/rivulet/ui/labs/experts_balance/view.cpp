// Where all lies on the page, wide and on a phone, and the words.
#include <algorithm>

#include "rivulet/ui/labs/experts_balance/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

constexpr float bar_height = 46;
constexpr float loads_height = 118;
constexpr float thresholds_height = 130;
constexpr float plots_width = 380;  // at least
constexpr float space = 12;
constexpr float scores_height = 112;
constexpr float key_height = 24;

}  // namespace

std::vector<FormulaLine> ExpertsBalanceLab::formulas() const {
  namespace f = words::formulas::experts_balance;
  const experts_balance::Setup& setup = state_.setup;
  const size_t layer = static_cast<size_t>(setup.gate) + (setup.shared ? 3 : 0);
  std::vector<FormulaLine> lines = {
      {words().layer_label, f::layer[layer]},
      {words().choice_label, f::choice[static_cast<size_t>(setup.router)]},
      {words().remedy_label, f::remedies[static_cast<size_t>(remedy(0))]}};
  if (remedy(0) != remedy(1)) {
    lines.push_back({words().remedy_label, f::remedies[static_cast<size_t>(remedy(1))]});
  }
  lines.push_back({words().violation_label, f::violation});
  return lines;
}

Explanation ExpertsBalanceLab::explanation(std::span<const FormulaLine> lines) const {
  const char* said = words().remedy_text[static_cast<size_t>(remedy(1))];
  return {.said = stands_still() ? words().renormalised_text : said,
          .seen = words().view_seen[static_cast<size_t>(state_.view)],
          .formulas = lines};
}

/// Tokens at the left, baskets and scores at the right.
void ExpertsBalanceLab::draw_hand_wide(Ui& ui, Box box) {
  draw_view_bar(ui, box.cut_bottom(bar_height));
  const float side = std::min(box.h - caption_height - key_height, box.w * 0.48F);
  draw_tokens(ui, box.cut_left(side));
  box.cut_left(gap);
  draw_hand_bar(ui, box.cut_bottom(36));
  box.cut_bottom(8);
  draw_scores(ui, box.cut_bottom(scores_height));
  box.cut_bottom(8);
  draw_baskets(ui, box);
  drag_tokens(ui);
}

/// Returns the height used.
float ExpertsBalanceLab::draw_wide(Ui& ui, Box area) {
  const float top = area.y;
  const auto lines = formulas();
  const Explanation said = explanation(lines);
  const float below = explanation_height(ui, said, area.w) + gap;
  const float others = caption_height + bar_height + loads_height + space;
  const float widest = (area.w - plots_width - gap - space) / 2;
  const float side = std::clamp(area.h - below - others, std::min(280.0F, widest), widest);
  Box upper = area.cut_top(others + side);
  if (state_.view == View::hand) {
    draw_hand_wide(ui, upper);
  } else {
    Box left = upper.cut_left(2 * side + space);
    upper.cut_left(gap);
    upper.cut_top(caption_height);
    const Box thresholds = upper.cut_bottom(thresholds_height);
    upper.cut_bottom(space);
    draw_violation(ui, upper.cut_top((upper.h - space) / 2));
    upper.cut_top(space);
    draw_errors(ui, upper);
    const Box maps = left.cut_top(caption_height + side);
    draw_view_bar(ui, left.cut_top(bar_height));
    left.cut_top(space);
    for (int i = 0; i < experts_balance::sides; ++i) {
      draw_map(ui, maps.column(i, 2, space), i);
      draw_loads(ui, left.column(i, 2, space), i);
      draw_thresholds(ui, thresholds.column(i, 2, space), i);
    }
  }
  area.cut_top(gap);
  return area.y + draw_explanation(ui, said, {area.x, area.y, area.w, area.h}) - top;
}

float ExpertsBalanceLab::draw_narrow(Ui& ui, Box area) {
  const float top = area.y;
  const auto lines = formulas();
  const auto explain = [&] {
    area.cut_top(gap);
    area.cut_top(draw_explanation(ui, explanation(lines), {area.x, area.y, area.w, 0}) + gap);
  };
  if (state_.view == View::hand) {
    draw_tokens(ui, area.cut_top(caption_height + area.w));
    area.cut_top(key_height);
    draw_baskets(ui, area.cut_top(caption_height + 190));
    drag_tokens(ui);
    area.cut_top(8);
    draw_scores(ui, area.cut_top(scores_height));
    area.cut_top(8);
    draw_hand_bar(ui, area.cut_top(36));
    draw_view_bar(ui, area.cut_top(bar_height));
    explain();
    return area.y - top;
  }
  const Box maps = area.cut_top(caption_height + (area.w - space) / 2);
  draw_view_bar(ui, area.cut_top(bar_height));
  area.cut_top(space);
  const Box loads = area.cut_top(loads_height);
  area.cut_top(space);
  draw_violation(ui, area.cut_top(200));
  explain();
  draw_errors(ui, area.cut_top(200));
  area.cut_top(gap);
  const Box thresholds = area.cut_top(150);
  for (int i = 0; i < experts_balance::sides; ++i) {
    draw_map(ui, maps.column(i, 2, space), i);
    draw_loads(ui, loads.column(i, 2, space), i);
    draw_thresholds(ui, thresholds.column(i, 2, space), i);
  }
  area.cut_top(gap);
  return area.y - top;
}

float ExpertsBalanceLab::draw_main(Ui& ui, Box area, bool narrow) {
  return narrow ? draw_narrow(ui, area) : draw_wide(ui, area);
}

}  // namespace rivulet::ui
