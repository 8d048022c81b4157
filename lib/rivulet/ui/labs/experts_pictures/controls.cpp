// The column of settings.
#include "rivulet/ui/attributes.h"
#include "rivulet/ui/labs/experts_pictures/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {

void ExpertsPicturesLab::draw_head(Ui& ui, Box row) {
  const words::Pictures& pictures = frame.words->pictures;
  if (button(ui, "roll", row, Icon::dice, pictures.new_noise, Look::accent,
             pictures.new_noise_hint)) {
    roll();
  }
}

/// Returns the height used.
float ExpertsPicturesLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  const auto& table = experts_pictures::settings();
  draw_rows(ui, column, table, rows::Part::main, state_);
  draw_more_button(ui, column, frame.more);
  if (frame.more) draw_rows(ui, column, table, rows::Part::more, state_);
  if (weights().ready()) {
    draw_attributes(ui, column, engine_->card().model.pictures.attributes, state_.wish.labels);
  }
  return column.y - top;
}

}  // namespace rivulet::ui
