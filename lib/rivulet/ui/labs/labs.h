// Every lab of the app: a new one is registered here, and nowhere else.
#pragma once

#include <vector>

#include "rivulet/ui/lab.h"

namespace rivulet::ui {

/// In the order in which a system offers them. Engines are made when a lab is first drawn.
[[nodiscard]] std::vector<Lab> make_labs();

}  // namespace rivulet::ui
