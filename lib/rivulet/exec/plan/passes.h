// The passes of planning, in their order. Each looks at what those before it found and gives its
// own part of the outline, which no later pass changes: what becomes of each node. The last pass,
// groups.h, turns the outline into stages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rivulet/exec/plan/limits.h"
#include "rivulet/exec/plan/stage.h"
#include "rivulet/graph/graph.h"

namespace rivulet::exec::plan {

/// Where a node's elements come from.
struct Source {
  int root = -1;  ///< the node whose storage it is; -1: `number` everywhere
  float number = 0;
  Layout layout = {};  ///< of this node's elements in the root's storage

  /// The root's own elements in their own order.
  [[nodiscard]] bool whole(const Graph& graph) const;
};

/// A sum that a product does on the way.
struct Bias {
  int sum;
  Run row;
};

/// What each pass found, by node.
struct Outline {
  const Graph& graph;
  Limits limits;
  std::vector<bool> live = {};
  std::vector<bool> kept = {};                   ///< outputs and new states
  std::vector<Source> sources = {};              ///< views of other nodes, or of themselves
  std::vector<bool> row_folds = {};              ///< reductions that fused groups do row by row
  std::vector<bool> repeated = {};               ///< computed by each group that reads it
  std::vector<std::vector<int>> readers = {};    ///< of its storage, seen through views
  std::vector<bool> absorbed = {};               ///< a transpose or reshape that its readers do
  std::vector<int> copied = {};                  ///< a view stored just before that node; or never
  std::vector<std::optional<Bias>> biases = {};  ///< of products
  std::vector<int> sums = {};                    ///< the product that does this sum; or never
  std::vector<bool> patched = {};                ///< changes a state where it lies, at the end
};
inline constexpr int never = -1;

/// All passes up to grouping.
[[nodiscard]] Outline outline_of(const Graph& graph, const Limits& limits);

// One by one.

/// Leaves, and values that are computed or stored, are their own sources; broadcasts, slices,
/// reshapes and most transposes are views of what their input is a view of.
[[nodiscard]] std::vector<Source> find_sources(const Outline& outline);
/// Sums and maxima over a last axis that is short enough.
[[nodiscard]] std::vector<bool> find_row_folds(const Outline& outline);
/// Rematerialised values. One instruction with a number costs less than storing its result and
/// reading it again: where only instructions read such a value, element by element, each of their
/// groups repeats it.
[[nodiscard]] std::vector<bool> find_repeated(const Outline& outline);
/// Who reads the storage of a node: its users, seen through views and what is repeated.
[[nodiscard]] std::vector<std::vector<int>> find_readers(const Outline& outline);
/// Transposes of the last two axes that only products read, by their flags; reshapes that strides
/// do not express and only concats read, from where the elements lie.
[[nodiscard]] std::vector<bool> find_absorbed(const Outline& outline);
/// Views that need storage: of their own, because they are kept, or because a reader needs one
/// contiguous run.
[[nodiscard]] std::vector<int> find_copied(const Outline& outline);
/// Rows that the only reader of a product adds to it.
[[nodiscard]] std::vector<std::optional<Bias>> find_biases(const Outline& outline);
/// Slice updates of a state that are its new value, and nothing else's.
[[nodiscard]] std::vector<bool> find_patched(const Outline& outline);

/// What becomes of a node, by all of these.
enum class Role : uint8_t {
  nothing,      ///< not live, or a leaf
  view,         ///< read where it lies
  alias,        ///< a kept view that is the whole of another value
  copied_view,  ///< a kept view that is stored
  moved,        ///< a reshape that strides do not express: an instruction that copies
  absorbed,     ///< its readers do it
  repeated,
  instruction,
  row_fold,
  in_product,  ///< a sum that a product does
  patch,
  stage,  ///< one of its own
};
[[nodiscard]] Role role_of(const Outline& outline, int node);

/// Where node `reader` finds the elements of `node`: in its storage from when it has some.
[[nodiscard]] Source source_for(const Outline& outline, int node, int reader);
/// As one run of memory, once it is stored where the outline says so.
[[nodiscard]] Run run_for(const Outline& outline, int node, int reader);
/// A matmul as a product, without its bias.
[[nodiscard]] Product product_of(const Outline& outline, int node);
/// Whether it is the transpose of its input's last two axes.
[[nodiscard]] bool swaps_matrix(const Node& node);
/// Where part `i` of a concat goes in the result.
[[nodiscard]] Layout place_of_part(const Graph& graph, const Node& concat, size_t i);

/// A line for each live node that is no leaf: "%7 = add: instruction".
[[nodiscard]] std::string to_text(const Outline& outline);

}  // namespace rivulet::exec::plan
