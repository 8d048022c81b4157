// For builds without Vulkan: there is no card.
#include "rivulet/exec/gpu/devices.h"

namespace rivulet::exec::gpu {

std::span<const Device> gpu_devices() { return {}; }

std::string no_gpu() { return "this program was built without Vulkan"; }

}  // namespace rivulet::exec::gpu
