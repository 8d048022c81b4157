// Why: the loss term by term with its live values, and the one-dimensional case that theory solves.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/models/distill_gaussian.h"
#include "rivulet/ui/formula.h"
#include "rivulet/ui/labs/distill2d/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

using distill2d::Way;

constexpr float least_lambda = -0.5F;
constexpr float most_lambda = 2;
constexpr float least_ratio = 0.1F;
constexpr float most_ratio = 30;
constexpr float strip = 34;  // of L1 and of L3
constexpr float cell = 2;    // a column of the diagram
constexpr float coarse = 8;  // between looks for a turn of the sign
constexpr float key_height = 22;

/// Where losses and variance ratios lie on the screen.
struct Phase {
  Box box;

  [[nodiscard]] Box lambdas() const {
    const float left = 2 * strip + 10;
    return {box.x + left, box.y, box.w - left, box.h};
  }
  [[nodiscard]] Box strip_of(Way way) const {
    return {box.x + (way == Way::l3 ? strip + 2 : 0), box.y, strip, box.h};
  }
  [[nodiscard]] float x(float lambda) const {
    const Box all = lambdas();
    return all.x + (lambda - least_lambda) / (most_lambda - least_lambda) * all.w;
  }
  [[nodiscard]] float x(Way way) const {
    const float lambda = distill2d::lambda_of(way);
    return std::isnan(lambda) ? strip_of(way).centre().x : x(lambda);
  }
  [[nodiscard]] float y(float ratio) const {
    const float part = std::log(ratio / least_ratio) / std::log(most_ratio / least_ratio);
    return box.y + box.h * (1 - std::clamp(part, 0.0F, 1.0F));
  }
  [[nodiscard]] float ratio(float y) const {
    const float part = 1 - (y - box.y) / box.h;
    return least_ratio * std::pow(most_ratio / least_ratio, part);
  }
};

/// d/ds of the loss, whose sign depends on V alone: at a level where every V here can be.
double slope(models::DistillLoss loss, float lambda, float ratio) {
  static const models::NoiseLevel level = models::cosine_level(0.02F);
  const double s = models::deviation_at(ratio, level);
  return models::gaussian_gradient(loss, lambda, {.s = s, .m = 0}, level).s;
}

bool pulls_right(models::DistillLoss loss, float lambda, float ratio) {
  return slope(loss, lambda, ratio) * (ratio - 1) > 0;
}

/// A column of the diagram: where it pulls the right way, and where not.
void draw_column(const Ui& ui, const Phase& phase, Box column, models::DistillLoss loss,
                 float lambda) {
  const Theme& theme = *ui.theme;
  const auto right = [&](float y) { return pulls_right(loss, lambda, phase.ratio(y)); };
  const float end = column.y + column.h;
  float from = column.y;
  bool now = right(from + 0.1F);
  const auto fill = [&](float to) {
    ui.draw().AddRectFilled(
        {column.x, from}, {column.x + column.w, to},
        mixed(theme.card, now ? theme.accent : theme.rival, theme.dark ? 0.4F : 0.3F));
    from = to;
    now = !now;
  };
  for (float y = column.y; y < end; y += coarse) {
    float low = y;
    float high = std::min(y + coarse, end - 0.1F);
    if (right(high) == now) continue;
    for (int i = 0; i < 6; ++i) {
      const float middle = (low + high) / 2;
      (right(middle) == now ? low : high) = middle;
    }
    fill(high);
  }
  fill(end);
}

void draw_axes(const Ui& ui, const Phase& phase) {
  const Theme& theme = *ui.theme;
  const Box& box = phase.box;
  for (const float ratio : {0.1F, 0.3F, 1.0F, 3.0F, 10.0F, 30.0F}) {
    const float y = std::round(phase.y(ratio));
    label(ui, ui.fonts.small, {box.x - 38, y - 8, 32, 16}, theme.faint, fmt::format("{:g}", ratio),
          Align::right);
    ui.draw().AddLine({box.x, y}, {box.x + box.w, y},
                      ratio == 1 ? theme.text : faded(theme.text, 0.12F), ratio == 1 ? 1.5F : 1);
  }
  const float below = box.y + box.h + 4;
  const auto name = [&](float x, const std::string& text) {
    label(ui, ui.fonts.small, {x - 30, below, 60, 16}, theme.muted, text, Align::centre);
  };
  name(phase.x(Way::l1), "L1");
  name(phase.x(Way::l3), "L3");
  for (const float lambda : {-0.5F, 0.0F, 0.5F, 1.0F, 1.5F, 2.0F}) {
    const float x = phase.x(lambda);
    if (lambda > least_lambda && lambda < most_lambda) {
      ui.draw().AddLine({x, box.y}, {x, box.y + box.h}, faded(theme.text, 0.12F));
    }
    if (lambda > least_lambda) name(x, fmt::format("{}{:g}", lambda == 0 ? "λ = " : "", lambda));
  }
}

/// Where a run began, where it is, and where its loss pulls it.
void draw_run(const Ui& ui, const Phase& phase, float x, float first, float now, double pull,
              ImU32 color) {
  const Theme& theme = *ui.theme;
  const ImVec2 at{x, phase.y(now)};
  ui.draw().AddLine({x, phase.y(first)}, at, theme.card, 5);
  ui.draw().AddLine({x, phase.y(first)}, at, color, 2.5F);
  ui.draw().AddCircleFilled({x, phase.y(first)}, 3, color, 12);
  if (std::abs(now - 1) > 0.05F && pull != 0) {
    const float way = pull > 0 ? 1.0F : -1.0F;  // descent narrows where the slope is positive
    const float tip = at.y + way * 18;
    ui.draw().AddLine(at, {x, tip - way * 6}, theme.text, 2);
    ui.draw().AddTriangleFilled({x, tip}, {x - 5, tip - way * 8}, {x + 5, tip - way * 8},
                                theme.text);
  }
  ui.draw().AddCircleFilled(at, 8, theme.card, 20);
  ui.draw().AddCircleFilled(at, 6.5F, color, 20);
}

/// At most six characters and a sign.
std::string short_text(float value) {
  if (std::abs(value) < 100) return fmt::format("{:.3f}", value);
  return std::abs(value) < 1e5F ? fmt::format("{:.0f}", value) : fmt::format("{:.0e}", value);
}
std::string signed_text(float value) { return (value < 0 ? "" : "+") + short_text(value); }

void draw_key(const Ui& ui, Box row, const words::Distill2d& words) {
  const Theme& theme = *ui.theme;
  for (const bool right : {true, false}) {
    const char* text = right ? words.right_way : words.wrong_way;
    const Box swatch{row.x, row.centre().y - 6, 12, 12};
    ui.draw().AddRectFilled(
        swatch.min(), swatch.max(),
        mixed(theme.card, right ? theme.accent : theme.rival, theme.dark ? 0.4F : 0.3F), 3);
    row.cut_left(18);
    label(ui, ui.fonts.small, row, theme.muted, text);
    row.cut_left(std::min(row.w, text_size(ui.fonts.small, text).x + 16));
  }
}

}  // namespace

/// Variance against loss, coloured by where the loss pulls, with both runs in it.
void Distill2dLab::draw_phase(Ui& ui, Box box) {
  card(ui, box);
  ui.boxes.emplace_back("phase", box);
  Box inner = box.inset(14, 10);
  label(ui, ui.fonts.strong, inner.cut_top(22), ui.theme->text, words().phase_title);
  label(ui, ui.fonts.small, inner.cut_top(18), ui.theme->muted, words().phase_axis);
  draw_key(ui, inner.cut_top(key_height), words());
  inner.cut_top(6);
  inner.cut_bottom(20);
  inner.cut_left(38);
  const Phase phase{inner};
  draw_column(ui, phase, phase.strip_of(Way::l1), models::DistillLoss::l1, 0);
  draw_column(ui, phase, phase.strip_of(Way::l3), models::DistillLoss::l3, 0);
  const Box lambdas = phase.lambdas();
  for (float x = lambdas.x; x < lambdas.x + lambdas.w; x += cell) {
    const float width = std::min(cell, lambdas.x + lambdas.w - x);
    const float lambda =
        least_lambda + (x + width / 2 - lambdas.x) / lambdas.w * (most_lambda - least_lambda);
    draw_column(ui, phase, {x, inner.y, width, inner.h}, models::DistillLoss::family, lambda);
  }
  draw_axes(ui, phase);
  for (int side = 0; side < distill2d::sides; ++side) {
    if (drifts(side) || !begun(side)) continue;
    const float lambda = distill2d::lambda_of(way(side));
    const float first = distill2d::variance_ratio(state_.setup.start, data_spread(), state_.level);
    const float now = std::clamp(ratio(side), least_ratio, most_ratio);
    const float apart = way(0) == way(1) ? (side == 0 ? -6.0F : 6.0F) : 0;
    draw_run(ui, phase, phase.x(way(side)) + apart, first, now,
             slope(distill2d::loss_of(way(side)), std::isnan(lambda) ? 0 : lambda, now),
             side_color(ui, side));
  }
}

/// Coefficient times mean, each with a bar, and their sum.
void Distill2dLab::draw_terms(Ui& ui, Box box, int side) {
  const Theme& theme = *ui.theme;
  card(ui, box);
  ui.boxes.emplace_back(side == 0 ? "terms.left" : "terms.right", box);
  Box inner = box.inset(14, 10);
  Box title = inner.cut_top(24);
  ui.draw().AddCircleFilled({title.x + 5, title.centre().y}, 5, side_color(ui, side), 16);
  title.cut_left(16);
  label(ui, ui.fonts.strong, title, theme.text,
        fmt::format(fmt::runtime(words().terms_title), name_of(side)));
  if (!begun(side)) return;
  if (drifts(side)) {
    const float size = engine_->progress().of[static_cast<size_t>(side)].last_l1;
    text(ui, ui.fonts.text, {inner.x, inner.y + 6}, theme.muted,
         fmt::format(fmt::runtime(words().drift_size), size), inner.w);
    return;
  }
  const float lambda = distill2d::lambda_of(way(side));
  const models::DistillForm form =
      models::distill_form(distill2d::loss_of(way(side)), std::isnan(lambda) ? 0 : lambda);
  const distill2d::Terms& terms = panel(side).terms;
  const auto coefficients = form.values();
  const auto means = terms.values();
  float most = 1e-6F;
  for (size_t k = 0; k < means.size(); ++k) {
    most = std::max(most, std::abs(coefficients[k] * means[k]));
  }
  const float height = std::min(30.0F, (inner.h - 28) / 6);
  const auto line = [&](const char* formula, const std::string& said, float value, bool on) {
    Box row = inner.cut_top(height);
    const ImU32 ink = on ? theme.text : theme.faint;
    const Box left = row.cut_left(std::max(150.0F, row.w * 0.5F));
    label(ui, ui.fonts.small, {left.x + 62, left.y, left.w - 62, left.h}, ink, said, Align::right);
    if (formula != nullptr) {
      draw_formula(ui, ui.formula(formula), {left.x, left.centre().y - 12}, 90, ink);
    } else {
      label(ui, ui.fonts.strong, left, ink, words().sum);
    }
    label(ui, ui.fonts.small, row.cut_right(58), ink, on ? signed_text(value) : std::string(),
          Align::right);
    row = row.inset(8, std::max(2.0F, (height - 12) / 2));
    const float mid = row.centre().x;
    ui.draw().AddLine({mid, row.y - 2}, {mid, row.y + row.h + 2}, theme.grid);
    if (!on) return;
    const float end = mid + std::clamp(value / most, -1.0F, 1.0F) * row.w / 2;
    ui.draw().AddRectFilled({std::min(mid, end), row.y}, {std::max(mid, end), row.y + row.h},
                            formula == nullptr ? side_color(ui, side) : faded(theme.text, 0.35F),
                            2);
  };
  for (size_t k = 0; k < means.size(); ++k) {
    const bool on = coefficients[k] != 0;
    line(words::formulas::distill2d::terms[k],
         fmt::format("{:+.2g} × {}", coefficients[k], short_text(means[k])),
         coefficients[k] * means[k], on);
  }
  line(nullptr, "", distill2d::value_of(form, terms), true);
  label(ui, ui.fonts.small, inner.cut_top(24), theme.muted,
        fmt::format(fmt::runtime(words().lag), terms.phi_eps - terms.phi_psi));
}

}  // namespace rivulet::ui
