#include "rivulet/core/tensor.h"

#include <utility>

#include "rivulet/core/error.h"

namespace rivulet {

Tensor::Tensor(const Shape& shape) : shape_(shape), data_(static_cast<size_t>(shape.numel())) {}

Tensor::Tensor(const Shape& shape, std::vector<float> data)
    : shape_(shape), data_(std::move(data)) {
  if (static_cast<int64_t>(data_.size()) != shape.numel()) {
    fail("tensor", std::to_string(data_.size()) + " values for shape " + shape.str());
  }
}

Tensor Tensor::full(const Shape& shape, float value) {
  return {shape, std::vector<float>(static_cast<size_t>(shape.numel()), value)};
}

}  // namespace rivulet
