#include "rivulet/exec/xnnpack/intrinsics.h"
#include "rivulet/exec/xnnpack/kernels.h"

namespace rivulet::exec::xnnpack {

namespace {
#include "rivulet/exec/xnnpack/kernels.inc"
}  // namespace

const Kernels& base_kernels() {
#if defined(__wasm_relaxed_simd__)
  static constexpr Kernels table = make_kernels("wasm relaxed simd");
#elif defined(__wasm_simd128__)
  static constexpr Kernels table = make_kernels("wasm simd");
#elif defined(__SSE2__)
  static constexpr Kernels table = make_kernels("sse2");
#else
  static constexpr Kernels table = make_kernels("portable");
#endif
  return table;
}

}  // namespace rivulet::exec::xnnpack
