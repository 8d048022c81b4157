// What surrounds the labs: the bar with tabs, messages, help.
#pragma once

#include <span>
#include <string>

#include "rivulet/ui/lab.h"

namespace rivulet::ui {

struct Shell {
  int tab = 0;
  std::string theme;     ///< "light" or "dark" where the visitor chose, else empty
  std::string language;  ///< "en" or "zh" likewise
  bool help = false;
  float tabs_left = 0;  ///< how far the tabs have slid, where they need more room than there is
};

struct ShellActions {
  bool copy = false;
  bool paste = false;
  bool theme = false;
  bool language = false;
};

/// Draws the whole page.
[[nodiscard]] ShellActions draw_shell(Ui& ui, Shell& shell, std::span<Lab> labs);

/// `text` as a JSON string, quotes included.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace rivulet::ui
