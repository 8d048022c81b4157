#include "rivulet/exec/xnnpack/products.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/exec/host.h"
#include "rivulet/exec/xnnpack/operator.h"

namespace rivulet::exec::xnnpack {

using plan::Product;

void check(xnn_status status, const char* call) {
  if (status != xnn_status_success) {
    fail("xnnpack", fmt::format("{} failed with status {}", call, static_cast<int>(status)));
  }
}

void initialize() {
  static const xnn_status status = xnn_initialize(nullptr);
  check(status, "xnn_initialize");
}

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr int64_t line = 16;  // floats of the alignment that XNNPACK's workspaces need

size_t size(int64_t n) { return static_cast<size_t>(n); }
int64_t aligned(int64_t floats) { return (floats + line - 1) / line * line; }
int64_t floats_of(size_t bytes) {
  return static_cast<int64_t>((bytes + sizeof(float) - 1) / sizeof(float));
}

/// `threads`: of the pool, or null.
void run_operator(xnn_operator_t op, const Pool& pool, pthreadpool_t threads) {
  pool.run(threads, [op](pthreadpool_t on) { check(xnn_run_operator(op, on), "run"); });
}

int64_t multiply_adds(const Product& p) { return p.batch * p.m * p.n * p.k; }

/// x [batch, rows, columns] -> [batch, columns, rows], for addresses known later.
class MatrixTranspose {
 public:
  MatrixTranspose(int64_t batch, int64_t rows, int64_t columns, const Pool& pool)
      : pool_(pool.share()),
        threads_(pool_->get(batch * rows * columns * moving)),
        operator_(make_operator("create transpose", [](xnn_operator_t* op) {
          return xnn_create_transpose_nd_x32(0, op);
        })) {
    const std::array<size_t, 3> shape{size(batch), size(rows), size(columns)};
    const std::array<size_t, 3> permutation{0, 2, 1};
    check(xnn_reshape_transpose_nd_x32(operator_.get(), 3, shape.data(), permutation.data(),
                                       threads_),
          "reshape transpose");
  }

  void bind(const float* x, float* out) const {
    check(xnn_setup_transpose_nd_x32(operator_.get(), x, out), "setup transpose");
  }
  void run() const { run_operator(operator_.get(), *pool_, threads_); }

 private:
  std::shared_ptr<const Pool> pool_;  // its own: it is not as long as the product
  pthreadpool_t threads_;
  Operator operator_;
};

/// The general case. `a` must lie untransposed; a transposed one goes through scratch first.
struct XnnProduct {
  Product product;
  std::shared_ptr<const Pool> pool;
  pthreadpool_t threads;  // its, or null
  std::optional<MatrixTranspose> transpose;
  Operator op;
  int64_t a_floats = 0;  // of the transposed copy, at the start of the scratch memory
  int64_t workspace = 0;

  XnnProduct(const Product& p, std::shared_ptr<const Pool> shared)
      : product(p), pool(std::move(shared)), threads(pool->get(multiply_adds(p))) {
    if (product.transpose_a) {
      transpose.emplace(product.batch, product.k, product.m, *pool);
      a_floats = aligned(product.batch * product.m * product.k + line);
    }
    if (product.static_b) return;  // made from the weights, by `pack`
    if (takes_bias(product)) {
      create_fully_connected();
    } else {
      create_batched();
    }
  }

  void create_fully_connected() {
    op = make_operator("create product", [&](xnn_operator_t* out) {
      const uint32_t flags = product.transpose_b ? 0 : XNN_FLAG_TRANSPOSE_WEIGHTS;
      return xnn_create_dynamic_fully_connected_nc_f32(-infinity, infinity, flags, out);
    });
    size_t bytes = 0;
    size_t alignment = 0;
    check(xnn_reshape_dynamic_fully_connected_nc_f32(op.get(), size(product.m), size(product.k),
                                                     size(product.n), size(product.k),
                                                     size(product.n), &bytes, &alignment, threads),
          "reshape product");
    workspace = floats_of(bytes);
  }

  void create_batched() {
    op = make_operator("create batched product", [&](xnn_operator_t* out) {
      const uint32_t flags = product.transpose_b ? XNN_FLAG_TRANSPOSE_B : 0;
      return xnn_create_batch_matrix_multiply_nc_f32(flags, out);
    });
    const size_t batch = size(product.batch);
    size_t bytes = 0;
    size_t alignment = 0;
    check(xnn_reshape_batch_matrix_multiply_nc_f32(op.get(), 1, &batch, &batch, size(product.m),
                                                   size(product.k), size(product.n), &bytes,
                                                   &alignment, threads),
          "reshape batched product");
    workspace = floats_of(bytes);
  }

  [[nodiscard]] const float* bias(const Storage& at) const {
    return product.bias ? at[product.bias->node] + product.bias->offset : nullptr;
  }

  void bind(const Storage& at) {
    const float* a = at[product.a.node] + product.a.offset;
    const float* b = at[product.b.node] + product.b.offset;
    float* out = at[product.out];
    if (transpose) {
      transpose->bind(a, at.scratch());
      a = at.scratch();
    }
    float* space = at.scratch() + a_floats;
    if (product.static_b) return;
    if (takes_bias(product)) {
      check(xnn_setup_dynamic_fully_connected_nc_f32(op.get(), space, a, b, bias(at), out),
            "setup product");
    } else {
      check(xnn_setup_batch_matrix_multiply_nc_f32(op.get(), space, a, b, out),
            "setup batched product");
    }
  }

  void pack(const Storage& at) {
    const float* b = at[product.b.node] + product.b.offset;
    op = make_operator("create packed product", [&](xnn_operator_t* out) {
      const uint32_t flags = product.transpose_b ? 0 : XNN_FLAG_TRANSPOSE_WEIGHTS;
      return xnn_create_fully_connected_nc_f32(size(product.k), size(product.n), size(product.k),
                                               size(product.n), b, bias(at), -infinity, infinity,
                                               flags, nullptr, nullptr, out);
    });
    check(xnn_reshape_fully_connected_nc_f32(op.get(), size(product.m), threads),
          "reshape packed product");
    const float* a = transpose ? at.scratch() : at[product.a.node] + product.a.offset;
    check(xnn_setup_fully_connected_nc_f32(op.get(), a, at[product.out]), "setup packed product");
  }

  void run() const {
    if (transpose) transpose->run();
    run_operator(op.get(), *pool, threads);
  }
};

Step xnn_step(const Product& product, std::shared_ptr<const Pool> pool) {
  auto context = std::make_shared<XnnProduct>(product, std::move(pool));
  Step step;
  step.scratch = context->a_floats + context->workspace;
  step.bind = [context](const Storage& at) { context->bind(at); };
  step.run = [context](const Storage&) { context->run(); };
  if (product.static_b) step.prepare = [context](const Storage& at) { context->pack(at); };
  return step;
}

/// Nothing to add up: zeros, or the bias.
Step empty_step(const Product& product) {
  Step step;
  step.run = [product](const Storage& at) {
    float* out = at[product.out];
    for (int64_t i = 0; i < product.batch * product.m; ++i, out += product.n) {
      if (product.bias) {
        std::copy_n(at[product.bias->node] + product.bias->offset, product.n, out);
      } else {
        std::fill_n(out, product.n, 0.0F);
      }
    }
  };
  return step;
}

/// a' b with one side of a few columns: both are read as they lie, k outermost.
bool few_columns(const Product& p) {
  constexpr int64_t few = 8;
  return p.batch == 1 && p.transpose_a && !p.transpose_b && !p.bias && std::min(p.m, p.n) <= few;
}

Step few_columns_step(const Product& product, const Kernels& kernels) {
  Step step;
  const bool flip = product.m > product.n;  // the few columns are those of b: make the transpose
  step.scratch = flip ? aligned(product.m * product.n) : 0;
  step.run = [product, &kernels, flip](const Storage& at) {
    const auto& [m, k, n] = std::tie(product.m, product.k, product.n);
    const float* a = at[product.a.node] + product.a.offset;
    const float* b = at[product.b.node] + product.b.offset;
    float* out = at[product.out];
    if (!flip) {
      kernels.product_of_columns(out, a, b, m, k, n);
      return;
    }
    float* flipped = at.scratch();
    kernels.product_of_columns(flipped, b, a, n, k, m);
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) out[i * n + j] = flipped[j * m + i];
    }
  };
  return step;
}

/// Few rows and weights that are packed once.
bool few_rows(const Product& p) {
  return p.static_b && p.batch == 1 && !p.transpose_a && p.m <= most_rows;
}

Step few_rows_step(const Product& product, const Kernels& kernels,
                   std::shared_ptr<const Pool> pool) {
  const int64_t panels = (product.n + kernels.row_panel - 1) / kernels.row_panel;
  const int64_t parts = pool->parts(multiply_adds(product), panels);
  const int64_t panel = kernels.row_panel * product.k;
  const auto packed = std::make_shared<AlignedFloats>(panels * panel);
  Step step;
  step.prepare = [=, &kernels](const Storage& at) {
    kernels.pack_panels(packed->data(), at[product.b.node] + product.b.offset,
                        {.k = product.k, .n = product.n, .first = 0, .last = panels},
                        product.transpose_b);
  };
  step.run = [=, &kernels, pool = std::move(pool)](const Storage& at) {
    pool->each(parts, [&](int64_t part) {
      const int64_t first = panels * part / parts;
      const int64_t last = panels * (part + 1) / parts;
      kernels.product_of_rows(
          {.out = at[product.out],
           .a = at[product.a.node] + product.a.offset,
           .packed = packed->data() + first * panel,
           .bias = product.bias ? at[product.bias->node] + product.bias->offset : nullptr,
           .m = product.m,
           .panels = {.k = product.k, .n = product.n, .first = first, .last = last}});
    });
  };
  return step;
}

/// a' b, rows of the result split among the threads.
bool transposed(const Product& p) {
  return p.batch == 1 && p.transpose_a && !p.transpose_b && !p.bias && !p.static_b;
}

Step transposed_step(const Product& product, const Kernels& kernels,
                     std::shared_ptr<const Pool> pool) {
  constexpr int64_t rows_together = 12;  // a multiple of all panels
  const int64_t panels = (product.m + rows_together - 1) / rows_together;
  const int64_t parts = pool->parts(multiply_adds(product), panels);
  const int64_t rows = (panels + parts - 1) / parts * rows_together;
  Step step;
  step.scratch = parts * aligned(transposed_scratch(rows));
  step.run = [=, &kernels, pool = std::move(pool)](const Storage& at) {
    const float* a = at[product.a.node] + product.a.offset;
    const float* b = at[product.b.node] + product.b.offset;
    float* out = at[product.out];
    pool->each(parts, [&](int64_t part) {
      const int64_t begin = part * rows;
      const int64_t count = std::min(rows, product.m - begin);
      if (count <= 0) return;
      kernels.transposed_product(out + begin * product.n, a + begin, b,
                                 {.rows = count, .m = product.m, .k = product.k, .n = product.n},
                                 at.scratch() + part * aligned(transposed_scratch(rows)));
    });
  };
  return step;
}

}  // namespace

Step product_step(const Product& product, const Kernels& kernels,
                  std::shared_ptr<const Pool> pool) {
  if (product.batch * product.m * product.n * product.k == 0) return empty_step(product);
  if (few_rows(product)) return few_rows_step(product, kernels, std::move(pool));
  if (few_columns(product)) return few_columns_step(product, kernels);
  if (transposed(product)) return transposed_step(product, kernels, std::move(pool));
  return xnn_step(product, std::move(pool));
}

Step transpose_step(const plan::Transpose& transpose, std::shared_ptr<const Pool> pool) {
  std::shared_ptr<xnn_operator> op = make_operator("create transpose", [](xnn_operator_t* handle) {
    return xnn_create_transpose_nd_x32(0, handle);
  });
  const auto extents = transpose.shape.dims();
  const std::vector<size_t> shape(extents.begin(), extents.end());
  const std::vector<size_t> order(transpose.permutation.begin(), transpose.permutation.end());
  const pthreadpool_t threads = pool->get(transpose.shape.numel() * moving);
  check(xnn_reshape_transpose_nd_x32(op.get(), shape.size(), shape.data(), order.data(), threads),
        "reshape transpose");
  Step step;
  step.bind = [op, x = transpose.x, out = transpose.out](const Storage& at) {
    check(xnn_setup_transpose_nd_x32(op.get(), at[x.node] + x.offset, at[out]), "setup transpose");
  };
  step.run = [op, threads, pool = std::move(pool)](const Storage&) {
    run_operator(op.get(), *pool, threads);
  };
  return step;
}

}  // namespace rivulet::exec::xnnpack
