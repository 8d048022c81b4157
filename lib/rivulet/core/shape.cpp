#include "rivulet/core/shape.h"

#include <algorithm>

#include "rivulet/core/error.h"

namespace rivulet {

Shape::Shape(std::initializer_list<int64_t> dims)
    : Shape(std::span<const int64_t>(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const int64_t> dims) {
  for (const int64_t extent : dims) push_back(extent);
}

void Shape::push_back(int64_t extent) {
  if (rank_ == max_rank) fail("shape", "more than " + std::to_string(max_rank) + " axes");
  if (extent < 0) fail("shape", "negative extent " + std::to_string(extent));
  dims_[static_cast<size_t>(rank_++)] = extent;
}

int64_t Shape::numel() const {
  int64_t n = 1;
  for (const int64_t extent : dims()) n *= extent;
  return n;
}

std::string Shape::str() const {
  std::string text = "(";
  for (int i = 0; i < rank_; ++i) {
    if (i > 0) text += ',';
    text += std::to_string((*this)[i]);
  }
  return text + ")";
}

bool operator==(const Shape& a, const Shape& b) { return std::ranges::equal(a.dims(), b.dims()); }

std::array<int64_t, Shape::max_rank> strides(const Shape& shape) {
  std::array<int64_t, Shape::max_rank> result{};
  int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    result[static_cast<size_t>(i)] = step;
    step *= shape[i];
  }
  return result;
}

int normal_axis(const char* where, const Shape& shape, int axis) {
  const int normal = axis < 0 ? axis + shape.rank() : axis;
  if (normal < 0 || normal >= shape.rank()) {
    fail(where, "axis " + std::to_string(axis) + " is outside of shape " + shape.str());
  }
  return normal;
}

}  // namespace rivulet
