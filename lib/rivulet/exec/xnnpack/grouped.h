// Products of rows in groups that have a matrix each: the work of the rows there are.
#pragma once

#include <memory>

#include "rivulet/exec/plan/stage.h"
#include "rivulet/exec/step.h"
#include "rivulet/exec/xnnpack/kernels.h"
#include "rivulet/exec/xnnpack/pool.h"

namespace rivulet::exec::xnnpack {

/// Threads take equal numbers of rows, wherever groups end; no row's result depends on others.
[[nodiscard]] Step grouped_product_step(const plan::GroupedProduct& product, const Kernels& kernels,
                                        std::shared_ptr<const Pool> pool);
/// Threads take parts of equal work of the results, wherever groups end.
[[nodiscard]] Step grouped_outer_step(const plan::GroupedOuter& product, const Kernels& kernels,
                                      std::shared_ptr<const Pool> pool);

}  // namespace rivulet::exec::xnnpack
