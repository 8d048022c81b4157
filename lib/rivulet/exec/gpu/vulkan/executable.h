// A tape on a card.
#pragma once

#include <memory>

#include "rivulet/exec/executable.h"
#include "rivulet/exec/gpu/vulkan/card.h"
#include "rivulet/exec/plan/plan.h"
#include "rivulet/graph/graph.h"

namespace rivulet::exec::gpu::vulkan {

[[nodiscard]] std::unique_ptr<Executable> executable(std::shared_ptr<const Card> card,
                                                     const Graph& graph, const plan::Plan& plan);

}  // namespace rivulet::exec::gpu::vulkan
