// Strided views: how a broadcast, slice, reshape or transpose reads another node's storage.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "rivulet/core/shape.h"
#include "rivulet/graph/graph.h"

namespace rivulet::exec::plan {

/// Element (i_0, i_1, ...) lies at offset + sum i_j stride_j. Always held in the shortest form:
/// no extents of 1, neighbouring axes merged where they are one run.
struct View {
  struct Axis {
    int64_t extent;
    int64_t stride;  ///< 0: repeated
    friend bool operator==(const Axis&, const Axis&) = default;
  };

  std::array<Axis, Shape::max_rank> axes{};
  int rank = 0;
  int64_t offset = 0;

  [[nodiscard]] int64_t numel() const;
  /// One run of memory: element i lies at offset + i.
  [[nodiscard]] bool contiguous() const;
  /// One number, for all elements.
  [[nodiscard]] bool number() const;
  /// Of a view that has each of its numel() places once: the element that lies at place i.
  [[nodiscard]] std::optional<View> inverse() const;
  friend bool operator==(const View&, const View&) = default;
};

/// Strides by axis of a shape, before merging: what shape operations work on.
struct Layout {
  Shape shape;
  std::array<int64_t, Shape::max_rank> stride{};
  int64_t offset = 0;
};

[[nodiscard]] Layout contiguous_layout(const Shape& shape);
[[nodiscard]] View view_of(const Layout& layout);

[[nodiscard]] Layout broadcast_layout(const Layout& x, const Shape& shape);
[[nodiscard]] Layout slice_layout(const Layout& x, std::span<const int64_t> starts,
                                  const Shape& shape);
[[nodiscard]] Layout transpose_layout(const Layout& x, std::span<const int64_t> permutation);
/// Nothing where the elements cannot be reached by strides in the new shape.
[[nodiscard]] std::optional<Layout> reshape_layout(const Layout& x, const Shape& shape);

/// Where a view lies in what its input is a view of; nothing where its elements have to be moved:
/// by a reshape that strides do not express, or a transpose that would be read column by column
/// unless the device reads `strided_columns` well.
[[nodiscard]] std::optional<Layout> view_layout(const Node& node, const Layout& from,
                                                bool strided_columns);

/// "4*16 16*1 +8": extents by strides, and the offset; nothing for one number at 0.
[[nodiscard]] std::string to_text(const View& view);

}  // namespace rivulet::exec::plan
