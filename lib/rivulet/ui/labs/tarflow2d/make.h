// The lab "TarFlow, 2-D".
#pragma once

#include "rivulet/ui/lab.h"

namespace rivulet::ui {

[[nodiscard]] Lab tarflow2d_lab();

}  // namespace rivulet::ui
