#include "rivulet/exec/xnnpack/others.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace rivulet::exec::xnnpack {
namespace {

/// x seen as [outer, reduced, inner].
struct Fold {
  int64_t outer = 1;
  int64_t reduced = 1;
  int64_t inner = 1;
};

/// The reductions, innermost first, whose composition reduces all axes: one for each run of
/// neighbouring axes.
std::vector<Fold> folds_of(const Shape& shape, std::span<const int64_t> axes) {
  std::array<bool, Shape::max_rank> reduced{};
  for (const int64_t axis : axes) reduced[static_cast<size_t>(axis)] = true;
  std::vector<Fold> folds;
  int64_t kept = 1;  // extent of the axes further in that stay
  for (int i = shape.rank() - 1; i >= 0;) {
    if (!reduced[static_cast<size_t>(i)] || shape[i] == 1) {
      kept *= shape[i--];
      continue;
    }
    Fold fold{.inner = kept};
    for (; i >= 0 && (reduced[static_cast<size_t>(i)] || shape[i] == 1); --i)
      fold.reduced *= shape[i];
    for (int k = i; k >= 0; --k) fold.outer *= shape[k];
    folds.push_back(fold);
  }
  return folds;
}

struct Reduction {
  Run x;
  int out;
  std::vector<Fold> folds;
  int64_t count;  // of results
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

  void fold(const Fold& f, const float* from, float* to) const {
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

  [[nodiscard]] int64_t parts_of(const Fold& f, int64_t limit) const {
    constexpr int64_t elements_per_part = 32768;
    const int64_t wanted = f.outer * f.reduced * f.inner / elements_per_part;
    return std::max<int64_t>(1, std::min({wanted, limit, pool->threads()}));
  }
};

}  // namespace

Step reduce_step(Op op, Run x, int out, const Shape& shape, std::span<const int64_t> axes,
                 const Kernels& kernels, std::shared_ptr<const Pool> pool) {
  auto reduction = std::make_shared<const Reduction>(Reduction{.x = x,
                                                               .out = out,

                                                               .folds = folds_of(shape, axes),
                                                               .count = shape.numel(),
                                                               .maximum = op == Op::max,
                                                               .kernels = &kernels,
                                                               .pool = std::move(pool)});
  Step step;
  step.label = fmt::format("{} {}", name_of(op), shape.str());
  for (const Fold& f : reduction->folds) {
    step.label += fmt::format(" [{},{}*,{}]", f.outer, f.reduced, f.inner);
  }
  step.reads = {x.node};
  step.writes = {out};
  step.scratch = 2 * reduction->scratch_half();
  step.flops = shape.numel();
  step.run = [reduction](const Storage& at) { reduction->run(at); };
  return step;
}

Step softmax_step(Run x, int out, const Shape& shape, const Kernels& kernels,
                  std::shared_ptr<const Pool> pool) {
  const int64_t length = shape[-1];
  const int64_t rows = length == 0 ? 0 : shape.numel() / length;
  Step step;
  step.label = fmt::format("softmax {}", shape.str());
  step.reads = {x.node};
  step.writes = {out};
  step.flops = 5 * shape.numel();
  step.run = [=, &kernels, pool = std::move(pool)](const Storage& at) {
    const float* from = at[x.node] + x.offset;
    float* to = at[out];
    const int64_t parts =
        std::max<int64_t>(1, std::min({rows * length / 8192, rows, pool->threads()}));
    pool->each(parts, [&](int64_t part) {
      const int64_t begin = rows * part / parts;
      const int64_t end = rows * (part + 1) / parts;
      kernels.softmax_rows(to + begin * length, from + begin * length, end - begin, length);
    });
  };
  return step;
}

Step attend_step(const std::array<Run, 6>& inputs, int out, const Shape& shape, int64_t remembered,
                 const Kernels& kernels, std::shared_ptr<const Pool> pool) {
  const int64_t heads = shape[0] * shape[1];
  const int64_t m = shape[2];
  const int64_t d = shape[3];
  const int64_t row = (remembered + m + 63) / 64 * 64;  // of scores
  const int64_t work = heads * m * d * (remembered + m);
  const int64_t parts = std::max<int64_t>(1, std::min({work / 65536, heads, pool->threads()}));
  Step step;
  step.label = fmt::format("attend {} of {}", shape.str(), remembered);
  for (const Run& input : inputs) step.reads.push_back(input.node);
  step.writes = {out};
  step.scratch = parts * row;
  step.flops = 4 * shape.numel() * (remembered + (m + 1) / 2);
  step.run = [=, &kernels, pool = std::move(pool)](const Storage& at) {
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

Step copy_step(std::string label, std::vector<Placed> parts, int out, const Shape& shape,
               bool clear) {
  Step step;
  step.label = std::move(label);
  for (const Placed& part : parts) step.reads.push_back(part.node);
  step.writes = {out};
  step.run = [parts = std::move(parts), out, n = shape.numel(), clear](const Storage& at) {
    float* to = at[out];
    if (clear) std::fill_n(to, n, 0.0F);
    for (const Placed& part : parts) copy_layout(to, part.to, at[part.node], part.from);
  };
  return step;
}

Step gather_step(const std::array<Run, 2>& inputs, int out, int64_t rows, const Shape& shape) {
  const Run table = inputs[0];
  const Run index = inputs[1];
  Step step;
  step.label = fmt::format("gather {}", shape.str());
  step.reads = {table.node, index.node};
  step.writes = {out};
  step.run = [=, count = shape[0], width = shape[1]](const Storage& at) {
    const float* from = at[table.node] + table.offset;
    const float* wanted = at[index.node] + index.offset;
    float* to = at[out];
    for (int64_t m = 0; m < count; ++m, to += width) {
      if (wanted[m] >= 0 && wanted[m] < static_cast<float>(rows)) {
        std::copy_n(from + static_cast<int64_t>(wanted[m]) * width, width, to);
      } else {
        std::fill_n(to, width, 0.0F);
      }
    }
  };
  return step;
}

Step scatter_add_step(const std::array<Run, 2>& inputs, int out, int64_t count,
                      const Shape& shape) {
  const Run rows = inputs[0];
  const Run index = inputs[1];
  Step step;
  step.label = fmt::format("scatter_add {}", shape.str());
  step.reads = {rows.node, index.node};
  step.writes = {out};
  step.flops = count * shape[1];
  step.run = [=, targets = shape[0], width = shape[1]](const Storage& at) {
    const float* from = at[rows.node] + rows.offset;
    const float* wanted = at[index.node] + index.offset;
    float* to = at[out];
    std::fill_n(to, targets * width, 0.0F);
    for (int64_t m = 0; m < count; ++m, from += width) {
      if (!(wanted[m] >= 0 && wanted[m] < static_cast<float>(targets))) continue;
      float* row = to + static_cast<int64_t>(wanted[m]) * width;
      for (int64_t i = 0; i < width; ++i) row[i] += from[i];
    }
  };
  return step;
}

}  // namespace rivulet::exec::xnnpack
