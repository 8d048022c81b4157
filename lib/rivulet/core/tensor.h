// A host array of 32-bit floats.
#pragma once

#include <span>
#include <vector>

#include "rivulet/core/shape.h"

namespace rivulet {

/// A row-major array of floats with value semantics. Labels and indices are stored as floats too
/// (exact up to 2^24), which keeps the whole engine at one element type.
class Tensor {
 public:
  Tensor() : data_(1) {}
  /// Filled with zeros.
  explicit Tensor(const Shape& shape);
  /// Throws Error unless data.size() == shape.numel().
  Tensor(const Shape& shape, std::vector<float> data);

  [[nodiscard]] static Tensor scalar(float value) { return {Shape{}, {value}}; }
  [[nodiscard]] static Tensor full(const Shape& shape, float value);

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] int64_t numel() const { return static_cast<int64_t>(data_.size()); }
  [[nodiscard]] std::span<const float> span() const { return data_; }
  [[nodiscard]] std::span<float> span() { return data_; }
  [[nodiscard]] const float* data() const { return data_.data(); }
  [[nodiscard]] float* data() { return data_.data(); }
  [[nodiscard]] float operator[](int64_t i) const { return data_[static_cast<size_t>(i)]; }
  float& operator[](int64_t i) { return data_[static_cast<size_t>(i)]; }

 private:
  Shape shape_;
  std::vector<float> data_;
};

}  // namespace rivulet
