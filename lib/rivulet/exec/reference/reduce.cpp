#include <cmath>
#include <limits>

#include "rivulet/exec/reference/reference.h"

namespace rivulet::exec::reference {
namespace {

// For each input element in row-major order: visit(output element, input element).
template <class Visit>
void for_each_pair(const Shape& from, const Shape& to, Visit visit) {
  std::array<int64_t, Shape::max_rank> index{};
  std::array<int64_t, Shape::max_rank> steps = strides(to);
  for (int a = 0; a < to.rank(); ++a) {
    if (to[a] == 1) steps[static_cast<size_t>(a)] = 0;
  }
  const int64_t n = from.numel();
  for (int64_t flat = 0; flat < n; ++flat) {
    int64_t target = 0;
    for (size_t a = 0; a < static_cast<size_t>(from.rank()); ++a) target += index[a] * steps[a];
    visit(target, flat);
    for (int axis = from.rank() - 1; axis >= 0; --axis) {
      const auto a = static_cast<size_t>(axis);
      if (++index[a] < from[axis]) break;
      index[a] = 0;
    }
  }
}

}  // namespace

void sum(const Call& c) {
  std::vector<double> total(static_cast<size_t>(c.node.shape.numel()));
  for_each_pair(c.shapes[0], c.node.shape, [&](int64_t target, int64_t flat) {
    total[static_cast<size_t>(target)] += c.inputs[0][flat];
  });
  for (size_t i = 0; i < total.size(); ++i) c.out[i] = static_cast<float>(total[i]);
}

void max(const Call& c) {
  const int64_t n = c.node.shape.numel();
  for (int64_t i = 0; i < n; ++i) c.out[i] = -std::numeric_limits<float>::infinity();
  for_each_pair(c.shapes[0], c.node.shape, [&](int64_t target, int64_t flat) {
    if (c.out[target] < c.inputs[0][flat]) c.out[target] = c.inputs[0][flat];
  });
}

void softmax(const Call& c) {
  const int64_t width = c.node.shape[-1];
  const int64_t rows = width == 0 ? 0 : c.node.shape.numel() / width;
  for (int64_t r = 0; r < rows; ++r) {
    const float* x = c.inputs[0] + r * width;
    float* y = c.out + r * width;
    double largest = x[0];
    for (int64_t i = 1; i < width; ++i) largest = std::fmax(largest, x[i]);
    double total = 0;
    for (int64_t i = 0; i < width; ++i) total += std::exp(x[i] - largest);
    for (int64_t i = 0; i < width; ++i) y[i] = static_cast<float>(std::exp(x[i] - largest) / total);
  }
}

void matmul(const Call& c) {
  const Shape& a = c.shapes[0];
  const Shape& b = c.shapes[1];
  const bool ta = c.node.ints[0] != 0;
  const bool tb = c.node.ints[1] != 0;
  const int64_t rows = c.node.shape[-2];
  const int64_t columns = c.node.shape[-1];
  const int64_t inner = a[ta ? -2 : -1];
  const int64_t area = rows * columns;
  const int64_t batches = area == 0 ? 0 : c.node.shape.numel() / area;
  for (int64_t n = 0; n < batches; ++n) {
    const float* left = c.inputs[0] + n * rows * inner;
    const float* right = c.inputs[1] + n * inner * columns;
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        double total = 0;
        for (int64_t k = 0; k < inner; ++k) {
          total += double{left[ta ? k * a[-1] + i : i * inner + k]} *
                   double{right[tb ? j * b[-1] + k : k * columns + j]};
        }
        c.out[n * area + i * columns + j] = static_cast<float>(total);
      }
    }
  }
}

}  // namespace rivulet::exec::reference
