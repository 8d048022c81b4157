#include "rivulet/graph/rules.h"

#include "rivulet/core/error.h"

namespace rivulet::rules {
namespace {

[[noreturn]] void bad(const Node& node, const std::string& what) {
  fail(std::string(name_of(node.op)), what);
}

const Shape& input_shape(const Graph& graph, const Node& node, int i = 0) {
  return graph.node(node.inputs[static_cast<size_t>(i)]).shape;
}

size_t rank_of(const Shape& shape) { return static_cast<size_t>(shape.rank()); }

}  // namespace

void shape_given(const Graph& /*graph*/, Node& /*node*/) {}

void shape_same(const Graph& graph, Node& node) {
  node.shape = input_shape(graph, node);
  for (int i = 1; i < static_cast<int>(node.inputs.size()); ++i) {
    if (input_shape(graph, node, i) != node.shape) {
      bad(node, "shapes differ: " + node.shape.str() + " and " + input_shape(graph, node, i).str());
    }
  }
}

void shape_reshape(const Graph& graph, Node& node) {
  const Shape& from = input_shape(graph, node);
  if (from.numel() != node.shape.numel()) {
    bad(node, from.str() + " has " + std::to_string(from.numel()) + " elements, " +
                  node.shape.str() + " has " + std::to_string(node.shape.numel()));
  }
}

void shape_broadcast(const Graph& graph, Node& node) {
  const Shape& from = input_shape(graph, node);
  bool fits = from.rank() == node.shape.rank();
  for (int i = 0; fits && i < from.rank(); ++i) {
    fits = from[i] == node.shape[i] || from[i] == 1;
  }
  if (!fits) bad(node, from.str() + " does not grow to " + node.shape.str());
}

void shape_transpose(const Graph& graph, Node& node) {
  const Shape& from = input_shape(graph, node);
  if (node.ints.size() != rank_of(from)) bad(node, "permutation does not fit " + from.str());
  std::array<bool, Shape::max_rank> seen{};
  node.shape = {};
  for (const int64_t axis : node.ints) {
    if (axis < 0 || axis >= from.rank() || seen[static_cast<size_t>(axis)]) {
      bad(node, "not a permutation of the axes of " + from.str());
    }
    seen[static_cast<size_t>(axis)] = true;
    node.shape.push_back(from[static_cast<int>(axis)]);
  }
}

void shape_slice(const Graph& graph, Node& node) {
  const Shape& from = input_shape(graph, node);
  if (node.ints.size() != 2 * rank_of(from))
    bad(node, "starts and extents do not fit " + from.str());
  node.shape = {};
  for (int i = 0; i < from.rank(); ++i) {
    const int64_t start = node.ints[static_cast<size_t>(i)];
    const int64_t extent = node.ints[static_cast<size_t>(i) + rank_of(from)];
    if (start < 0 || extent < 0 || start + extent > from[i]) {
      bad(node, std::to_string(start) + " + " + std::to_string(extent) + " exceeds axis " +
                    std::to_string(i) + " of " + from.str());
    }
    node.shape.push_back(extent);
  }
}

void shape_pad(const Graph& graph, Node& node) {
  const Shape& from = input_shape(graph, node);
  if (node.ints.size() != 2 * rank_of(from)) bad(node, "margins do not fit " + from.str());
  node.shape = {};
  for (int i = 0; i < from.rank(); ++i) {
    const int64_t before = node.ints[static_cast<size_t>(i)];
    const int64_t after = node.ints[static_cast<size_t>(i) + rank_of(from)];
    if (before < 0 || after < 0) bad(node, "negative margin");
    node.shape.push_back(before + from[i] + after);
  }
}

void shape_concat(const Graph& graph, Node& node) {
  if (node.inputs.empty()) bad(node, "nothing to join");
  node.shape = input_shape(graph, node);
  const auto axis = static_cast<int>(node.ints.at(0));
  for (int part = 1; part < static_cast<int>(node.inputs.size()); ++part) {
    const Shape& other = input_shape(graph, node, part);
    bool fits = other.rank() == node.shape.rank();
    for (int i = 0; fits && i < other.rank(); ++i) fits = i == axis || other[i] == node.shape[i];
    if (!fits) bad(node, other.str() + " does not join " + node.shape.str());
    node.shape[axis] += other[axis];
  }
}

void shape_reduce(const Graph& graph, Node& node) {
  node.shape = input_shape(graph, node);
  for (const int64_t axis : node.ints) {
    const int i = normal_axis("reduce", node.shape, static_cast<int>(axis));
    if (node.op == Op::max && node.shape[i] == 0) bad(node, "maximum over nothing");
    node.shape[i] = 1;
  }
}

void shape_matmul(const Graph& graph, Node& node) {
  const Shape& a = input_shape(graph, node, 0);
  const Shape& b = input_shape(graph, node, 1);
  const std::string both = a.str() + " x " + b.str();
  if (a.rank() < 2 || a.rank() != b.rank()) bad(node, "ranks do not fit: " + both);
  for (int i = 0; i < a.rank() - 2; ++i) {
    if (a[i] != b[i]) bad(node, "outer dimensions differ: " + both);
  }
  const bool ta = node.ints.at(0) != 0;
  const bool tb = node.ints.at(1) != 0;
  if (a[ta ? -2 : -1] != b[tb ? -1 : -2]) bad(node, "inner dimensions differ: " + both);
  node.shape = a;
  node.shape[-2] = a[ta ? -1 : -2];
  node.shape[-1] = b[tb ? -2 : -1];
}

void shape_gather(const Graph& graph, Node& node) {
  const Shape& table = input_shape(graph, node, 0);
  const Shape& index = input_shape(graph, node, 1);
  if (table.rank() != 2 || index.rank() != 1) {
    bad(node, "needs [N,C] and [M], not " + table.str() + " and " + index.str());
  }
  node.shape = {index[0], table[1]};
}

void shape_scatter_add(const Graph& graph, Node& node) {
  const Shape& rows = input_shape(graph, node, 0);
  const Shape& index = input_shape(graph, node, 1);
  if (rows.rank() != 2 || index.rank() != 1 || rows[0] != index[0]) {
    bad(node, "needs [M,C] and [M], not " + rows.str() + " and " + index.str());
  }
  node.shape = {node.ints.at(0), rows[1]};
}

void shape_slice_update(const Graph& graph, Node& node) {
  node.shape = input_shape(graph, node, 0);
  const Shape& part = input_shape(graph, node, 1);
  const auto axis = static_cast<int>(node.ints.at(0));
  bool fits = part.rank() == node.shape.rank() && input_shape(graph, node, 2).numel() == 1;
  for (int i = 0; fits && i < part.rank(); ++i) fits = i == axis || part[i] == node.shape[i];
  if (!fits) {
    bad(node, part.str() + " is no slice of " + node.shape.str() + " along axis " +
                  std::to_string(axis) + ", or the place is not one number");
  }
}

void shape_attend(const Graph& graph, Node& node) {
  const Shape& q = input_shape(graph, node, 0);       // [B,H,M,D]
  const Shape& values = input_shape(graph, node, 4);  // [B,H,N,D]
  bool fits = q.rank() == 4 && values.rank() == 4;
  fits = fits && input_shape(graph, node, 1) == q && input_shape(graph, node, 2) == q;
  fits = fits && values == Shape{q[0], q[1], values[2], q[3]};
  fits = fits && input_shape(graph, node, 3) == Shape{q[0], q[1], q[3], values[2]};
  fits = fits && input_shape(graph, node, 5) == Shape{1};
  if (!fits) {
    bad(node, "q, k, v " + q.str() + " do not fit values " + values.str() + " and keys " +
                  input_shape(graph, node, 3).str());
  }
  node.shape = q;
}

}  // namespace rivulet::rules
