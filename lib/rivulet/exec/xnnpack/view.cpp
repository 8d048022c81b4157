#include "rivulet/exec/xnnpack/view.h"

#include <algorithm>
#include <cstring>

namespace rivulet::exec::xnnpack {

int64_t View::numel() const {
  int64_t n = 1;
  for (int i = 0; i < rank; ++i) n *= axes[static_cast<size_t>(i)].extent;
  return n;
}

bool View::contiguous() const { return rank == 0 || (rank == 1 && axes[0].stride == 1); }

bool View::number() const { return rank == 0 || (rank == 1 && axes[0].stride == 0); }

Layout contiguous_layout(const Shape& shape) {
  return {.shape = shape, .stride = strides(shape), .offset = 0};
}

View view_of(const Layout& layout) {
  View view;
  view.offset = layout.offset;
  for (int i = 0; i < layout.shape.rank(); ++i) {
    const View::Axis axis{layout.shape[i], layout.stride[static_cast<size_t>(i)]};
    if (axis.extent == 1) continue;
    if (view.rank > 0) {
      View::Axis& outer = view.axes[static_cast<size_t>(view.rank - 1)];
      if (outer.stride == axis.stride * axis.extent) {
        outer = {outer.extent * axis.extent, axis.stride};
        continue;
      }
    }
    view.axes[static_cast<size_t>(view.rank++)] = axis;
  }
  return view;
}

Layout broadcast_layout(const Layout& x, const Shape& shape) {
  Layout result = x;
  result.shape = shape;
  for (int i = 0; i < shape.rank(); ++i) {
    if (x.shape[i] != shape[i]) result.stride[static_cast<size_t>(i)] = 0;
  }
  return result;
}

Layout slice_layout(const Layout& x, std::span<const int64_t> starts, const Shape& shape) {
  Layout result = x;
  result.shape = shape;
  for (size_t i = 0; i < static_cast<size_t>(shape.rank()); ++i) {
    result.offset += starts[i] * x.stride[i];
  }
  return result;
}

Layout transpose_layout(const Layout& x, std::span<const int64_t> permutation) {
  Layout result;
  result.offset = x.offset;
  for (const int64_t axis : permutation) {
    result.stride[static_cast<size_t>(result.shape.rank())] = x.stride[static_cast<size_t>(axis)];
    result.shape.push_back(x.shape[static_cast<int>(axis)]);
  }
  return result;
}

std::optional<Layout> reshape_layout(const Layout& x, const Shape& shape) {
  // Walk both from the innermost axis: every new axis must divide what is left of a merged one.
  const View view = view_of(x);
  Layout result{.shape = shape, .stride = strides(shape), .offset = x.offset};
  int axis = view.rank - 1;
  int64_t done = 1;  // extents of new axes already cut from the inner side of view.axes[axis]
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (shape[i] == 1) continue;
    if (shape[i] == 0) return contiguous_layout(shape);
    if (axis >= 0 && done == view.axes[static_cast<size_t>(axis)].extent) {
      --axis;
      done = 1;
    }
    if (axis < 0) return std::nullopt;
    const View::Axis& from = view.axes[static_cast<size_t>(axis)];
    if (from.extent % (done * shape[i]) != 0) return std::nullopt;
    result.stride[static_cast<size_t>(i)] = from.stride * done;
    done *= shape[i];
  }
  return result;
}

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

std::optional<Layout> view_layout(const Node& node, const Layout& from) {
  if (node.op == Op::broadcast) return broadcast_layout(from, node.shape);
  if (node.op == Op::slice) return slice_layout(from, node.ints, node.shape);
  if (node.op == Op::reshape) return reshape_layout(from, node.shape);
  if (node.op == Op::stop_gradient) return from;
  // Reading columns one element at a time is slow: such a transpose is a step of its own.
  const Layout layout = transpose_layout(from, node.ints);
  const View view = view_of(layout);
  const bool in_runs = view.rank == 0 || view.axes[static_cast<size_t>(view.rank - 1)].stride <= 1;
  return in_runs ? std::optional(layout) : std::nullopt;
}

}  // namespace rivulet::exec::xnnpack
