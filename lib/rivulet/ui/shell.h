// What surrounds the labs: the bar with the way among them, messages, help.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rivulet/ui/devices.h"
#include "rivulet/ui/lab.h"
#include "rivulet/ui/navigation.h"

namespace rivulet::ui {

struct Shell {
  Navigation navigation;
  DeviceChoice devices;
  std::string theme;     ///< "light" or "dark" where the visitor chose, else empty
  std::string language;  ///< "en" or "zh" likewise
  bool help = false;
  std::vector<int> recent;  ///< labs that are kept, the open one first
};

struct ShellActions {
  bool copy = false;
  bool paste = false;
  bool theme = false;
  bool language = false;
};

/// Draws the whole page.
[[nodiscard]] ShellActions draw_shell(Ui& ui, Shell& shell, std::span<const Lab> labs);

}  // namespace rivulet::ui
