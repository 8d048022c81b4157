// Where all lies on the page, wide and on a phone, and the words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/models/distill_gaussian.h"
#include "rivulet/ui/labs/distill2d/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

using distill2d::Way;

constexpr float bar_height = 46;
constexpr float narrow_bar_height = 88;
constexpr float plots_width = 310;  // at least
constexpr float terms_height = 248;
constexpr float space = 12;

}  // namespace

void Distill2dLab::draw_l1(Ui& ui, Box box) {
  Plot plot{.title = words().l1_title,
            .x_axis = {},
            .curves = {},
            .log_y = true,
            .most = distill2d::most_l1};
  const distill2d::Progress& progress = engine_->progress();
  for (int side = 0; side < distill2d::sides && progress.run == training_.run(); ++side) {
    if (drifts(side)) continue;  // there is no such thing
    plot.curves.push_back(
        {&progress.of[static_cast<size_t>(side)].l1, side_color(ui, side), 2, name_of(side)});
  }
  draw_plot(ui, box, plot);
}

void Distill2dLab::draw_distances(Ui& ui, Box box) {
  Plot plot{.title = words().distance_title,
            .x_axis = {},
            .curves = {},
            .log_y = true,
            .most = distill2d::most_spread};
  const distill2d::Scores& scores = engine_->scores();
  for (int side = 0; side < distill2d::sides && scores.run == training_.run(); ++side) {
    plot.curves.push_back(
        {&scores.of[static_cast<size_t>(side)].distance, side_color(ui, side), 2, name_of(side)});
  }
  draw_plot(ui, box, plot);
}

/// With the data's, and where theory says that lambda > 1 turns.
void Distill2dLab::draw_spreads(Ui& ui, Box box) {
  Plot plot{.title = words().spread_title,
            .x_axis = common().training_steps_axis,
            .curves = {},
            .log_y = true,
            .level = data_spread(),
            .level_name = words().of_data,
            .most = distill2d::most_spread};
  const distill2d::Scores& scores = engine_->scores();
  const bool mine = scores.run == training_.run();
  for (int side = 0; side < distill2d::sides && mine; ++side) {
    const auto i = static_cast<size_t>(side);
    plot.curves.push_back({&scores.of[i].spread, side_color(ui, side), 2, name_of(side)});
    const float lambda = distill2d::lambda_of(way(side));
    // Theory speaks of one Gaussian: others turn earlier.
    if (drifts(side) || !(lambda > 1) || !state_.setup.gaussian) continue;
    const auto critical = static_cast<float>(models::wrong_beyond(lambda).scale);
    const float turns = distill2d::spread_at(critical, data_spread(), state_.level);
    thresholds_[i].clear();
    thresholds_[i].add(0, turns);
    thresholds_[i].add(static_cast<float>(std::max<int64_t>(scores.step, 50)), turns);
    plot.curves.push_back(
        {&thresholds_[i], faded(side_color(ui, side), 0.5F), 1,
         fmt::format(fmt::runtime(words().threshold), distill2d::name_of(way(side)))});
  }
  draw_plot(ui, box, plot);
}

std::vector<FormulaLine> Distill2dLab::formulas() const {
  namespace f = words::formulas::distill2d;
  const bool why = state_.view == View::why;
  std::vector<FormulaLine> lines;
  if (!why) lines.push_back({words().noised_label, f::noised});
  const auto kind = [&](int side) {
    return std::min<size_t>(static_cast<size_t>(way(side)), 2);  // L1, L3, the family
  };
  const bool one = drifts(1) || kind(0) == kind(1);
  for (int side = 0; side < (one ? 1 : 2); ++side) {
    lines.push_back({words().loss_label, f::losses[kind(side)]});
    if (why) lines.push_back({words().theory_label, f::theory[kind(side)]});
  }
  lines.push_back({words().fake_label, f::fake});
  if (drifts(1)) {
    const auto& drift = state_.setup.repulsion ? f::drift : f::attraction;
    lines.push_back({words().drift_label, drift[static_cast<size_t>(state_.setup.form)]});
  }
  return lines;
}

/// Which of the sentences speaks of it.
size_t Distill2dLab::text_of(int side) const {
  if (drifts(side)) return state_.setup.repulsion ? 9 : 10;
  if (way(side) == Way::l1) return 0;
  if (way(side) == Way::l3) return 1;
  const float lambda = distill2d::lambda_of(way(side));
  if (lambda < 0.5F) return lambda < 0 ? 2 : 3;
  if (lambda < 1) return lambda > 0.5F ? 5 : 4;
  if (lambda == 1) return 6;
  return lambda <= 1.2F ? 7 : 8;
}

std::string Distill2dLab::said() const {
  const char* left = words().way_text[text_of(0)];
  const char* right = words().way_text[text_of(1)];
  if (left == right) return fmt::format(fmt::runtime(words().alike_text), left);
  return fmt::format(fmt::runtime(words().both_text), left, right);
}

std::string Distill2dLab::what_is_seen() const {
  std::string seen = words().view_seen[static_cast<size_t>(state_.view)];
  const bool fields = state_.view != View::samples && state_.view != View::why;
  if (fields && drifts(1)) seen += words().drift_seen;
  return seen;
}

/// Returns the height used.
float Distill2dLab::draw_wide(Ui& ui, Box area) {
  const float top = area.y;
  const auto lines = formulas();
  const std::string words_now = said();
  const std::string seen = what_is_seen();
  const Explanation explained{.said = words_now, .seen = seen, .formulas = lines};
  const float below = explanation_height(ui, explained, area.w) + gap;
  const float others = caption_height + bar_height;
  const float widest = (area.w - plots_width - gap - space) / 2;
  const float side = std::clamp(area.h - below - others, std::min(300.0F, widest), widest);
  const float high = std::max(others + side, state_.view == View::why ? 540.0F : 470.0F);
  Box upper = area.cut_top(high);
  Box left = upper.cut_left(2 * side + space);
  upper.cut_left(gap);
  upper.cut_top(caption_height);
  const float plot = (upper.h - 2 * space) / 3;
  draw_distances(ui, upper.cut_top(plot));
  upper.cut_top(space);
  draw_l1(ui, upper.cut_top(plot));
  upper.cut_top(space);
  draw_spreads(ui, upper);
  if (state_.view == View::why) {
    draw_view_bar(ui, left.cut_bottom(bar_height), false);
    left.cut_top(caption_height);
    Box terms = left.cut_right(std::max(300.0F, left.w * 0.42F));
    left.cut_right(space);
    draw_phase(ui, left);
    const float height = (terms.h - space) / 2;
    draw_terms(ui, terms.cut_top(height), 0);
    terms.cut_top(space);
    draw_terms(ui, terms, 1);
  } else {
    const Box planes = left.cut_top(caption_height + side);
    for (int i = 0; i < distill2d::sides; ++i) draw_plane(ui, planes.column(i, 2, space), i);
    draw_view_bar(ui, left.cut_top(bar_height), false);
  }
  area.cut_top(gap);
  return area.y + draw_explanation(ui, explained, {area.x, area.y, area.w, area.h}) - top;
}

float Distill2dLab::draw_narrow(Ui& ui, Box area) {
  const float top = area.y;
  const auto lines = formulas();
  const std::string words_now = said();
  const std::string seen = what_is_seen();
  if (state_.view == View::why) {
    draw_phase(ui, area.cut_top(360));
    draw_view_bar(ui, area.cut_top(has_level() ? narrow_bar_height : bar_height), true);
    for (int i = 0; i < distill2d::sides; ++i) {
      area.cut_top(space);
      draw_terms(ui, area.cut_top(terms_height), i);
    }
  } else {
    const Box planes = area.cut_top(caption_height + (area.w - space) / 2);
    for (int i = 0; i < distill2d::sides; ++i) draw_plane(ui, planes.column(i, 2, space), i);
    draw_view_bar(ui, area.cut_top(has_level() ? narrow_bar_height : bar_height), true);
  }
  area.cut_top(space);
  draw_distances(ui, area.cut_top(170));
  area.cut_top(space);
  draw_spreads(ui, area.cut_top(190));
  area.cut_top(gap);
  area.cut_top(draw_explanation(ui, {.said = words_now, .seen = seen, .formulas = lines},
                                {area.x, area.y, area.w, 0}) +
               gap);
  draw_l1(ui, area.cut_top(170));
  area.cut_top(gap);
  return area.y - top;
}

float Distill2dLab::draw_main(Ui& ui, Box area, bool narrow) {
  return narrow ? draw_narrow(ui, area) : draw_wide(ui, area);
}

}  // namespace rivulet::ui
