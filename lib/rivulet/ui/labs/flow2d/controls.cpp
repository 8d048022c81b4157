// The column of settings.
#include "rivulet/ui/labs/flow2d/lab.h"
#include "rivulet/ui/settings.h"
#include "rivulet/ui/training_parts.h"

namespace rivulet::ui {

void Flow2dLab::draw_transport(Ui& ui, Box row) {
  const bool playing = state_.playing && engine_.error().empty();
  const Transport pressed = ui::draw_transport(ui, row, playing);
  if (pressed.play) {
    state_.playing = !playing;
    if (!engine_.error().empty()) restart();
  }
  if (pressed.step) one_step();
  if (pressed.restart) restart();
}

/// Returns the height used.
float Flow2dLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  if (const auto pressed = picker_.draw(ui, column, state_.target, state_.strokes)) {
    choose_target(*pressed);
  }
  draw_rows(ui, column, flow2d::settings(), rows::Part::main, state_);
  draw_more_button(ui, column, more_);
  if (more_) draw_rows(ui, column, flow2d::settings(), rows::Part::more, state_);
  return column.y - top;
}

}  // namespace rivulet::ui
