// Compiled with this instruction set's flags; on x86-64 only.
#include "rivulet/exec/xnnpack/intrinsics.h"
#include "rivulet/exec/xnnpack/kernels.h"

namespace rivulet::exec::xnnpack {

namespace {
#include "rivulet/exec/xnnpack/kernels.inc"

constexpr Kernels table = make_kernels("avx2");
}  // namespace

const Kernels* avx2_kernels() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &table : nullptr;
}

}  // namespace rivulet::exec::xnnpack
