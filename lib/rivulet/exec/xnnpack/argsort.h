// Rows in order.
#pragma once

#include <memory>

#include "rivulet/exec/plan/stage.h"
#include "rivulet/exec/step.h"
#include "rivulet/exec/xnnpack/kernels.h"
#include "rivulet/exec/xnnpack/pool.h"

namespace rivulet::exec::xnnpack {

/// Short rows by comparing all pairs (Kernels::argsort_rows), long ones by radix.
[[nodiscard]] Step argsort_step(const plan::Argsort& sort, const Kernels& kernels,
                                std::shared_ptr<const Pool> pool);

}  // namespace rivulet::exec::xnnpack
