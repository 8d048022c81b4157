// The device's own kernels: what lies between the products. They are written once
// (kernels.inc) and compiled for each instruction set; results are equal to the bit on all of them
// but for some products.
//
// Tile kernels read and write whole vectors: up to 15 floats past the end of every operand,
// which the planner's padding allows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rivulet/exec/plan/kernel.h"

namespace rivulet::exec::xnnpack {

using plan::Kernel;
using plan::kernel_count;

/// d[i] = f(a[i], b[i], c[i]) for i < n; an operand named in the kernel's mask is one number.
/// `d` may be the same memory as an operand.
using TileKernel = void (*)(float* d, const float* a, const float* b, const float* c, int64_t n);

/// Masks of operands that are one number.
inline constexpr size_t a_is_number = 1;
inline constexpr size_t b_is_number = 2;
inline constexpr size_t c_is_number = 4;

/// out[i,j] = sum_k a[k,i] b[k,j] for i < rows: a part of the rows of a' b, a [k,m], b [k,n].
struct TransposedProduct {
  int64_t rows;
  int64_t m;
  int64_t k;
  int64_t n;
};
/// Steps of k that are packed together.
inline constexpr int64_t transposed_depth = 128;
/// Floats of scratch memory for a part of that many rows.
[[nodiscard]] constexpr int64_t transposed_scratch(int64_t rows) {
  constexpr int64_t widest = 32;  // columns or rows of a panel, and what vectors write too much
  return transposed_depth * (rows + 2 * widest) + 4 * (rows + widest);
}

/// The columns of panels first..last of a matrix [k,n], of Kernels::row_panel columns each: panel
/// by panel with k outermost, zeros where columns end.
struct Panels {
  int64_t k;
  int64_t n;
  int64_t first;
  int64_t last;
};

/// out[m,n] = a[m,k] b + bias[n] for the columns of some panels of b.
struct RowsProduct {
  float* out;
  const float* a;
  const float* packed;  // the panels
  const float* bias;    // or null
  int64_t m;
  Panels panels;
};
/// Of Kernels::product_of_rows.
inline constexpr int64_t most_rows = 6;

/// Causal attention of one head: see attend in graph/ops.h.
struct AttendCall {
  float* out;           // [M,D]
  const float* q;       // [M,D]
  const float* k;       // [M,D]
  const float* v;       // [M,D]
  const float* keys;    // [D,N]
  const float* values;  // [N,D]
  float* scores;        // scratch for N + M numbers and a vector
  int64_t m;
  int64_t d;
  int64_t n;
  int64_t past;
};

/// The longest row of which argsort_rows compares all pairs.
inline constexpr int64_t longest_ranked = 64;

struct Kernels {
  const char* name;  ///< "avx512"
  /// By kernel and mask; null where no operand is left that varies.
  std::array<std::array<TileKernel, 8>, kernel_count> tile;

  /// out[r] = sum or max of x[r, 0..length)
  void (*sum_rows)(float* out, const float* x, int64_t rows, int64_t length);
  void (*max_rows)(float* out, const float* x, int64_t rows, int64_t length);
  /// out[c] = sum or max over r of x[r * stride + c], c < columns
  void (*sum_columns)(float* out, const float* x, int64_t rows, int64_t columns, int64_t stride);
  void (*max_columns)(float* out, const float* x, int64_t rows, int64_t columns, int64_t stride);
  void (*softmax_rows)(float* out, const float* x, int64_t rows, int64_t length);
  /// Each row as the op argsort does, for up to longest_ranked elements.
  void (*argsort_rows)(float* out, const float* x, int64_t rows, int64_t length);

  /// One head: q, k, v, out [M,D], keys [D,N], values [N,D] of which `past` are seen.
  void (*attend)(const AttendCall& call);

  /// out[m,n] = sum_k a[k,m] b[k,n] for few m: neither operand is rearranged.
  void (*product_of_columns)(float* out, const float* a, const float* b, int64_t m, int64_t k,
                             int64_t n);
  int64_t row_panel;  ///< columns of a panel of packed weights
  /// Packs b [k,n], or [n,k] transposed.
  void (*pack_panels)(float* packed, const float* b, const Panels& panels, bool transposed);
  /// Multiply-adds of these and of transposed_product round once where the instruction set has them
  /// so: their results depend on it. Those of product_of_rows, for 1..most_rows of them, depend on
  /// the number of rows too; in panels_product, for any number, no row depends on another.
  void (*product_of_rows)(const RowsProduct& product);
  void (*panels_product)(const RowsProduct& product);
  /// The same, of b as pack_panels takes it: one panel is packed at a time.
  void (*packing_product)(const RowsProduct& product, const float* b, bool transposed,
                          float* panel);
  /// Of any size.
  void (*transposed_product)(float* out, const float* a, const float* b, TransposedProduct p,
                             float* scratch);
  /// Multiply-adds from registers alone, two floating-point operations each; returns how many
  /// operations were done. For measuring the peak.
  int64_t (*peak_loop)(int64_t rounds, float* sink);
};

[[nodiscard]] const Kernels& base_kernels();
#if defined(__x86_64__)
/// Null where the machine does not have the instructions.
[[nodiscard]] const Kernels* avx2_kernels();
[[nodiscard]] const Kernels* avx512_kernels();
#endif

/// Every set that this machine runs, fastest first.
[[nodiscard]] std::vector<const Kernels*> available_kernels();
[[nodiscard]] const Kernels& best_kernels();

}  // namespace rivulet::exec::xnnpack
