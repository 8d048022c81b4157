// Steps for what is neither pointwise nor a product: reductions, and what moves data.
#pragma once

#include <memory>

#include "rivulet/exec/plan/stage.h"
#include "rivulet/exec/step.h"
#include "rivulet/exec/xnnpack/kernels.h"
#include "rivulet/exec/xnnpack/pool.h"

namespace rivulet::exec::xnnpack {

[[nodiscard]] Step reduce_step(const plan::Reduce& reduce, const Kernels& kernels,
                               std::shared_ptr<const Pool> pool);
[[nodiscard]] Step softmax_step(const plan::Softmax& softmax, const Kernels& kernels,
                                std::shared_ptr<const Pool> pool);
[[nodiscard]] Step attend_step(const plan::Attend& attend, const Kernels& kernels,
                               std::shared_ptr<const Pool> pool);
[[nodiscard]] Step copy_step(const plan::Copy& copy);
[[nodiscard]] Step gather_step(const plan::Gather& gather, std::shared_ptr<const Pool> pool);
[[nodiscard]] Step scatter_add_step(const plan::ScatterAdd& scatter,
                                    std::shared_ptr<const Pool> pool);
[[nodiscard]] Step slice_update_step(const plan::SliceUpdate& update);

}  // namespace rivulet::exec::xnnpack
