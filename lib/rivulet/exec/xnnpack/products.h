// Matrix products, by XNNPACK and, where one extent is tiny, by kernels of our own.
#pragma once

#include <cstdint>
#include <memory>

#include "rivulet/exec/plan/stage.h"
#include "rivulet/exec/step.h"
#include "rivulet/exec/xnnpack/kernels.h"
#include "rivulet/exec/xnnpack/pool.h"

namespace rivulet::exec::xnnpack {

/// Whether a bias costs nothing: not so for a middling number of columns, where XNNPACK's fully
/// connected operator takes its kernels for two columns and its batched one, without bias, is
/// faster.
[[nodiscard]] inline bool takes_bias(const plan::Product& p) {
  return p.batch == 1 && (p.static_b || p.n < 12 || p.n >= 32);
}

[[nodiscard]] Step product_step(const plan::Product& product, const Kernels& kernels,
                                std::shared_ptr<const Pool> pool);

[[nodiscard]] Step transpose_step(const plan::Transpose& transpose,
                                  std::shared_ptr<const Pool> pool);

}  // namespace rivulet::exec::xnnpack
