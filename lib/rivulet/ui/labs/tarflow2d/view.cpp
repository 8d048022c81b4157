// Pictures, plot and words of the lab, wide and on a phone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/tarflow2d/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

constexpr float bar_height = 44;
constexpr float side_curve_part = 0.16F;  // of the picture's side, for the curves at its edges

float dot_size(const Plane& plane) { return std::clamp(plane.box.w / 105, 2.8F, 4.6F); }

bool inside(data::Point p) {
  return std::abs(p.x) <= data::plane_radius && std::abs(p.y) <= data::plane_radius;
}

}  // namespace

// --- Left: the data, and what the flow thinks of it ---

void Tarflow2dLab::draw_density(Ui& ui, const Plane& plane) {
  if (density_picture_.run() != training_.run()) return;
  density_picture_.draw(ui, plane.box.inset(1));
}

/// q(x_1) along the lower edge; along the right edge q(x_2 | x_1) where the held point is.
void Tarflow2dLab::draw_side_curves(Ui& ui, const Plane& plane) {
  constexpr int side = tarflow2d::density_side;
  const tarflow2d::Density& density = engine_->density();
  if (is_new(density.run, density.step) || path_.size() < 2) return;
  const data::Point x = {path_[0], path_[1]};
  const float height = plane.box.w * side_curve_part;
  const float step = plane.box.w / side;
  const ImU32 color = ui.theme->rival;
  const float top = *std::max_element(density.marginal.begin(), density.marginal.end());
  ImDrawList& draw = ui.draw();
  for (int i = 0; i < side; ++i) {
    const float part = density.marginal[static_cast<size_t>(i)] / std::max(top, 1e-6F);
    draw.PathLineTo({plane.box.x + step * (static_cast<float>(i) + 0.5F),
                     plane.box.y + plane.box.h - 2 - part * height});
  }
  draw.PathStroke(color, 0, 2);
  if (!inside(x)) return;
  const int column = std::clamp(
      static_cast<int>((x.x + data::plane_radius) / (2 * data::plane_radius) * side), 0, side - 1);
  const float across = plane.screen(x.x, 0).x;
  draw.AddLine({across, plane.box.y}, {across, plane.box.y + plane.box.h}, faded(color, 0.55F));
  float highest = -INFINITY;
  for (int i = 0; i < side; ++i) {
    highest = std::max(highest, density.log_q[static_cast<size_t>(i * side + column)]);
  }
  for (int i = 0; i < side; ++i) {
    const float part = std::exp(density.log_q[static_cast<size_t>(i * side + column)] - highest);
    draw.PathLineTo({plane.box.x + plane.box.w - 2 - part * height,
                     plane.box.y + step * (static_cast<float>(i) + 0.5F)});
  }
  draw.PathStroke(color, 0, 2);
  const float edge = plane.box.x + plane.box.w;
  label(ui, ui.fonts.small, {plane.box.x + 8, plane.box.y + plane.box.h - height - 20, 90, 16},
        color, words().marginal);
  label(ui, ui.fonts.small, {edge - 98, plane.box.y + 6, 90, 16}, color, words().conditional,
        Align::right);
}

/// The held point, and its way through the blocks.
void Tarflow2dLab::draw_held(Ui& ui, const Plane& plane, float after, bool trail) {
  if (path_.size() != 2 * static_cast<size_t>(blocks() + 1)) return;
  const ImU32 color = ui.theme->rival;
  ImDrawList& draw = ui.draw();
  if (trail) {
    for (int k = 0; k <= blocks(); ++k) {
      const auto i = static_cast<size_t>(2 * k);
      draw.PathLineTo(plane.screen(path_[i], path_[i + 1]));
    }
    draw.PathStroke(faded(color, 0.55F), 0, 1.5F);
    for (int k = 0; k <= blocks(); ++k) {
      const auto i = static_cast<size_t>(2 * k);
      draw.AddCircleFilled(plane.screen(path_[i], path_[i + 1]), 2.5F, color, 12);
    }
  }
  const std::vector<float> now = at_place(path_, after);
  const ImVec2 p = plane.screen(now[0], now[1]);
  draw.AddCircleFilled(p, 9, ui.theme->card, 24);
  draw.AddCircleFilled(p, 6.5F, color, 24);
  draw.AddCircle(p, 9, color, 24, 1.5F);
}

/// Press or drag: the point is held there. Hovering asks for the density.
void Tarflow2dLab::follow_pointer(Ui& ui, const char* name, const Plane& plane, int after) {
  const Touch touched = touch(ui, name, plane.box);
  describe(ui, {.label = ui.words->common.plane});
  const ImVec2 p = plane.plane(ImGui::GetIO().MousePos);
  if (touched.held && ImGui::IsMouseDown(0)) {
    ui.grabbed = true;
    hold({p.x, p.y}, after);
    ui.next_highlight = after == 0 ? "x" : after == blocks() ? "z" : "after";
  } else if (touched.focused) {
    constexpr float speed = 0.05F;
    const auto [dx, dy] = pushed(touched);
    const auto k = static_cast<size_t>(2 * after);
    if ((dx == 0 && dy == 0) || path_.size() < k + 2) return;
    const data::Point from =
        state_.held_after == after ? state_.held : data::Point{path_[k], path_[k + 1]};
    hold({from.x + speed * dx, from.y + speed * dy}, after);
  } else if (touched.hovered && after == 0) {
    cursor_ = {p.x, p.y};
    cursor_on_ = true;
  }
}

void Tarflow2dLab::draw_left(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  Box caption = box.cut_top(caption_height);
  const Plane plane{box.cut_top(box.w)};
  const bool draws = training_.picker.is_open();
  label(ui, ui.fonts.strong, caption, theme.text, draws ? common().draw_title : words().data_title);
  const tarflow2d::Held& held = engine_->held();
  if (!draws && !is_new(held.run, held.step)) {
    label(ui, ui.fonts.small, caption, theme.muted,
          fmt::format(fmt::runtime(words().log_q), held.cursor.x, held.cursor.y, held.log_q_cursor),
          Align::right);
  }
  begin_layer("left.layer", plane.box);
  begin_plane(ui, plane, true);
  const bool density = state_.left == tarflow2d::Left::density && !draws;
  if (density) draw_density(ui, plane);
  if (!density) {
    draw_points(ui, plane, training_.points(), dot_size(plane), faded(theme.data, 0.45F));
  }
  if (!density && !draws && !samples_.empty()) {
    const auto floats = samples_.size() / static_cast<size_t>(blocks() + 1);
    draw_points(ui, plane, std::span<const float>(samples_).first(floats), dot_size(plane),
                faded(theme.accent, 0.8F));
  }
  if (draws) {
    if (training_.picker.draw_pen(ui, plane, state_.strokes)) training_.close_sketch(state_);
  } else {
    if (density) draw_side_curves(ui, plane);
    follow_pointer(ui, "data", plane, 0);
    draw_held(ui, plane, 0, false);
    if (state_.target == data::Shape2d::drawn) {
      const Box corner_box{plane.box.x + 8, plane.box.y + 8, 38, 36};
      if (button(ui, "sketch.open", corner_box, Icon::pen, {}, Look::plain, common().draw_again)) {
        open_sketch();
      }
    }
  }
  if (draw_training_trouble(ui, plane.box, engine_->error())) training_.restart();
  end_plane(ui);
  end_layer();
}

// --- Right: among the blocks ---

std::string Tarflow2dLab::place_title() const {
  const auto last = static_cast<float>(blocks());
  if (state_.after <= 0) return words().before_blocks;
  if (state_.after >= last) return words().after_blocks;
  return fmt::format(fmt::runtime(words().among_blocks), state_.after, blocks());
}

/// What the next block does to these points: mu of the kept coordinate, and a band of exp(alpha).
void Tarflow2dLab::draw_rule(Ui& ui, const Plane& plane) {
  const int next = std::min(static_cast<int>(state_.after), blocks() - 1);
  const size_t curve = tarflow2d::curve_points;
  if (mu_.size() != curve * static_cast<size_t>(blocks())) return;
  const bool upright =
      training_.ordered().config.net().backwards(next);  // the second coordinate is kept
  const float* mu = mu_.data() + static_cast<size_t>(next) * curve;
  const float* scale = scale_.data() + static_cast<size_t>(next) * curve;
  const auto place = [&](int i, float width) {
    const auto k = static_cast<size_t>(i);
    const float kept = tarflow2d::curve_at(i);
    const float moved = std::clamp(mu[k] + width * scale[k], -30.0F, 30.0F);
    return upright ? plane.screen(moved, kept) : plane.screen(kept, moved);
  };
  ImDrawList& draw = ui.draw();
  const ImU32 color = ui.theme->rival;
  const ImDrawListFlags flags = draw.Flags;
  draw.Flags &= ~ImDrawListFlags_AntiAliasedFill;  // or the seams between the pieces would show
  for (int i = 0; i + 1 < tarflow2d::curve_points; ++i) {
    draw.AddQuadFilled(place(i, -1), place(i + 1, -1), place(i + 1, 1), place(i, 1),
                       faded(color, 0.13F));
  }
  draw.Flags = flags;
  for (const float width : {-1.0F, 1.0F}) {
    for (int i = 0; i < tarflow2d::curve_points; ++i) draw.PathLineTo(place(i, width));
    draw.PathStroke(faded(color, 0.4F), 0, 1);
  }
  for (int i = 0; i < tarflow2d::curve_points; ++i) draw.PathLineTo(place(i, 0));
  draw.PathStroke(color, 0, 2);
}

void Tarflow2dLab::draw_right(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  Box caption = box.cut_top(caption_height);
  const Plane plane{box.cut_top(box.w)};
  label(ui, ui.fonts.strong, caption, theme.text, place_title());
  if (path_.size() == 2 * static_cast<size_t>(blocks() + 1)) {
    label(ui, ui.fonts.small, caption, theme.muted,
          fmt::format(fmt::runtime(words().noise_at), path_[path_.size() - 2], path_.back()),
          Align::right);
  }
  begin_layer("right.layer", plane.box);
  begin_plane(ui, plane, true);
  const size_t states = static_cast<size_t>(blocks()) + 1;
  if (grid_.size() == states * 2 * tarflow2d::grid_points) {
    draw_lines(ui, plane, at_place(grid_, state_.after), tarflow2d::line_points, 1.2F,
               faded(theme.accent, theme.dark ? 0.5F : 0.42F));
    draw_points(ui, plane, at_place(data_, state_.after), dot_size(plane),
                faded(theme.data, theme.dark ? 0.75F : 0.6F));
  }
  if (state_.conditional && state_.after < static_cast<float>(blocks())) draw_rule(ui, plane);
  const int after = static_cast<int>(std::round(state_.after));
  const bool was_held = ui.grabbed;
  follow_pointer(ui, "noise", plane, after);
  if (ui.grabbed && !was_held && state_.held_after == after && after > 0) {
    state_.flowing = false;
    state_.after = static_cast<float>(after);
  }
  draw_held(ui, plane, state_.after, true);
  end_plane(ui);
  end_layer();
}

// --- Plot and words ---

void Tarflow2dLab::draw_nll(Ui& ui, Box box) {
  const tarflow2d::Progress& progress = engine_->progress();
  const tarflow2d::HeldOut& unseen = engine_->held_out();
  Plot plot{.title = words().nll_title,
            .x_axis = common().training_steps_axis,
            .curves = {},
            .from_zero = false,
            .level_name = words().entropy};
  if (progress.run == training_.run()) {
    plot.curves.push_back(
        {&progress.nll, faded(ui.theme->accent, 0.45F), 1.2F, words().batches, true});
  }
  if (!is_new(unseen.run, unseen.step)) {
    plot.curves.push_back({&unseen.nll, ui.theme->accent, 2.2F,
                           fmt::format("{} {:.2f}", words().unseen, unseen.last)});
    plot.level = unseen.entropy;
  }
  draw_plot(ui, box, plot);
}

std::array<FormulaLine, 4> Tarflow2dLab::formulas() const {
  const auto coupling = static_cast<size_t>(state_.config.coupling);
  return {{{words().block_label, words::formulas::tarflow2d::block[coupling]},
           {words().back_label, words::formulas::tarflow2d::back[coupling]},
           {words().density_label, words::formulas::tarflow2d::density[coupling]},
           {words().loss_label, words::formulas::tarflow2d::loss}}};
}

Explanation Tarflow2dLab::explanation(std::span<const FormulaLine> lines) const {
  const char* said = !state_.config.alternate                           ? words().fixed_text
                     : state_.config.coupling == nn::Coupling::additive ? words().additive_text
                                                                        : words().affine_text;
  const bool reversed = state_.config.direction == nn::Direction::to_data;
  return {.said = said,
          .seen = reversed             ? words().reversed_seen
                  : state_.conditional ? words().rule_seen
                                       : words().view_text[static_cast<size_t>(state_.left)],
          .formulas = lines};
}

// --- Layouts ---

/// Returns the height used. The words keep what they need below the pictures; in a wide window they
/// lie beside them.
float Tarflow2dLab::draw_wide(Ui& ui, Box area) {
  constexpr float plot_least = 200;
  const float top = area.y;
  const auto lines = formulas();
  const Explanation said = explanation(lines);
  const float plot_width = std::max(300.0F, area.w * 0.36F);
  const float beside_width = 360;
  const float high = area.h - caption_height - bar_height;
  const float words_high = explanation_height(ui, said, area.w - plot_width - gap);
  const float below = std::max(plot_least, words_high) + gap;
  const float side_above = std::min((area.w - gap) / 2, high - below);
  const float side_beside = std::min((area.w - beside_width - 2 * gap) / 2, high);
  const bool beside = side_beside > 0.95F * side_above;
  const float side = std::max(280.0F, beside ? side_beside : side_above);
  const float room = beside ? 2 * side + gap : area.w;

  Box upper = area.cut_top(caption_height + side + bar_height);
  Box column;
  Box pair = beside ? upper.cut_left(room) : upper;
  const Box left = pair.cut_left(side);
  const Box right = pair.cut_right(side);
  draw_left(ui, left);
  draw_right(ui, right);
  draw_left_bar(ui, Box(left).cut_bottom(bar_height));
  draw_right_bar(ui, Box(right).cut_bottom(bar_height));
  if (pair.w > 2 * gap) {
    draw_icon(ui.draw(), Icon::right, {pair.centre().x, left.y + caption_height + side / 2}, 26,
              ui.theme->faint);
  }
  if (beside) {
    column = upper;
    column.cut_left(gap);
    column.cut_top(caption_height);
    column.h = area.y + area.h - column.y;
    const float needed = explanation_height(ui, said, column.w);
    draw_nll(ui, column.cut_top(std::clamp(column.h - needed - gap, plot_least, 420.0F)));
    column.cut_top(gap);
    return column.y + draw_explanation(ui, said, {column.x, column.y, column.w, 0}) - top;
  }
  area.cut_top(gap);
  const Box plot = area.cut_right(plot_width);
  area.cut_right(gap);
  const float used = draw_explanation(ui, said, {area.x, area.y, area.w, below - gap});
  draw_nll(ui, {plot.x, plot.y, plot.w, used});
  return area.y + used - top;
}

float Tarflow2dLab::draw_narrow(Ui& ui, Box area) {
  const float top = area.y;
  draw_left(ui, area.cut_top(caption_height + area.w));
  draw_left_bar(ui, area.cut_top(bar_height + 4));
  area.cut_top(8);
  draw_right(ui, area.cut_top(caption_height + area.w));
  draw_right_bar(ui, area.cut_top(bar_height + 4));
  area.cut_top(8);
  const auto lines = formulas();
  area.cut_top(draw_explanation(ui, explanation(lines), {area.x, area.y, area.w, 0}) + gap);
  draw_nll(ui, area.cut_top(230));
  area.cut_top(gap);
  return area.y - top;
}

float Tarflow2dLab::draw_main(Ui& ui, Box area, bool narrow) {
  return narrow ? draw_narrow(ui, area) : draw_wide(ui, area);
}

}  // namespace rivulet::ui
