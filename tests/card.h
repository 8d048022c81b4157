// A card to test on.
#pragma once

#include "rivulet/exec/program.h"

namespace rivulet::testing {

/// The first, even one that the processor plays; null where there is none.
inline const Device* card_at_hand() {
  for (const Device* device : all_devices()) {
    if (device->name.starts_with("gpu")) return device;
  }
  return nullptr;
}

}  // namespace rivulet::testing
