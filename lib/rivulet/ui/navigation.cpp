#include "rivulet/ui/navigation.h"

#include <algorithm>
#include <string>
#include <vector>

namespace rivulet::ui {
namespace {

// On either side of a name.
constexpr float bar_pad = 12;
constexpr float row_pad = 13;
constexpr float least_pad = 7;
constexpr float least_system = 44;
constexpr float between = 10;  ///< systems and their labs
constexpr float row_height = 44;
constexpr float bar_choice_height = 40;
constexpr float choice_edge = 3;
constexpr float rows_margin = 6;

std::vector<int> labs_of(std::span<const Lab> labs, System system) {
  std::vector<int> found;
  for (size_t i = 0; i < labs.size(); ++i) {
    if (labs[i].system == system) found.push_back(static_cast<int>(i));
  }
  return found;
}

std::vector<System> systems_of(std::span<const Lab> labs) {
  std::vector<System> found;
  for (size_t i = 0; i < system_names.size(); ++i) {
    const auto system = static_cast<System>(i);
    if (!labs_of(labs, system).empty()) found.push_back(system);
  }
  return found;
}

const char* name_of(const Ui& ui, System system) {
  return ui.words->common.systems[static_cast<size_t>(system)];
}

float width_of(const Ui& ui, const char* name) { return text_size(ui.fonts.strong, name).x; }

/// Wide enough for a finger, however short the name.
float system_width(const Ui& ui, System system, float pad) {
  return std::max(least_system, width_of(ui, name_of(ui, system)) + 2 * pad);
}

float systems_width(const Ui& ui, std::span<const Lab> labs, float pad) {
  float width = 0;
  for (const System system : systems_of(labs)) width += system_width(ui, system, pad);
  return width;
}

float choice_width(const Ui& ui, std::span<const Lab> labs, System system, float pad) {
  const std::vector<int> choice = labs_of(labs, system);
  if (choice.size() < 2) return 0;  // nothing to choose
  float width = 2 * choice_edge;
  for (const int i : choice) {
    width += width_of(ui, labs[static_cast<size_t>(i)].title(*ui.words)) + 2 * pad;
  }
  return width;
}

/// Of the system with the most to say, so that nothing moves when another is opened.
float widest_choice(const Ui& ui, std::span<const Lab> labs, float pad) {
  float width = 0;
  for (const System system : systems_of(labs)) {
    width = std::max(width, choice_width(ui, labs, system, pad));
  }
  return width;
}

float all_width(const Ui& ui, std::span<const Lab> labs, float pad) {
  const float choice = widest_choice(ui, labs, pad);
  return systems_width(ui, labs, pad) + (choice > 0 ? between + choice : 0);
}

}  // namespace

System Navigation::system(std::span<const Lab> labs) const {
  return labs[static_cast<size_t>(open_)].system;
}

void Navigation::show(std::span<const Lab> labs, int lab) {
  open_ = lab;
  last_[static_cast<size_t>(system(labs))] = lab;
}

void Navigation::draw_systems(Ui& ui, std::span<const Lab> labs, Box row, float pad) {
  const System open = system(labs);
  for (const System system : systems_of(labs)) {
    const auto i = static_cast<size_t>(system);
    const char* const name = name_of(ui, system);
    const Box box = row.cut_left(system_width(ui, system, pad));
    const bool on = system == open;
    const Touch touched =
        touch(ui, ("system." + std::string(system_names[i])).c_str(), box.inset(2), 8);
    describe(ui, {.role = Role::tab, .label = name, .on = on});
    label(ui, ui.fonts.strong, box, on || touched.hovered ? ui.theme->text : ui.theme->muted, name,
          Align::centre);
    if (on) {
      const float foot = box.y + box.h;
      ui.draw().AddRectFilled({box.x + pad, foot - 3}, {box.x + box.w - pad, foot},
                              ui.theme->accent, 1.5F);
    }
    if (touched.pressed && !on) {
      show(labs, last_[i] >= 0 ? last_[i] : labs_of(labs, system).front());
    }
  }
}

/// A strip of the open system's labs.
void Navigation::draw_labs(Ui& ui, std::span<const Lab> labs, Box row, float pad) {
  const std::vector<int> choice = labs_of(labs, system(labs));
  if (choice.size() < 2) return;
  const Theme& theme = *ui.theme;
  row.w = choice_width(ui, labs, system(labs), pad);
  const Box strip = row.inset(0, 5);
  ui.draw().AddRectFilled(strip.min(), strip.max(), theme.inset, 8);
  row = row.inset(choice_edge, 0);
  for (const int i : choice) {
    const Lab& lab = labs[static_cast<size_t>(i)];
    const char* const name = lab.title(*ui.words);
    const Box box = row.cut_left(width_of(ui, name) + 2 * pad);
    const Box face = box.inset(0, 8);
    const bool on = i == open_;
    const Touch touched = touch(ui, ("tab." + lab.id).c_str(), box, 6);
    describe(ui, {.role = Role::tab, .label = name, .on = on});
    if (on) {
      ui.draw().AddRectFilled(face.min(), face.max(), theme.card, 6);
      ui.draw().AddRect(face.min(), face.max(), theme.border, 6);
    }
    label(ui, on ? ui.fonts.strong : ui.fonts.text, face,
          on                ? theme.accent
          : touched.hovered ? theme.text
                            : theme.muted,
          name, Align::centre);
    if (touched.pressed) show(labs, i);
  }
}

bool Navigation::fits(const Ui& ui, std::span<const Lab> labs, float room) {
  return all_width(ui, labs, bar_pad) <= room;
}

void Navigation::draw_in_bar(Ui& ui, std::span<const Lab> labs, Box bar) {
  draw_systems(ui, labs, bar, bar_pad);
  bar.cut_left(systems_width(ui, labs, bar_pad) + between);
  draw_labs(ui, labs, bar.inset(0, (bar.h - bar_choice_height) / 2), bar_pad);
}

/// One row where both find room beside each other, else two.
void Navigation::draw_rows(Ui& ui, std::span<const Lab> labs, Box& page) {
  const float room = page.w - 2 * rows_margin;
  float pad = row_pad;
  while (pad > least_pad && all_width(ui, labs, pad) > room) pad -= 0.5F;
  const bool one = all_width(ui, labs, pad) <= room;
  const bool choice = choice_width(ui, labs, system(labs), pad) > 0;
  const Box rows = page.cut_top(one || !choice ? row_height : 2 * row_height);
  ui.draw().AddRectFilled(rows.min(), rows.max(), ui.theme->card);
  ui.draw().AddLine({rows.x, rows.y + rows.h}, {rows.x + rows.w, rows.y + rows.h},
                    ui.theme->border);
  Box rest = rows.inset(rows_margin, 0);
  Box first = rest.cut_top(row_height);
  if (!one) {
    pad = row_pad;
    while (pad > 0 && systems_width(ui, labs, pad) > room) pad -= 0.5F;
  }
  draw_systems(ui, labs, first, pad);
  if (!choice) return;
  if (one) first.cut_left(systems_width(ui, labs, pad) + between);
  draw_labs(ui, labs, one ? first : rest, one ? pad : row_pad);
}

}  // namespace rivulet::ui
