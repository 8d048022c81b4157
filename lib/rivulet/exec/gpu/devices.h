// Cards as devices.
#pragma once

#include <span>
#include <string>

#include "rivulet/exec/program.h"

namespace rivulet::exec::gpu {

/// Real ones first, then what the processor plays: "gpu:0", "gpu:1", ...
[[nodiscard]] std::span<const Device> gpu_devices();
/// Why there is none, in one sentence.
[[nodiscard]] std::string no_gpu();

}  // namespace rivulet::exec::gpu
