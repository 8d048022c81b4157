// The column of settings, and the bar below the planes.
#include <fmt/format.h>

#include "rivulet/ui/labs/distill2d/lab.h"
#include "rivulet/ui/settings.h"

namespace rivulet::ui {
namespace {

using distill2d::Way;

/// Those that have a name: the marks of the dial.
struct Mark {
  Way way;
  const char* text;
};
constexpr Mark marks[] = {{Way::l1, "L1"}, {Way::l3, "L3"},   {Way::zero, "0"}, {Way::half, "½"},
                          {Way::one, "1"}, {Way::l12, "1.2"}, {Way::l15, "1.5"}};
constexpr float marks_height = 26;
constexpr float knob = 8;

}  // namespace

/// The dial of one side, and its marks, which may be pressed.
void Distill2dLab::draw_loss(Ui& ui, Box& column, int side) {
  const char* key = side == 0 ? "left" : "right";
  const float top = column.y;
  draw_setting(ui, column, distill2d::settings(), key, state_);
  if (column.y == top) return;  // it drifts
  column.y -= 6;
  column.h += 6;
  const Box row = column.cut_top(marks_height);
  const float way = row.w - 2 * knob;
  for (const Mark& mark : marks) {
    const auto at = static_cast<float>(mark.way) / (distill2d::way_count - 1);
    const Box box{row.x + knob + at * way - 13, row.y, 26, 20};
    const std::string name = fmt::format("{}.{}", key, distill2d::name_of(mark.way));
    const Touch touched = touch(ui, name.c_str(), box, 5);
    describe(ui, {.role = Role::chip, .label = mark.text, .on = this->way(side) == mark.way});
    if (touched.pressed) state_.setup.ways[static_cast<size_t>(side)] = mark.way;
    const bool on = this->way(side) == mark.way;
    if (touched.hovered && !on) {
      ui.draw().AddRectFilled(box.min(), box.max(), ui.theme->accent_soft, 5);
    }
    label(ui, on ? ui.fonts.strong : ui.fonts.small, box, on ? ui.theme->text : ui.theme->muted,
          mark.text, Align::centre);
  }
}

/// Returns the height used.
float Distill2dLab::draw_settings(Ui& ui, Box column) {
  const float top = column.y;
  draw_loss(ui, column, 0);
  draw_loss(ui, column, 1);
  draw_rows(ui, column, distill2d::settings(), rows::Part::main, state_);
  const auto chosen = state_.setup.gaussian ? std::nullopt : std::optional(state_.target);
  if (const auto shape = training_.picker.draw(ui, column, chosen, state_.strokes)) {
    state_.setup.gaussian = false;
    if (*shape == data::Shape2d::drawn) {
      open_sketch();
    } else {
      training_.picker.close(state_.strokes);
      state_.target = *shape;
    }
  }
  draw_more_button(ui, column, frame.more);
  if (frame.more) draw_rows(ui, column, distill2d::settings(), rows::Part::more, state_);
  return column.y - top;
}

/// Which field, or why; and the noise level.
void Distill2dLab::draw_view_bar(Ui& ui, Box row, bool narrow) {
  row.cut_top(8);
  const std::vector<std::string> names(words().views.begin(), words().views.end());
  int view = static_cast<int>(state_.view);
  const Box choices = narrow ? row.cut_top(36) : row.cut_left(std::min(row.w * 0.58F, 420.0F));
  if (segments(ui, "view", choices, names, &view)) state_.view = static_cast<View>(view);
  if (narrow)
    row.cut_top(6);
  else
    row.cut_left(14);
  if (!has_level()) return;
  const float wide = text_size(ui.fonts.text, words().level).x;
  label(ui, ui.fonts.text, row.cut_left(std::min(wide + 8, row.w * 0.4F)), ui.theme->muted,
        words().level);
  label(ui, ui.fonts.small, row.cut_right(40), ui.theme->muted, fmt::format("{:.2f}", state_.level),
        Align::right);
  constexpr float span = distill2d::highest_level - distill2d::lowest_level;
  float part = (state_.level - distill2d::lowest_level) / span;
  if (slider(ui, "level", row.inset(2, 0), ui.words->common.noise_level, &part)) {
    state_.level = distill2d::lowest_level + span * part;
  }
}

}  // namespace rivulet::ui
