// Composites that ONNX, or its runtimes, know as one operation, found in a graph of primitives.
#pragma once

#include <optional>
#include <vector>

#include "rivulet/graph/graph.h"

namespace rivulet::io::onnx {

/// Readers of each node: live nodes and outputs.
[[nodiscard]] std::vector<int> count_users(const Graph& graph);

/// `x` under broadcasts, and reshapes that add axes in front.
[[nodiscard]] int below_broadcasts(const Graph& graph, int node);

/// sum(x) / n
struct Mean {
  int x;
  std::vector<int64_t> axes;
};
[[nodiscard]] std::optional<Mean> find_mean(const Graph& graph, int node);

/// (x - mean) / sqrt(variance + epsilon) over the last axis; scale and bias are leaves of shape [C]
/// or -1: ones and nothing.
struct LayerNorm {
  int x;
  float epsilon;
  int scale = -1;
  int bias = -1;
};
[[nodiscard]] std::optional<LayerNorm> find_layer_norm(const Graph& graph, int node,
                                                       const std::vector<int>& users);

/// x Phi(x) with the error function: the node of x.
[[nodiscard]] std::optional<int> find_gelu(const Graph& graph, int node);

/// One weight for all outer axes: [..,K] x [K,N] -> [..,N] without the rows between.
struct OuterProduct {
  int a;
  Shape shape;  ///< that of `a` or another for its elements, [..,K]
  int b;
  bool transpose_b;
};
[[nodiscard]] std::optional<OuterProduct> find_outer_product(const Graph& graph, int node,
                                                             const std::vector<int>& users);

/// Slices of one node along one axis that lie side by side and leave nothing out.
struct Split {
  int x;
  int axis;
  std::vector<int> parts;  ///< the slices, in the order of their places
};
[[nodiscard]] std::vector<Split> find_splits(const Graph& graph, const std::vector<bool>& wanted);

}  // namespace rivulet::io::onnx
