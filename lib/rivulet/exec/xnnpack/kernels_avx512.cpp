// Compiled with this instruction set's flags; on x86-64 only.
#include "rivulet/exec/xnnpack/intrinsics.h"
#include "rivulet/exec/xnnpack/kernels.h"

namespace rivulet::exec::xnnpack {

namespace {
#include "rivulet/exec/xnnpack/kernels.inc"

constexpr Kernels table = make_kernels("avx512");
}  // namespace

const Kernels* avx512_kernels() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") ? &table : nullptr;
}

}  // namespace rivulet::exec::xnnpack
