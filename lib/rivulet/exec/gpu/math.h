// The instructions of fused groups as lines of kernels.
#pragma once

#include <span>

#include "rivulet/exec/gpu/build.h"
#include "rivulet/exec/plan/kernel.h"

namespace rivulet::exec::gpu {

/// One element of each operand to one of the result. Functions are computed by sums and products,
/// the same on every card: what shading languages call exp and sin is coarse. No value where there
/// is no formula.
[[nodiscard]] Val evaluate(plan::Kernel kernel, std::span<const Val> operands);
[[nodiscard]] Val exp_of(Val x);
/// Whether it is no NaN: by its bits, because compilers of shaders may take x == x for granted.
[[nodiscard]] Val is_number(Val x);

}  // namespace rivulet::exec::gpu
