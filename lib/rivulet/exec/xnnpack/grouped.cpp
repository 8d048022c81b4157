#include "rivulet/exec/xnnpack/grouped.h"

#include <algorithm>
#include <cmath>

#include "rivulet/exec/host.h"

namespace rivulet::exec::xnnpack {
namespace {

using plan::GroupedOuter;
using plan::GroupedProduct;

constexpr int64_t line = 16;  // floats

/// Where the group that begins at a row ends: a host may write anything.
int64_t end_of_group(float end, int64_t begin, int64_t rows) {
  if (!(end > static_cast<float>(begin))) return begin;
  return end < static_cast<float>(rows) ? static_cast<int64_t>(std::ceil(end)) : rows;
}

/// visit(group, first row, last row), and returns where the last group ends.
template <class Visit>
int64_t for_each_group(const float* ends, int64_t groups, int64_t rows, Visit visit) {
  int64_t begin = 0;
  for (int64_t e = 0; e < groups; ++e) {
    const int64_t end = end_of_group(ends[e], begin, rows);
    visit(e, begin, end);
    begin = end;
  }
  return begin;
}

/// The matrices in panels, packed ahead where they stay, or else one panel after the other.
class PackedMatrices {
 public:
  PackedMatrices(const GroupedProduct& p, const Kernels& kernels)
      : product_(p),
        kernels_(&kernels),
        panels_((p.n + kernels.row_panel - 1) / kernels.row_panel),
        panel_(kernels.row_panel * p.k) {
    if (p.static_b) ahead_ = AlignedFloats(p.groups * panels_ * panel_);
  }

  [[nodiscard]] int64_t scratch() const { return product_.static_b ? 0 : panel_; }

  void pack_ahead(const Storage& at) {
    for (int64_t e = 0; e < product_.groups; ++e) {
      kernels_->pack_panels(ahead_.data() + e * panels_ * panel_, matrix(at, e),
                            columns(0, panels_), product_.transpose_b);
    }
  }

  /// Rows begin..end, all of group e.
  void multiply(const Storage& at, int64_t e, int64_t begin, int64_t end, float* scratch) const {
    const RowsProduct rows{.out = at[product_.out] + begin * product_.n,
                           .a = at[product_.rows.node] + product_.rows.offset + begin * product_.k,
                           .packed = ahead_.data() + (product_.static_b ? e * panels_ * panel_ : 0),
                           .bias = nullptr,
                           .m = end - begin,
                           .panels = columns(0, panels_)};
    if (product_.static_b) {
      kernels_->panels_product(rows);
    } else {
      kernels_->packing_product(rows, matrix(at, e), product_.transpose_b, scratch);
    }
  }

 private:
  [[nodiscard]] const float* matrix(const Storage& at, int64_t e) const {
    return at[product_.matrices.node] + product_.matrices.offset + e * product_.k * product_.n;
  }
  [[nodiscard]] Panels columns(int64_t first, int64_t last) const {
    return {.k = product_.k, .n = product_.n, .first = first, .last = last};
  }

  GroupedProduct product_;
  const Kernels* kernels_;
  int64_t panels_;
  int64_t panel_;  // floats
  AlignedFloats ahead_;
};

}  // namespace

Step grouped_product_step(const GroupedProduct& product, const Kernels& kernels,
                          std::shared_ptr<const Pool> pool) {
  const auto matrices = std::make_shared<PackedMatrices>(product, kernels);
  const int64_t room = (matrices->scratch() + line - 1) / line * line;
  Step step;
  step.scratch = pool->parts(product.m * product.k * product.n) * room;
  if (product.static_b) step.prepare = [matrices](const Storage& at) { matrices->pack_ahead(at); };
  step.run = [=, pool = std::move(pool)](const Storage& at) {
    const float* ends = at[product.ends.node] + product.ends.offset;
    const auto each_group = [&](auto visit) {
      return for_each_group(ends, product.groups, product.m, visit);
    };
    const int64_t rows = each_group([](int64_t, int64_t, int64_t) {});
    const int64_t parts = pool->parts(rows * product.k * product.n);
    pool->each(parts, [&](int64_t part) {
      const int64_t first = rows * part / parts;
      const int64_t last = rows * (part + 1) / parts;
      each_group([&](int64_t e, int64_t begin, int64_t end) {
        begin = std::max(begin, first);
        end = std::min(end, last);
        if (begin < end) matrices->multiply(at, e, begin, end, at.scratch() + part * room);
      });
    });
    std::fill(at[product.out] + rows * product.n, at[product.out] + product.m * product.n, 0.0F);
  };
  return step;
}

Step grouped_outer_step(const GroupedOuter& product, const Kernels& kernels,
                        std::shared_ptr<const Pool> pool) {
  constexpr int64_t rows_together = 12;  // of a result; a multiple of all panels
  constexpr int64_t writing = 16;        // a result costs as much as so many rows of its group
  const int64_t panels = (product.m + rows_together - 1) / rows_together;
  const int64_t parts = pool->parts(product.rows * product.m * product.n);
  const int64_t room = (transposed_scratch(product.m) + line - 1) / line * line;
  Step step;
  step.scratch = parts * room;
  step.run = [=, &kernels, pool = std::move(pool)](const Storage& at) {
    const float* a = at[product.a.node] + product.a.offset;
    const float* b = at[product.b.node] + product.b.offset;
    const float* ends = at[product.ends.node] + product.ends.offset;
    const auto each_group = [&](auto visit) {
      return for_each_group(ends, product.groups, product.rows, visit);
    };
    const int64_t rows = each_group([](int64_t, int64_t, int64_t) {});
    const int64_t work = (rows + product.groups * writing) * panels;
    pool->each(parts, [&](int64_t part) {
      const int64_t first = work * part / parts;
      const int64_t last = work * (part + 1) / parts;
      each_group([&](int64_t e, int64_t begin, int64_t end) {
        const int64_t each = end - begin + writing;  // the work of one panel
        const int64_t before = (begin + e * writing) * panels;
        // Panels that begin within this part.
        const auto panels_before = [&](int64_t limit) {
          return std::clamp<int64_t>((limit - before + each - 1) / each, 0, panels);
        };
        const int64_t top = panels_before(first) * rows_together;
        const int64_t bottom = std::min(panels_before(last) * rows_together, product.m);
        if (top >= bottom) return;
        float* out = at[product.out] + (e * product.m + top) * product.n;
        if (begin == end) {
          std::fill_n(out, (bottom - top) * product.n, 0.0F);
          return;
        }
        kernels.transposed_product(
            out, a + begin * product.m + top, b + begin * product.n,
            {.rows = bottom - top, .m = product.m, .k = end - begin, .n = product.n},
            at.scratch() + part * room);
      });
    });
  };
  return step;
}

}  // namespace rivulet::exec::xnnpack
