#include "rivulet/exec/xnnpack/strided.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace rivulet::exec::xnnpack {

using plan::Layout;
using plan::View;

namespace {

/// Whole vectors: what is written past the end, the next run (or nothing) overwrites.
void read_run(float* out, const float* from, int64_t stride, int64_t n, const Kernels& kernels) {
  const auto& copy = kernels.tile[static_cast<size_t>(Kernel::copy)];
  if (stride <= 1) {
    copy[stride == 0 ? a_is_number : 0](out, from, from, from, n);
  } else {
    for (int64_t i = 0; i < n; ++i) out[i] = from[i * stride];
  }
}

/// Position within the axes of a view, advanced run by run.
struct Odometer {
  const View& view;
  std::array<int64_t, Shape::max_rank> index{};
  int64_t position;

  Odometer(const View& v, int64_t first) : view(v), position(v.offset) {
    for (int i = view.rank - 1; i >= 0; --i) {
      const View::Axis& axis = view.axes[static_cast<size_t>(i)];
      index[static_cast<size_t>(i)] = first % axis.extent;
      position += index[static_cast<size_t>(i)] * axis.stride;
      first /= axis.extent;
    }
  }

  void advance(int64_t run) {
    for (int i = view.rank - 1; i >= 0; --i) {
      const View::Axis& axis = view.axes[static_cast<size_t>(i)];
      int64_t& at = index[static_cast<size_t>(i)];
      at += run;
      position += run * axis.stride;
      if (at < axis.extent) return;
      at = 0;
      position -= axis.extent * axis.stride;
      run = 1;
    }
  }
};

}  // namespace

void read_view(float* out, const float* base, const View& view, int64_t first, int64_t n,
               const Kernels& kernels) {
  if (view.rank == 0) {
    out[0] = base[view.offset];
    return;
  }
  const View::Axis& inner = view.axes[static_cast<size_t>(view.rank - 1)];
  if (view.rank == 2 && view.axes[0].stride == 0 && first % inner.extent == 0 && n > inner.extent) {
    // Rows that repeat: read one, then double what is there.
    read_run(out, base + view.offset, inner.stride, inner.extent, kernels);
    for (int64_t done = inner.extent; done < n; done *= 2) {
      std::memcpy(out + done, out, static_cast<size_t>(std::min(done, n - done)) * sizeof(float));
    }
    return;
  }
  Odometer at(view, first);
  for (int64_t done = 0; done < n;) {
    const int64_t left = inner.extent - at.index[static_cast<size_t>(view.rank - 1)];
    const int64_t run = std::min(left, n - done);
    read_run(out + done, base + at.position, inner.stride, run, kernels);
    done += run;
    at.advance(run);
  }
}

void copy_layout(float* to, const Layout& to_layout, const float* from, const Layout& from_layout) {
  const Shape& shape = to_layout.shape;
  if (shape.numel() == 0) return;
  // Axes that are one run in both copy as one.
  int64_t run = 1;
  int outer_rank = shape.rank();
  while (outer_rank > 0) {
    const auto axis = static_cast<size_t>(outer_rank - 1);
    const bool unit = shape[outer_rank - 1] == 1;
    if (!unit && (to_layout.stride[axis] != run || from_layout.stride[axis] != run)) break;
    run *= shape[outer_rank - 1];
    --outer_rank;
  }
  const bool strided = run == 1 && outer_rank > 0;  // the innermost axis moves: loop over it
  const int64_t count = strided ? shape[outer_rank - 1] : run;
  const int64_t to_step = strided ? to_layout.stride[static_cast<size_t>(outer_rank - 1)] : 1;
  const int64_t from_step = strided ? from_layout.stride[static_cast<size_t>(outer_rank - 1)] : 1;
  if (strided) --outer_rank;

  std::array<int64_t, Shape::max_rank> index{};
  float* target = to + to_layout.offset;
  const float* source = from + from_layout.offset;
  while (true) {
    if (strided) {
      for (int64_t i = 0; i < count; ++i) target[i * to_step] = source[i * from_step];
    } else {
      std::memcpy(target, source, static_cast<size_t>(count) * sizeof(float));
    }
    int axis = outer_rank - 1;
    for (; axis >= 0; --axis) {
      const auto a = static_cast<size_t>(axis);
      target += to_layout.stride[a];
      source += from_layout.stride[a];
      if (++index[a] < shape[axis]) break;
      target -= to_layout.stride[a] * shape[axis];
      source -= from_layout.stride[a] * shape[axis];
      index[a] = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace rivulet::exec::xnnpack
