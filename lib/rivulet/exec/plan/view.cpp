#include "rivulet/exec/plan/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace rivulet::exec::plan {

int64_t View::numel() const {
  int64_t n = 1;
  for (int i = 0; i < rank; ++i) n *= axes[static_cast<size_t>(i)].extent;
  return n;
}

bool View::contiguous() const { return rank == 0 || (rank == 1 && axes[0].stride == 1); }

bool View::number() const { return rank == 0 || (rank == 1 && axes[0].stride == 0); }

std::optional<View> View::inverse() const {
  struct Digit {
    Axis axis;       // of the view
    int64_t stride;  // in the order of its elements
  };
  std::vector<Digit> digits;
  int64_t count = 1;
  for (int i = rank - 1; i >= 0; --i) {
    digits.push_back({.axis = axes[static_cast<size_t>(i)], .stride = count});
    count *= digits.back().axis.extent;
  }
  std::ranges::sort(digits, std::greater{}, [](const Digit& digit) { return digit.axis.stride; });
  View result;
  for (const auto& [axis, stride] : digits) {
    if (count == 0 || axis.extent * axis.stride != count) return {};
    count = axis.stride;
    result.axes[static_cast<size_t>(result.rank++)] = {axis.extent, stride};
  }
  return offset == 0 && count == 1 ? std::optional(result) : std::nullopt;
}

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

std::optional<Layout> view_layout(const Node& node, const Layout& from, bool strided_columns) {
  if (node.op == Op::broadcast) return broadcast_layout(from, node.shape);
  if (node.op == Op::slice) return slice_layout(from, node.ints, node.shape);
  if (node.op == Op::reshape) return reshape_layout(from, node.shape);
  if (node.op == Op::stop_gradient) return from;
  const Layout layout = transpose_layout(from, node.ints);
  const View view = view_of(layout);
  const bool in_runs = view.rank == 0 || view.axes[static_cast<size_t>(view.rank - 1)].stride <= 1;
  return in_runs || strided_columns ? std::optional(layout) : std::nullopt;
}

std::string to_text(const View& view) {
  std::string text;
  for (int i = 0; i < view.rank; ++i) {
    const View::Axis& axis = view.axes[static_cast<size_t>(i)];
    text += fmt::format("{}{}*{}", i > 0 ? " " : "", axis.extent, axis.stride);
  }
  if (view.offset != 0) text += fmt::format("{}+{}", text.empty() ? "" : " ", view.offset);
  return text;
}

}  // namespace rivulet::exec::plan
