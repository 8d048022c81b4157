// Reading and copying what lies in strides.
#pragma once

#include <cstdint>

#include "rivulet/exec/plan/view.h"
#include "rivulet/exec/xnnpack/kernels.h"

namespace rivulet::exec::xnnpack {

/// out[0..n) = elements first..first+n of the view. May write 15 floats more.
void read_view(float* out, const float* base, const plan::View& view, int64_t first, int64_t n,
               const Kernels& kernels);

/// Copies a box of the given extents between two layouts of equal shape.
void copy_layout(float* to, const plan::Layout& to_layout, const float* from,
                 const plan::Layout& from_layout);

}  // namespace rivulet::exec::xnnpack
