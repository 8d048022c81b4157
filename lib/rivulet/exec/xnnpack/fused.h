// Fused operations: a cluster of nodes becomes a short program for a register machine whose
// registers are tiles of a few hundred floats in the first-level cache. What only the cluster
// itself uses is never stored.
//
// A cluster may also reduce rows: tiles then hold whole rows, and instructions work either on all
// elements of a tile or on one number per row. So a layer norm reads its input once.
#pragma once

#include <memory>

#include "rivulet/exec/plan/stage.h"
#include "rivulet/exec/step.h"
#include "rivulet/exec/xnnpack/kernels.h"
#include "rivulet/exec/xnnpack/pool.h"

namespace rivulet::exec::xnnpack {

/// Tiles hold whole rows of at most so many elements, and a multiple of the lanes.
inline constexpr int64_t longest_tile = 2048;
inline constexpr int64_t lanes = 16;

/// The step that computes all stored results of a cluster, each element once, tile by tile.
[[nodiscard]] Step fused_step(const plan::Cluster& cluster, const Kernels& kernels,
                              std::shared_ptr<const Pool> pool);

}  // namespace rivulet::exec::xnnpack
