// The lab "Pictures".
#pragma once

#include "rivulet/ui/lab.h"

namespace rivulet::ui {

[[nodiscard]] Lab pictures_lab();

}  // namespace rivulet::ui
