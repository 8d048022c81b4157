// Tapes on a card.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "rivulet/exec/executable.h"
#include "rivulet/exec/gpu/vulkan/card.h"

namespace rivulet::exec::gpu::vulkan {

/// As Device::load has it. `abilities`: those of the card's that may be used.
[[nodiscard]] std::vector<std::unique_ptr<Executable>> executables(
    const std::shared_ptr<const Card>& card, std::span<const Planned> programs,
    const Abilities& abilities);

}  // namespace rivulet::exec::gpu::vulkan
