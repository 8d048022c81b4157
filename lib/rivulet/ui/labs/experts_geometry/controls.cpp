// The column of settings, and the number kept.
#include <fmt/format.h>

#include "rivulet/ui/labs/experts_geometry/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {

void ExpertsGeometryLab::draw_head(Ui& ui, Box box) {
  if (learns()) {
    training_.draw_head(ui, box, state_, engine_);
    return;
  }
  const Box row = ui.phone ? box : box.cut_top(button_head);
  if (button(ui, "another", row, Icon::dice, words().another, Look::accent)) another_set();
  if (ui.phone || !arranged()) return;
  const auto missed = [&](models::ExpertRule rule) {
    return 100 * errors()[static_cast<size_t>(rule)].relative(state_.kept());
  };
  label(ui, ui.fonts.small, box, ui.theme->muted,
        fmt::format(fmt::runtime(words().both_miss), missed(models::ExpertRule::longest),
                    missed(models::ExpertRule::best)));
}

/// Returns the height used.
float ExpertsGeometryLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  const auto& settings = experts_geometry::settings();
  if (learns()) {
    if (const auto pressed = training_.picker.draw(ui, column, state_.target, state_.strokes)) {
      choose_target(*pressed);
    }
  }
  draw_rows(ui, column, settings, rows::Part::main, state_);
  draw_more_button(ui, column, frame.more);
  if (frame.more) draw_rows(ui, column, settings, rows::Part::more, state_);
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
