#include <algorithm>

#include "rivulet/exec/reference/reference.h"

namespace rivulet::exec::reference {
namespace {

using Index = std::array<int64_t, Shape::max_rank>;

// Calls visit(flat, index) for every element of a shape in row-major order.
template <class Visit>
void for_each(const Shape& shape, Visit visit) {
  const int64_t n = shape.numel();
  Index index{};
  for (int64_t flat = 0; flat < n; ++flat) {
    visit(flat, index);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      const auto a = static_cast<size_t>(axis);
      if (++index[a] < shape[axis]) break;
      index[a] = 0;
    }
  }
}

int64_t dot(const Index& index, const Index& steps, int rank) {
  int64_t offset = 0;
  for (size_t a = 0; a < static_cast<size_t>(rank); ++a) offset += index[a] * steps[a];
  return offset;
}

}  // namespace

void stop_gradient(const Call& c) { std::copy_n(c.inputs[0], c.node.shape.numel(), c.out); }

void reshape(const Call& c) { std::copy_n(c.inputs[0], c.node.shape.numel(), c.out); }

void broadcast(const Call& c) {
  const Shape& from = c.shapes[0];
  Index steps = strides(from);
  for (int a = 0; a < from.rank(); ++a) {
    if (from[a] == 1) steps[static_cast<size_t>(a)] = 0;
  }
  for_each(c.node.shape, [&](int64_t flat, const Index& index) {
    c.out[flat] = c.inputs[0][dot(index, steps, from.rank())];
  });
}

void transpose(const Call& c) {
  const Index from = strides(c.shapes[0]);
  Index steps{};
  for (size_t a = 0; a < c.node.ints.size(); ++a) {
    steps[a] = from[static_cast<size_t>(c.node.ints[a])];
  }
  for_each(c.node.shape, [&](int64_t flat, const Index& index) {
    c.out[flat] = c.inputs[0][dot(index, steps, c.node.shape.rank())];
  });
}

void slice(const Call& c) {
  const Index steps = strides(c.shapes[0]);
  const int rank = c.node.shape.rank();
  int64_t start = 0;
  for (size_t a = 0; a < static_cast<size_t>(rank); ++a) start += c.node.ints[a] * steps[a];
  for_each(c.node.shape, [&](int64_t flat, const Index& index) {
    c.out[flat] = c.inputs[0][start + dot(index, steps, rank)];
  });
}

void pad(const Call& c) {
  const Index steps = strides(c.node.shape);
  const int rank = c.node.shape.rank();
  int64_t start = 0;
  for (size_t a = 0; a < static_cast<size_t>(rank); ++a) start += c.node.ints[a] * steps[a];
  std::fill_n(c.out, c.node.shape.numel(), 0.0F);
  for_each(c.shapes[0], [&](int64_t flat, const Index& index) {
    c.out[start + dot(index, steps, rank)] = c.inputs[0][flat];
  });
}

void concat(const Call& c) {
  const Index steps = strides(c.node.shape);
  const auto axis = static_cast<size_t>(c.node.ints[0]);
  int64_t start = 0;
  for (size_t part = 0; part < c.inputs.size(); ++part) {
    for_each(c.shapes[part], [&](int64_t flat, const Index& index) {
      c.out[start + dot(index, steps, c.node.shape.rank())] = c.inputs[part][flat];
    });
    start += c.shapes[part][static_cast<int>(axis)] * steps[axis];
  }
}

void slice_update(const Call& c) {
  const auto axis = static_cast<int>(c.node.ints[0]);
  const Shape& part = c.shapes[1];
  const Index steps = strides(c.node.shape);
  const auto n = static_cast<float>(c.node.shape[axis]);
  std::copy_n(c.inputs[0], c.node.shape.numel(), c.out);
  for_each(part, [&](int64_t flat, Index index) {
    const float at = c.inputs[2][0] + static_cast<float>(index[static_cast<size_t>(axis)]);
    if (!(at >= 0 && at < n)) return;
    index[static_cast<size_t>(axis)] = static_cast<int64_t>(at);
    c.out[dot(index, steps, part.rank())] = c.inputs[1][flat];
  });
}

void gather(const Call& c) {
  const int64_t rows = c.shapes[0][0];
  const int64_t width = c.shapes[0][1];
  for (int64_t m = 0; m < c.node.shape[0]; ++m) {
    const float wanted = c.inputs[1][m];
    float* out = c.out + m * width;
    if (wanted >= 0 && wanted < static_cast<float>(rows)) {
      std::copy_n(c.inputs[0] + static_cast<int64_t>(wanted) * width, width, out);
    } else {
      std::fill_n(out, width, 0.0F);
    }
  }
}

void scatter_add(const Call& c) {
  const int64_t rows = c.node.shape[0];
  const int64_t width = c.node.shape[1];
  std::fill_n(c.out, rows * width, 0.0F);
  for (int64_t m = 0; m < c.shapes[0][0]; ++m) {
    const float wanted = c.inputs[1][m];
    if (!(wanted >= 0 && wanted < static_cast<float>(rows))) continue;
    float* out = c.out + static_cast<int64_t>(wanted) * width;
    for (int64_t i = 0; i < width; ++i) out[i] += c.inputs[0][m * width + i];
  }
}

}  // namespace rivulet::exec::reference
