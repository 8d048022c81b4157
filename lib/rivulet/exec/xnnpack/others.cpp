#include "rivulet/exec/xnnpack/others.h"

#include <algorithm>
#include <vector>

#include "rivulet/exec/host.h"

namespace rivulet::exec::xnnpack {
namespace {

using plan::Reduce;
using plan::Run;

struct Reduction {
  Run x;
  int out;
  std::vector<Reduce::Axes> folds;
  int64_t count;  // of elements
  bool maximum;
  const Kernels* kernels;
  std::shared_ptr<const Pool> pool;

  /// The result of a fold that is not the last goes to scratch, in two places by turns.
  [[nodiscard]] int64_t scratch_half() const {
    return folds.size() < 2 ? 0 : folds[0].outer * folds[0].inner + 32;
  }

  void run(const Storage& at) const {
    const float* from = at[x.node] + x.offset;
    if (folds.empty()) std::copy_n(from, count, at[out]);
    for (size_t i = 0; i < folds.size(); ++i) {
      const bool last = i + 1 == folds.size();
      float* to = last ? at[out] : at.scratch() + static_cast<int64_t>(i % 2) * scratch_half();
      fold(folds[i], from, to);
      from = to;
    }
  }

  void fold(const Reduce::Axes& f, const float* from, float* to) const {
    if (f.inner == 1) {
      const int64_t parts = parts_of(f, f.outer);
      pool->each(parts, [&](int64_t part) {
        const int64_t begin = f.outer * part / parts;
        const int64_t end = f.outer * (part + 1) / parts;
        (maximum ? kernels->max_rows : kernels->sum_rows)(to + begin, from + begin * f.reduced,
                                                          end - begin, f.reduced);
      });
      return;
    }
    const auto columns = maximum ? kernels->max_columns : kernels->sum_columns;
    if (f.outer > 1) {
      const int64_t parts = parts_of(f, f.outer);
      pool->each(parts, [&](int64_t part) {
        for (int64_t o = f.outer * part / parts; o < f.outer * (part + 1) / parts; ++o) {
          columns(to + o * f.inner, from + o * f.reduced * f.inner, f.reduced, f.inner, f.inner);
        }
      });
      return;
    }
    constexpr int64_t strip = 64;  // columns that one part takes together
    const int64_t strips = (f.inner + strip - 1) / strip;
    const int64_t parts = parts_of(f, strips);
    pool->each(parts, [&](int64_t part) {
      const int64_t begin = strips * part / parts * strip;
      const int64_t end = std::min(strips * (part + 1) / parts * strip, f.inner);
      columns(to + begin, from + begin, f.reduced, end - begin, f.inner);
    });
  }

  [[nodiscard]] int64_t parts_of(const Reduce::Axes& f, int64_t limit) const {
    return pool->parts(f.outer * f.reduced * f.inner * moving, limit);
  }
};

}  // namespace

Step reduce_step(const Reduce& reduce, const Kernels& kernels, std::shared_ptr<const Pool> pool) {
  auto reduction = std::make_shared<const Reduction>(Reduction{.x = reduce.x,
                                                               .out = reduce.out,
                                                               .folds = reduce.folds,
                                                               .count = reduce.shape.numel(),
                                                               .maximum = reduce.op == Op::max,
                                                               .kernels = &kernels,
                                                               .pool = std::move(pool)});
  Step step;
  step.scratch = 2 * reduction->scratch_half();
  step.run = [reduction](const Storage& at) { reduction->run(at); };
  return step;
}

Step softmax_step(const plan::Softmax& softmax, const Kernels& kernels,
                  std::shared_ptr<const Pool> pool) {
  const int64_t length = softmax.shape[-1];
  const int64_t rows = length == 0 ? 0 : softmax.shape.numel() / length;
  Step step;
  step.run = [=, &kernels, x = softmax.x, out = softmax.out,
              pool = std::move(pool)](const Storage& at) {
    const float* from = at[x.node] + x.offset;
    float* to = at[out];
    const int64_t parts = pool->parts(rows * length * softening, rows);
    pool->each(parts, [&](int64_t part) {
      const int64_t begin = rows * part / parts;
      const int64_t end = rows * (part + 1) / parts;
      kernels.softmax_rows(to + begin * length, from + begin * length, end - begin, length);
    });
  };
  return step;
}

Step attend_step(const plan::Attend& attend, const Kernels& kernels,
                 std::shared_ptr<const Pool> pool) {
  const int64_t heads = attend.shape[0] * attend.shape[1];
  const int64_t m = attend.shape[2];
  const int64_t d = attend.shape[3];
  const int64_t remembered = attend.remembered;
  const int64_t row = (remembered + m + 63) / 64 * 64;  // of scores
  constexpr int64_t by_rows = 4;                        // times as slow as a product of matrices
  const int64_t parts = pool->parts(by_rows * heads * m * d * (remembered + m), heads);
  Step step;
  step.scratch = parts * row;
  step.run = [=, &kernels, inputs = attend.inputs, out = attend.out,
              pool = std::move(pool)](const Storage& at) {
    const auto from = [&](size_t i) { return at[inputs[i].node] + inputs[i].offset; };
    const auto most = static_cast<float>(remembered);
    const auto past = static_cast<int64_t>(std::clamp(*from(5), 0.0F, most));
    pool->each(parts, [&](int64_t part) {
      for (int64_t h = heads * part / parts; h < heads * (part + 1) / parts; ++h) {
        kernels.attend({.out = at[out] + h * m * d,
                        .q = from(0) + h * m * d,
                        .k = from(1) + h * m * d,
                        .v = from(2) + h * m * d,
                        .keys = from(3) + h * d * remembered,
                        .values = from(4) + h * remembered * d,
                        .scores = at.scratch() + part * row,
                        .m = m,
                        .d = d,
                        .n = remembered,
                        .past = past});
      }
    });
  };
  return step;
}

Step copy_step(const plan::Copy& copy) {
  Step step;
  step.run = [copy, n = copy.shape.numel()](const Storage& at) {
    float* to = at[copy.out];
    if (copy.clear) std::fill_n(to, n, 0.0F);
    for (const plan::Copy::Part& part : copy.parts)
      copy_layout(to, part.to, at[part.node], part.from);
  };
  return step;
}

Step gather_step(const plan::Gather& gather, std::shared_ptr<const Pool> pool) {
  const int64_t count = gather.shape[0];
  const int64_t width = gather.shape[1];
  const int64_t parts = pool->parts(count * width * moving, count);
  Step step;
  step.run = [=, pool = std::move(pool)](const Storage& at) {
    const float* from = at[gather.table.node] + gather.table.offset;
    const float* wanted = at[gather.index.node] + gather.index.offset;
    pool->each(parts, [&](int64_t part) {
      for (int64_t m = count * part / parts; m < count * (part + 1) / parts; ++m) {
        float* to = at[gather.out] + m * width;
        if (wanted[m] >= 0 && wanted[m] < static_cast<float>(gather.rows)) {
          std::copy_n(from + static_cast<int64_t>(wanted[m]) * width, width, to);
        } else {
          std::fill_n(to, width, 0.0F);
        }
      }
    });
  };
  return step;
}

/// Each part adds up some of the columns: the order of sums is that of the rows.
Step scatter_add_step(const plan::ScatterAdd& scatter, std::shared_ptr<const Pool> pool) {
  const int64_t targets = scatter.shape[0];
  const int64_t width = scatter.shape[1];
  constexpr int64_t line = 16;  // columns that lie together
  const int64_t lines = (width + line - 1) / line;
  const int64_t parts = pool->parts((scatter.count + targets) * width * moving, lines);
  Step step;
  step.run = [=, pool = std::move(pool)](const Storage& at) {
    const float* from = at[scatter.rows.node] + scatter.rows.offset;
    const float* wanted = at[scatter.index.node] + scatter.index.offset;
    float* to = at[scatter.out];
    pool->each(parts, [&](int64_t part) {
      const int64_t first = lines * part / parts * line;
      const int64_t last = std::min(lines * (part + 1) / parts * line, width);
      const bool whole = last - first == width;  // one run of memory
      for (int64_t i = 0; i < (whole ? 1 : targets); ++i)
        std::fill_n(to + i * width + first, whole ? targets * width : last - first, 0.0F);
      for (int64_t m = 0; m < scatter.count; ++m) {
        if (!(wanted[m] >= 0 && wanted[m] < static_cast<float>(targets))) continue;
        float* row = to + static_cast<int64_t>(wanted[m]) * width;
        const float* added = from + m * width;
        for (int64_t i = first; i < last; ++i) row[i] += added[i];
      }
    });
  };
  return step;
}

Step slice_update_step(const plan::SliceUpdate& update) {
  Step step;
  step.run = [update](const Storage& at) {
    std::copy_n(at[update.x.node] + update.x.offset, update.shape.numel(), at[update.out]);
    write_slice(update, at[update.out], at);
  };
  return step;
}

}  // namespace rivulet::exec::xnnpack
