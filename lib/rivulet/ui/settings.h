// Draws the rows of a lab's settings: see live/rows.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rivulet/live/rows.h"
#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

namespace rows = live::rows;

/// A row as it stands at this moment.
struct Setting {
  rows::Kind kind = rows::Kind::none;
  std::string name;    ///< of the control
  std::string lights;  ///< see rows::Control
  std::string symbol;
  const char* words = nullptr;
  const char* hint = nullptr;
  std::string value;                    ///< of a dial
  std::vector<std::string> choices;     ///< of segments and chips
  std::vector<std::string> chip_names;  ///< ... what follows NAME.
  std::vector<bool> possible;           ///< ... and which of them are there; empty: all
  std::span<const char* const> hints;   ///< of chips
  int chosen = 0;                       ///< of `count` values
  int count = 0;
};
/// Cuts the column; returns what is chosen now.
[[nodiscard]] int draw_control(Ui& ui, Box& column, const Setting& setting);

/// "More" or "Less", and whether there is more.
void draw_more_button(Ui& ui, Box& column, bool& more);

/// One row, whatever its part; `said` replaces what its dial says. True when the visitor changed
/// it.
template <class State>
bool draw_setting(Ui& ui, Box& column, const rows::Row<State>& row, State& state,
                  std::string_view said = {}) {
  if (!row.shown(state)) return false;
  const rows::Control<State>& control = row.control;
  const words::Words& all = *ui.words;
  const Setting setting{
      .kind = control.kind,
      .name = row.name(),
      .lights = row.lights(),
      .symbol = control.symbol,
      .words = control.words.of ? control.words.of(all) : nullptr,
      .hint = control.hint.of ? control.hint.of(all) : nullptr,
      .value = said.empty() ? row.said(state, all) : std::string(said),
      .choices = row.choices(all),
      .chip_names = row.chip_names(),
      .possible = row.possible(state),
      .hints = control.hints.of ? control.hints.of(all) : std::span<const char* const>(),
      .chosen = row.chosen(state),
      .count = static_cast<int>(row.offered().size())};
  const int chosen = draw_control(ui, column, setting);
  if (chosen == setting.chosen) return false;
  row.choose(state, chosen);
  return true;
}

/// The row of that key.
template <class State>
bool draw_setting(Ui& ui, Box& column, const rows::Table<State>& table, std::string_view key,
                  State& state, std::string_view said = {}) {
  return draw_setting(ui, column, rows::row_of(table, key), state, said);
}

/// All rows of a part, from top to bottom; returns the key of the one that the visitor changed, if
/// any.
template <class State>
std::string_view draw_rows(Ui& ui, Box& column, const rows::Table<State>& table, rows::Part part,
                           State& state) {
  std::string_view changed;
  for (const rows::Row<State>& row : table) {
    if (row.control.part == part && draw_setting(ui, column, row, state)) changed = row.key;
  }
  return changed;
}

}  // namespace rivulet::ui
