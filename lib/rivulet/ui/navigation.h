// The way among the labs: a tab for each system that has any, and a small choice of the open
// system's labs beside or below them.
#pragma once

#include <array>
#include <span>

#include "rivulet/ui/lab.h"

namespace rivulet::ui {

class Navigation {
 public:
  [[nodiscard]] int open() const { return open_; }  ///< position of the open lab
  void show(std::span<const Lab> labs, int lab);

  /// Is there room for all of it in a bar?
  [[nodiscard]] static bool fits(const Ui& ui, std::span<const Lab> labs, float room);
  /// Registers "system.shortcut", "tab.flow2d", ...
  void draw_in_bar(Ui& ui, std::span<const Lab> labs, Box bar);
  /// In rows below a bar that has no room: cuts the page.
  void draw_rows(Ui& ui, std::span<const Lab> labs, Box& page);

 private:
  [[nodiscard]] System system(std::span<const Lab> labs) const;
  void draw_systems(Ui& ui, std::span<const Lab> labs, Box row, float pad);
  void draw_labs(Ui& ui, std::span<const Lab> labs, Box row, float pad);

  int open_ = 0;
  std::array<int, system_names.size()> last_ = {-1, -1, -1, -1, -1};  ///< a system's lab seen last
};

}  // namespace rivulet::ui
