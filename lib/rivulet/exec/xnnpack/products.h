// Matrix products, by XNNPACK and, where one extent is tiny, by kernels of our own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "rivulet/exec/step.h"
#include "rivulet/exec/xnnpack/kernels.h"
#include "rivulet/exec/xnnpack/pool.h"

namespace rivulet::exec::xnnpack {

/// A run of a node's storage.
struct Run {
  int node;
  int64_t offset = 0;
};

/// out[..,M,N] = a[..,M,K] b[..,K,N] + bias[N], operands transposed in memory where the flags say
/// so.
struct Product {
  Run a;
  Run b;
  std::optional<Run> bias = {};
  int out;
  int64_t batch = 1;
  int64_t m;
  int64_t k;
  int64_t n;
  bool transpose_a = false;
  bool transpose_b = false;
  /// `b` is a state that changes rarely: pack it once per change.
  bool static_b = false;
};

/// Whether a bias costs nothing: not so for a middling number of columns, where XNNPACK's fully
/// connected operator takes its kernels for two columns and its batched one, without bias, is
/// faster.
[[nodiscard]] inline bool takes_bias(const Product& p) {
  return p.batch == 1 && (p.static_b || p.n < 12 || p.n >= 32);
}

[[nodiscard]] Step product_step(const Product& product, const Kernels& kernels,
                                std::shared_ptr<const Pool> pool);

/// A transpose of any axes: out = x with axes in the order of `permutation`.
[[nodiscard]] Step transpose_step(Run x, int out, std::span<const int64_t> extents,
                                  std::span<const int64_t> permutation,
                                  std::shared_ptr<const Pool> pool);

}  // namespace rivulet::exec::xnnpack
