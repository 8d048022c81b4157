// The column of settings, and the bar below the planes.
#include <fmt/format.h>

#include "rivulet/ui/labs/experts_balance/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {

/// Returns the height used.
float ExpertsBalanceLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  if (const auto shape = training_.picker.draw(ui, column, state_.target, state_.strokes)) {
    if (*shape == data::Shape2d::drawn) {
      open_sketch();
    } else {
      training_.picker.close(state_.strokes);
      state_.target = *shape;
    }
  }
  draw_rows(ui, column, experts_balance::settings(), rows::Part::main, state_);
  draw_more_button(ui, column, frame.more);
  if (frame.more) draw_rows(ui, column, experts_balance::settings(), rows::Part::more, state_);
  return column.y - top;
}

/// Experts, how many, or the visitor's routing; and the flow time.
void ExpertsBalanceLab::draw_view_bar(Ui& ui, Box row) {
  row = {row.x, row.y + 8, row.w, row.h - 8};
  const std::vector<std::string> names(words().views.begin(), words().views.end());
  int view = static_cast<int>(state_.view);
  const bool narrow = row.w < 480;
  if (segments(ui, "view", row.cut_left(narrow ? row.w * 0.6F : 290.0F), names, &view)) {
    show(static_cast<View>(view));
  }
  row.cut_left(10);
  if (button(ui, "flow", row.cut_left(36), flowing_.repeats() ? Icon::pause : Icon::play, {},
             Look::quiet, words().play_flow)) {
    flowing_.toggle(state_.time);
  }
  const Box value = row.cut_right(54);
  label_with_symbol(ui, {value.x + 6, value.y, 20, value.h}, {}, "t", ui.theme->faint);
  label(ui, ui.fonts.small, value, ui.theme->muted, fmt::format("{:.2f}", state_.time),
        Align::right);
  if (slider(ui, "time", row.inset(2, 0), ui.words->common.time, &state_.time)) flowing_.hold();
}

}  // namespace rivulet::ui
