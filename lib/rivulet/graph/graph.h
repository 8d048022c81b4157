// The op graph: what a model computes, before any device is chosen.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/core/shape.h"
#include "rivulet/core/tensor.h"

namespace rivulet {

enum class Op : uint8_t {
#define RIVULET_OP(name, ...) name,
#include "rivulet/graph/ops.def"
};

inline constexpr int op_count = 0
#define RIVULET_OP(...) +1
#include "rivulet/graph/ops.def"
    ;

[[nodiscard]] std::string_view name_of(Op op);

/// What an op does, as ops.def declares it.
enum class OpKind : uint8_t {
  leaf,       ///< nothing: it is memory
  pointwise,  ///< element i depends on elements i of equally shaped inputs only
  view,       ///< gives the elements of its input, rearranged, repeated or left out
  other,
};
[[nodiscard]] OpKind kind_of(Op op);
[[nodiscard]] inline bool is_pointwise(Op op) { return kind_of(op) == OpKind::pointwise; }

/// One operation. Inputs are indices of earlier nodes, so append order is topological order.
struct Node {
  Op op;
  std::vector<int> inputs;
  Shape shape;
  std::vector<int64_t> ints = {};  ///< see ops.def: permutation, starts, axes, ...
  float scalar = 0;                ///< the number of a `fill`
  int tensor = -1;                 ///< of a constant: index into Graph::tensors
  int first = -1;                  ///< of a state: index of what writes its first value
  std::string name = {};           ///< of inputs and states
};

class Graph;

/// A handle to a node. Cheap to copy; valid while its graph lives and is not moved.
struct Value {
  Graph* graph = nullptr;
  int index = -1;

  [[nodiscard]] const Node& node() const;
  [[nodiscard]] const Shape& shape() const;
  friend bool operator==(const Value&, const Value&) = default;
};

/// Writes a state's first value. Called when a program is made: what it refers to lives until then.
using First = std::function<void(std::span<float>)>;
/// The same number everywhere.
[[nodiscard]] First filled(float value);

/// A state's new value, written when a run ends: all reads in a run see the old one.
struct Update {
  int state;
  int value;
};

/// A named result.
struct Output {
  std::string name;
  int value;
};

/// Owns nodes in topological order, the tensors of its constants, its results and state updates.
/// Equal nodes are made once (common subexpressions), so builders may be used freely.
class Graph {
 public:
  Graph() = default;
  Graph(const Graph&) = delete;  // a Value points to its graph
  Graph& operator=(const Graph&) = delete;

  /// Fed by the host before each run. Names are unique; throws Error otherwise.
  Value input(const std::string& name, const Shape& shape);
  /// Kept between runs, starting from `first`: weights, optimiser moments, averages.
  Value state(const std::string& name, const Shape& shape, First first);
  Value state(const std::string& name, Tensor first);
  Value constant(Tensor tensor);
  Value fill(const Shape& shape, float value);

  /// Declares a result that a program keeps for the host to read.
  void output(const std::string& name, Value value);
  /// Declares the value that `state` takes when a run ends.
  void update(Value state, Value value);

  /// Appends a node after checking its shape by the op's rule; returns an existing equal one if
  /// there is one. The builders of ops.h are the readable way to call this.
  Value append(Node node);

  [[nodiscard]] const Node& node(int index) const { return nodes_[static_cast<size_t>(index)]; }
  [[nodiscard]] const std::deque<Node>& nodes() const { return nodes_; }
  [[nodiscard]] int size() const { return static_cast<int>(nodes_.size()); }
  [[nodiscard]] const Tensor& tensor(int index) const {
    return tensors_[static_cast<size_t>(index)];
  }
  [[nodiscard]] const First& first(int index) const { return firsts_[static_cast<size_t>(index)]; }
  [[nodiscard]] std::span<const Output> outputs() const { return outputs_; }
  [[nodiscard]] std::span<const Update> updates() const { return updates_; }
  [[nodiscard]] Value value(int index) { return {this, index}; }
  /// The input or state of that name, or -1.
  [[nodiscard]] int find(std::string_view name) const;

 private:
  Value leaf(Node node);

  std::deque<Node> nodes_;  // references to nodes stay valid while a graph grows
  std::vector<Tensor> tensors_;
  std::vector<First> firsts_;
  std::vector<Output> outputs_;
  std::vector<Update> updates_;
  std::vector<std::vector<int>> buckets_;  // hash of a node -> nodes, for common subexpressions
};

/// What a state begins as.
[[nodiscard]] Tensor first_value(const Graph& graph, const Node& state);

/// For each node, whether any output or update depends on it.
[[nodiscard]] std::vector<bool> live_nodes(const Graph& graph);

/// Floating-point operations of one node (a multiply-add counts as two).
[[nodiscard]] int64_t flops(const Graph& graph, const Node& node);
/// Of all live nodes.
[[nodiscard]] int64_t flops(const Graph& graph);

}  // namespace rivulet
