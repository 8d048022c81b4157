// The column of settings, and the bars below the pictures.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/tarflow2d/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {

/// Returns the height used.
float Tarflow2dLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  if (const auto pressed = training_.picker.draw(ui, column, state_.target, state_.strokes)) {
    choose_target(*pressed);
  }
  draw_rows(ui, column, tarflow2d::settings(), rows::Part::main, state_);
  draw_more_button(ui, column, frame.more);
  if (frame.more) draw_rows(ui, column, tarflow2d::settings(), rows::Part::more, state_);
  return column.y - top;
}

/// What the left picture shows.
void Tarflow2dLab::draw_left_bar(Ui& ui, Box row) {
  row = {row.x, row.y + 8, row.w, row.h - 8};
  const std::vector<std::string> names(words().views.begin(), words().views.end());
  int view = static_cast<int>(state_.left);
  if (segments(ui, "view", row.cut_left(std::min(220.0F, row.w * 0.6F)), names, &view)) {
    state_.left = static_cast<tarflow2d::Left>(view);
  }
  row.cut_left(12);
  const tarflow2d::Density& density = engine_->density();
  if (state_.left != tarflow2d::Left::density || is_new(density.run, density.step)) return;
  label(ui, ui.fonts.small, row, ui.theme->muted,
        fmt::format(fmt::runtime(words().mass), density.mass), Align::right);
}

/// The place among the blocks.
void Tarflow2dLab::draw_right_bar(Ui& ui, Box row) {
  row = {row.x, row.y + 8, row.w, row.h - 8};
  const Box play = row.cut_left(36);
  if (button(ui, "flow", play, state_.flowing ? Icon::pause : Icon::play, {}, Look::quiet,
             words().play_blocks)) {
    state_.flowing = !state_.flowing;
    if (!state_.flowing) state_.after = std::round(state_.after);
  }
  row.cut_left(8);
  const Box rule = row.cut_right(text_size(ui.fonts.strong, words().rule).x + 54);
  row.cut_right(10);
  toggle(ui, "rule", rule, words().rule, &state_.conditional);
  if (rule.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "network";
  const auto last = static_cast<float>(blocks());
  float part = state_.after / last;
  if (slider(ui, "after", row.inset(2, 0), ui.words->common.blocks, &part)) {
    state_.flowing = false;
    state_.after = std::clamp(part * last, 0.0F, last);
    // Near a whole number of blocks it is that.
    const float near = std::round(state_.after);
    if (std::abs(state_.after - near) < 0.12F) state_.after = near;
  }
  if (row.contains(ImGui::GetIO().MousePos)) ui.next_highlight = "after";
}

}  // namespace rivulet::ui
