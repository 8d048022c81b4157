// The grouping pass: an outline becomes work in the order of its execution.
//
// Nodes are visited in order. A pointwise node joins the one open group of its element count.
// Whatever reads a value of an open group in another way than element by element closes that group
// first, which makes it a stage. So open groups never depend on one another. Sums and maxima of
// rows join the group of the elements, and so does what is computed from them for each row.
#pragma once

#include <vector>

#include "rivulet/exec/plan/passes.h"

namespace rivulet::exec::plan {

struct Grouped {
  std::vector<Work> work;
  std::vector<SliceUpdate> patches;  ///< of states where they lie, when a run ends
};
/// Instructions of fused groups are marked as stored here where they have to be although they are
/// repeated.
[[nodiscard]] Grouped group(const Outline& outline);

// What follows grouping, on all of its work:

/// Marks what someone outside of a fused group reads, or keeps.
void mark_stored(const Outline& outline, Grouped& grouped);
/// Multiply-adds: a product with one reader, itself not stored, moves into the sum that reads it.
/// Rounding stays as it was.
void fuse_products(Cluster& cluster);
/// Epilogues: a fused group that reads a product element by element, in whatever order, becomes
/// part of it where the device has such kernels and nobody needs the product before. Not the groups
/// that end a run with new states, which are written in place.
void fuse_epilogues(const Outline& outline, Grouped& grouped);

}  // namespace rivulet::exec::plan
