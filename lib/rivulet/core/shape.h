// Shapes of row-major arrays.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace rivulet {

/// Extents of a row-major array, outermost first. Rank 0 is a scalar. A plain value: no allocation.
class Shape {
 public:
  static constexpr int max_rank = 6;

  constexpr Shape() = default;
  Shape(std::initializer_list<int64_t> dims);
  explicit Shape(std::span<const int64_t> dims);

  [[nodiscard]] int rank() const { return rank_; }
  /// Extent of an axis; negative axes count from the end.
  [[nodiscard]] int64_t operator[](int axis) const { return dims_[index(axis)]; }
  int64_t& operator[](int axis) { return dims_[index(axis)]; }
  /// Number of elements (1 for a scalar).
  [[nodiscard]] int64_t numel() const;
  [[nodiscard]] std::span<const int64_t> dims() const {
    return {dims_.data(), static_cast<size_t>(rank_)};
  }
  void push_back(int64_t extent);

  /// "(64,256)".
  [[nodiscard]] std::string str() const;
  friend bool operator==(const Shape& a, const Shape& b);

 private:
  [[nodiscard]] size_t index(int axis) const {
    return static_cast<size_t>(axis < 0 ? axis + rank_ : axis);
  }
  std::array<int64_t, max_rank> dims_{};
  int rank_ = 0;
};

/// Row-major strides, in elements.
[[nodiscard]] std::array<int64_t, Shape::max_rank> strides(const Shape& shape);

/// `axis` in 0..rank-1, counting negative ones from the end; throws Error naming `where`.
[[nodiscard]] int normal_axis(const char* where, const Shape& shape, int axis);

}  // namespace rivulet
