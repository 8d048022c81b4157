// Where a lab's networks run: a field of every order, so that it can be changed while they run.
#pragma once

#include "rivulet/exec/program.h"

namespace rivulet::live {

/// What an order says unless a visitor chose another; never null.
[[nodiscard]] inline const Device* usual_device() { return &cpu_device(); }

}  // namespace rivulet::live
