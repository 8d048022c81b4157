// XNNPACK leaves the padded lanes of this packing unwritten, which a product over k (not a multiple of the kernel's
// kr) then adds up: whatever the workspace held before. The original is compiled under another name; this one clears first.
#include <stddef.h>
#include <string.h>

typedef void pack_function(size_t g, size_t nc, size_t kc, size_t nr, size_t kr, size_t sr, size_t k_stride,
                           const float* kernel, const float* bias, const void* scale, float* packed,
                           size_t extra_bytes, const void* params);

pack_function xnn_pack_f32_gemm_gio_w_upstream;
pack_function xnn_pack_f32_gemm_gio_w;

void xnn_pack_f32_gemm_gio_w(size_t g, size_t nc, size_t kc, size_t nr, size_t kr, size_t sr, size_t k_stride,
                             const float* kernel, const float* bias, const void* scale, float* packed,
                             size_t extra_bytes, const void* params) {
  const size_t skr = sr * kr;
  if (nc % nr != 0 || kc % skr != 0) {
    const size_t blocks = (nc + nr - 1) / nr;
    const size_t padded_kc = (kc + skr - 1) / skr * skr;
    memset(packed, 0, g * blocks * (nr * (1 + padded_kc) * sizeof(float) + extra_bytes));
  }
  xnn_pack_f32_gemm_gio_w_upstream(g, nc, kc, nr, kr, sr, k_stride, kernel, bias, scale, packed, extra_bytes, params);
}
