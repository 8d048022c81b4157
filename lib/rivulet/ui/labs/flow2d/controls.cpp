// The column of settings.
#include "rivulet/ui/labs/flow2d/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {

/// Returns the height used.
float Flow2dLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  if (const auto pressed = training_.picker.draw(ui, column, state_.target, state_.strokes)) {
    choose_target(*pressed);
  }
  draw_rows(ui, column, flow2d::settings(), rows::Part::main, state_);
  draw_more_button(ui, column, frame.more);
  if (frame.more) draw_rows(ui, column, flow2d::settings(), rows::Part::more, state_);
  return column.y - top;
}

}  // namespace rivulet::ui
