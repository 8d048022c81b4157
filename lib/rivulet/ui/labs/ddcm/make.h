// The lab "DDCM": a diffusion model as codec and restorer.
#pragma once

#include "rivulet/ui/lab.h"

namespace rivulet::ui {

[[nodiscard]] Lab ddcm_lab();

}  // namespace rivulet::ui
