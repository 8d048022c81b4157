#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "rivulet/exec/reference/reference.h"

namespace rivulet::exec::reference {
namespace {

/// visit(row, group), for the rows of all groups.
template <class Visit>
void for_each_row(const float* ends, int64_t groups, int64_t rows, Visit visit) {
  int64_t row = 0;
  for (int64_t e = 0; e < groups; ++e) {
    for (; row < rows && static_cast<float>(row) < ends[e]; ++row) visit(row, e);
  }
}

}  // namespace

void argsort(const Call& c) {
  const int64_t width = c.node.shape[-1];
  std::vector<int64_t> order(static_cast<size_t>(width));
  for (int64_t at = 0; at < c.node.shape.numel(); at += width) {
    const float* x = c.inputs[0] + at;
    std::iota(order.begin(), order.end(), 0);
    const auto before = [x](int64_t i, int64_t j) {
      return x[i] > x[j] || (!std::isnan(x[i]) && std::isnan(x[j]));
    };
    std::ranges::sort(
        order, [&](int64_t i, int64_t j) { return before(i, j) || (!before(j, i) && i < j); });
    std::ranges::copy(order, c.out + at);
  }
}

void grouped_matmul(const Call& c) {
  const int64_t depth = c.shapes[0][1];
  const int64_t width = c.node.shape[1];
  const bool transposed = c.node.ints[0] != 0;
  std::fill_n(c.out, c.node.shape.numel(), 0.0F);
  for_each_row(c.inputs[2], c.shapes[2][0], c.shapes[0][0], [&](int64_t row, int64_t group) {
    const float* a = c.inputs[0] + row * depth;
    const float* b = c.inputs[1] + group * depth * width;
    for (int64_t j = 0; j < width; ++j) {
      double total = 0;
      for (int64_t k = 0; k < depth; ++k)
        total += double{a[k]} * double{b[transposed ? j * depth + k : k * width + j]};
      c.out[row * width + j] = static_cast<float>(total);
    }
  });
}

void grouped_outer(const Call& c) {
  const int64_t n = c.node.shape[1];
  const int64_t width = c.node.shape[2];
  std::vector<double> total(static_cast<size_t>(c.node.shape.numel()));
  for_each_row(c.inputs[2], c.shapes[2][0], c.shapes[0][0], [&](int64_t row, int64_t group) {
    for (int64_t i = 0; i < n * width; ++i) {
      total[static_cast<size_t>(group * n * width + i)] +=
          double{c.inputs[0][row * n + i / width]} * double{c.inputs[1][row * width + i % width]};
    }
  });
  std::ranges::transform(total, c.out, [](double x) { return static_cast<float>(x); });
}

}  // namespace rivulet::exec::reference
