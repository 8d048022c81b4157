// For browsers' modules.
#include "kernel_machine.h"

namespace rivulet::testing {

const Device* kernel_machine() { return nullptr; }

}  // namespace rivulet::testing
