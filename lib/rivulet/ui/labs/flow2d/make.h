// The lab "Flow and shortcut, 2-D".
#pragma once

#include "rivulet/ui/lab.h"

namespace rivulet::ui {

[[nodiscard]] Lab flow2d_lab();

}  // namespace rivulet::ui
