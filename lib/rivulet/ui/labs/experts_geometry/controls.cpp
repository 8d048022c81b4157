// The column of settings, and the number kept.
#include <fmt/format.h>

#include "rivulet/ui/labs/experts_geometry/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {

void ExpertsGeometryLab::draw_head(Ui& ui, Box row) {
  if (button(ui, "another", row, Icon::dice, words().another, Look::accent)) another_set();
}

/// Returns the height used.
float ExpertsGeometryLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  draw_rows(ui, column, experts_geometry::settings(), rows::Part::main, state_);
  draw_more_button(ui, column, frame.more);
  if (frame.more) draw_rows(ui, column, experts_geometry::settings(), rows::Part::more, state_);
  return column.y - top;
}

void ExpertsGeometryLab::draw_kept(Ui& ui, Box row) {
  int index = state_.kept() - 1;
  const std::string value = fmt::format(fmt::runtime(words().kept_value), state_.kept(), state_.n);
  if (dial(ui, "k", row, {words().kept, "k", value, words().kept_hint}, &index, state_.n)) {
    keep(index + 1);
  }
}

}  // namespace rivulet::ui
