// The lab "TarFlow pictures".
#pragma once

#include "rivulet/ui/lab.h"

namespace rivulet::ui {

[[nodiscard]] Lab tarflow_pictures_lab();

}  // namespace rivulet::ui
