#include "rivulet/ui/settings.h"

#include "rivulet/ui/page.h"

namespace rivulet::ui {
namespace {

constexpr int chip_columns = 2;
constexpr float chip_gap = 8;
constexpr float row_gap = 12;

/// Of what a finger must hit.
float strip_height(const Ui& ui) { return ui.phone ? 42.0F : 36.0F; }

/// What stands above choices.
void draw_title(Ui& ui, Box& column, const Setting& setting) {
  if (!setting.words) return;
  if (setting.symbol.empty()) {
    heading(ui, column, setting.words);
    return;
  }
  label_with_symbol(ui, column.cut_top(22), setting.words, setting.symbol,
                    ui.highlight == setting.lights ? ui.theme->accent : ui.theme->faint);
  column.cut_top(4);
}

int draw_dial(Ui& ui, Box& column, const Setting& setting) {
  int chosen = setting.chosen;
  dial(ui, setting.name.c_str(), column.cut_top(dial_height),
       {setting.words, setting.symbol, setting.value, setting.hint}, &chosen, setting.count);
  column.cut_top(8);
  return chosen;
}

int draw_toggle(Ui& ui, Box& column, const Setting& setting) {
  bool on = setting.chosen != 0;
  toggle(ui, setting.name.c_str(), column.cut_top(strip_height(ui)), setting.words, &on);
  column.cut_top(4);
  return on ? 1 : 0;
}

int draw_segments(Ui& ui, Box& column, const Setting& setting) {
  draw_title(ui, column, setting);
  int chosen = setting.chosen;
  segments(ui, setting.name.c_str(), column.cut_top(strip_height(ui)), setting.choices, &chosen);
  column.cut_top(row_gap);
  return chosen;
}

int draw_chips(Ui& ui, Box& column, const Setting& setting) {
  draw_title(ui, column, setting);
  int chosen = setting.chosen;
  Box row;
  int drawn = 0;
  for (size_t i = 0; i < setting.choices.size(); ++i) {
    if (!setting.possible.empty() && !setting.possible[i]) continue;
    if (drawn % chip_columns == 0) {
      if (drawn > 0) column.cut_top(chip_gap);
      row = column.cut_top(strip_height(ui));
    }
    const Box place = row.column(drawn++ % chip_columns, chip_columns, chip_gap);
    const std::string name = setting.name + "." + setting.chip_names[i];
    const auto index = static_cast<int>(i);
    if (chip(ui, name.c_str(), place, setting.choices[i], index == setting.chosen,
             setting.hints.empty() ? nullptr : setting.hints[i])) {
      chosen = index;
    }
  }
  column.cut_top(row_gap);
  return chosen;
}

int draw_kind(Ui& ui, Box& column, const Setting& setting) {
  switch (setting.kind) {
    case rows::Kind::none:
      return setting.chosen;
    case rows::Kind::dial:
      return draw_dial(ui, column, setting);
    case rows::Kind::toggle:
      return draw_toggle(ui, column, setting);
    case rows::Kind::segments:
      return draw_segments(ui, column, setting);
    case rows::Kind::chips:
      return draw_chips(ui, column, setting);
  }
  return setting.chosen;
}

}  // namespace

int draw_control(Ui& ui, Box& column, const Setting& setting) {
  const float top = column.y;
  const int chosen = draw_kind(ui, column, setting);
  if (setting.kind == rows::Kind::dial) {  // which knows the keyboard as well
    if (ui.next_highlight == setting.name) ui.next_highlight = setting.lights;
  } else if (ImGui::IsMouseHoveringRect({column.x, top},
                                        {column.x + column.w, column.y - row_gap})) {
    ui.next_highlight = setting.lights;
  }
  return chosen;
}

void draw_more_button(Ui& ui, Box& column, bool& more) {
  const words::Common& common = ui.words->common;
  if (button(ui, "more", column.cut_top(36), more ? Icon::up : Icon::down,
             more ? common.less : common.more, Look::quiet)) {
    more = !more;
  }
  column.cut_top(row_gap);
}

}  // namespace rivulet::ui
