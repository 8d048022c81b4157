// Steps for what is neither pointwise nor a product: reductions, and what moves data.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "rivulet/exec/step.h"
#include "rivulet/exec/xnnpack/kernels.h"
#include "rivulet/exec/xnnpack/pool.h"
#include "rivulet/exec/xnnpack/products.h"
#include "rivulet/exec/xnnpack/view.h"

namespace rivulet::exec::xnnpack {

/// Sum (or max) of x over `axes`, whose extents become 1.
[[nodiscard]] Step reduce_step(Op op, Run x, int out, const Shape& shape,
                               std::span<const int64_t> axes, const Kernels& kernels,
                               std::shared_ptr<const Pool> pool);

/// Over the last axis.
[[nodiscard]] Step softmax_step(Run x, int out, const Shape& shape, const Kernels& kernels,
                                std::shared_ptr<const Pool> pool);

struct Placed {
  int node;
  Layout from;
  Layout to;  ///< in the result
};
/// Copies each part to its place in `out`, over zeros if `clear`.
[[nodiscard]] Step copy_step(std::string label, std::vector<Placed> parts, int out,
                             const Shape& shape, bool clear);

/// Its inputs in the order of the operation, its result [B,H,M,D], and N.
[[nodiscard]] Step attend_step(const std::array<Run, 6>& inputs, int out, const Shape& shape,
                               int64_t remembered, const Kernels& kernels,
                               std::shared_ptr<const Pool> pool);

/// Of a table and an index.
[[nodiscard]] Step gather_step(const std::array<Run, 2>& inputs, int out, int64_t rows,
                               const Shape& shape);
/// Of rows and an index.
[[nodiscard]] Step scatter_add_step(const std::array<Run, 2>& inputs, int out, int64_t count,
                                    const Shape& shape);

}  // namespace rivulet::exec::xnnpack
