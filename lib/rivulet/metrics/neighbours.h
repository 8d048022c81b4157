// Nearest neighbours in sets of rows: features, or whole pictures.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/exec/program.h"

namespace rivulet::metrics {

/// N rows of D numbers that are read when they are needed: a set of pictures is four times as large
/// in floats as it is in bytes. What it was made from must outlive it.
struct Rows {
  int64_t count = 0;    ///< N
  int64_t columns = 0;  ///< D
  /// Rows first, first+1, ... as many as `out` [n,D] holds.
  std::function<void(int64_t first, std::span<float> out)> read;
};
/// Throws Error unless the values are whole rows.
[[nodiscard]] Rows rows_of(std::span<const float> values, int64_t columns);
/// Pixels in [-1,1].
[[nodiscard]] Rows rows_of(const data::Pictures& pictures);

struct Neighbours {
  int64_t k = 0;
  std::vector<int64_t> index;   ///< [Q,k] rows of the set, nearest first
  std::vector<float> distance;  ///< [Q,k] Euclidean
};

struct Search {
  int64_t k = 1;
  bool leave_itself_out = false;  ///< the queries ARE the set, and row i is no neighbour of row i
  /// [N] of the set or empty: candidates are those with the least squared distance plus bias.
  std::span<const float> bias = {};
};
/// The k nearest rows of a set for each query, by matrix products on the device: candidates are
/// chosen in single precision, their distances are exact. Throws Error when columns or sizes do not
/// fit or a query is not finite.
[[nodiscard]] Neighbours nearest(const Rows& queries, const Rows& set, const Search& search,
                                 const Device& device, const CompileOptions& options = {});

}  // namespace rivulet::metrics
