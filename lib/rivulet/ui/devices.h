// Where labs compute: the choice in the bar, and what becomes of it when a device fails.
#pragma once

#include <string>
#include <vector>

#include "rivulet/ui/widgets.h"

namespace rivulet {
struct Device;
}

namespace rivulet::ui {

class DeviceChoice {
 public:
  /// Before the labs of a frame: sets `ui.device`. The host's first device is taken as soon as it
  /// is known; in the place of one that has failed (`ui.device_failure`), the usual one.
  void update(Ui& ui);
  /// Units that it takes of the bar: 0 where the host has no devices.
  [[nodiscard]] float width(const Ui& ui) const;
  /// The one in use; pressed, the next. Cuts the bar.
  void draw(Ui& ui, Box& bar);

 private:
  [[nodiscard]] const Device& now() const;
  [[nodiscard]] const Device& next() const;
  [[nodiscard]] std::string hint(const Ui& ui) const;

  std::vector<const Device*> all_;
  const Device* chosen_ = nullptr;  ///< null: not known yet
};

}  // namespace rivulet::ui
