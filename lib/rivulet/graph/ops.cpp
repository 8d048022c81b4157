#include "rivulet/graph/ops.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/rules.h"

namespace rivulet {
namespace {

// Nodes that do nothing are not made: gradients are full of "times one" and "plus zero".

std::optional<float> filled_with(Value x) {
  if (x.node().op == Op::fill) return x.node().scalar;
  return std::nullopt;
}

bool is_fill(Value x, float value) { return filled_with(x) == value; }

Value unary(Op op, Value x) {
  return x.graph->append({.op = op, .inputs = {x.index}, .shape = {}});
}

Shape common_shape(const char* where, const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  Shape result = longer;
  for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i) {
    if (a[-i] != b[-i] && a[-i] != 1 && b[-i] != 1) {
      fail(where, "shapes do not broadcast: " + a.str() + " and " + b.str());
    }
    result[-i] = a[-i] == 1 ? b[-i] : a[-i];
  }
  return result;
}

void require_same_graph(const char* where, Value a, Value b) {
  if (a.graph != b.graph) fail(where, "the operands belong to different graphs");
}

Value binary(Op op, Value a, Value b) {
  return a.graph->append({.op = op, .inputs = {a.index, b.index}, .shape = {}});
}

/// What a sum or difference that does nothing, or is of numbers only, amounts to.
Value simpler_sum(Op op, Value a, Value b) {
  if (is_fill(b, 0)) return a;
  if (is_fill(a, 0)) return op == Op::add ? b : neg(b);
  if (filled_with(a) && filled_with(b)) {
    const float x = *filled_with(a);
    const float y = *filled_with(b);
    return a.graph->fill(a.shape(), op == Op::add ? x + y : x - y);
  }
  if (op == Op::add && b.node().op == Op::neg) return sub(a, {b.graph, b.node().inputs[0]});
  return {};
}

Value simpler_product(Value a, Value b) {
  if (filled_with(a) && filled_with(b))
    return a.graph->fill(a.shape(), *filled_with(a) * *filled_with(b));
  if (filled_with(a)) return mul(b, a);
  if (is_fill(b, 1)) return a;
  if (is_fill(b, -1)) return neg(a);
  return a == b ? square(a) : Value{};
}

Value simpler_quotient(Value a, Value b) {
  if (is_fill(b, 1)) return a;
  return is_fill(a, 1) ? reciprocal(b) : Value{};
}

/// The same value with less work, of operands of one shape; a Value without a graph if there is no
/// other.
Value simpler(Op op, std::span<const Value> x) {
  switch (op) {
    case Op::neg:
      if (const auto value = filled_with(x[0])) return x[0].graph->fill(x[0].shape(), -*value);
      return x[0].node().op == Op::neg ? Value{x[0].graph, x[0].node().inputs[0]} : Value{};
    case Op::reciprocal:
      if (const auto value = filled_with(x[0]))
        return x[0].graph->fill(x[0].shape(), 1.0F / *value);
      return {};
    case Op::add:
    case Op::sub:
      return simpler_sum(op, x[0], x[1]);
    case Op::mul:
      return simpler_product(x[0], x[1]);
    case Op::div:
      return simpler_quotient(x[0], x[1]);
    default:
      return {};
  }
}

/// A pointwise op of operands that are brought to their common shape.
Value pointwise(Op op, std::vector<Value> x) {
  const std::string name(name_of(op));
  Shape shape = x[0].shape();
  for (size_t i = 1; i < x.size(); ++i) {
    require_same_graph(name.c_str(), x[0], x[i]);
    shape = common_shape(name.c_str(), shape, x[i].shape());
  }
  Node node{.op = op, .inputs = {}, .shape = {}};
  for (Value& operand : x) {
    operand = broadcast(operand, shape);
    node.inputs.push_back(operand.index);
  }
  const Value same = simpler(op, x);
  return same.graph != nullptr ? same : x[0].graph->append(std::move(node));
}

std::vector<int64_t> axes_of(const char* where, Value x, const std::vector<int>& axes) {
  std::vector<int64_t> result;
  if (axes.empty()) {
    result.resize(static_cast<size_t>(x.shape().rank()));
    std::iota(result.begin(), result.end(), 0);
    return result;
  }
  for (const int axis : axes) result.push_back(normal_axis(where, x.shape(), axis));
  std::ranges::sort(result);
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

int64_t extent_over(const Shape& shape, std::span<const int64_t> axes) {
  int64_t n = 1;
  for (const int64_t axis : axes) n *= shape[static_cast<int>(axis)];
  return n;
}

}  // namespace

#define RIVULET_UNARY(op, ...) \
  Value op(Value x) { return pointwise(Op::op, {x}); }
#define RIVULET_BINARY(op, ...) \
  Value op(Value a, Value b) { return pointwise(Op::op, {a, b}); }
#define RIVULET_TERNARY(op, ...) \
  Value op(Value a, Value b, Value c) { return pointwise(Op::op, {a, b, c}); }
#include "rivulet/graph/ops.def"

Value stop_gradient(Value x) { return unary(Op::stop_gradient, x); }

Value reshape(Value x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (x.node().op == Op::reshape) x = {x.graph, x.node().inputs[0]};
  if (x.shape() == shape) return x;
  if (const auto value = filled_with(x); value && x.shape().numel() == shape.numel()) {
    return x.graph->fill(shape, *value);
  }
  return x.graph->append({.op = Op::reshape, .inputs = {x.index}, .shape = shape});
}

Value broadcast(Value x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (x.shape().rank() > shape.rank()) {
    fail("broadcast", x.shape().str() + " has more axes than " + shape.str());
  }
  Shape padded;
  for (int i = x.shape().rank(); i < shape.rank(); ++i) padded.push_back(1);
  for (const int64_t extent : x.shape().dims()) padded.push_back(extent);
  x = reshape(x, padded);
  if (const auto value = filled_with(x)) {
    (void)common_shape("broadcast", padded, shape);
    return x.graph->fill(shape, *value);
  }
  if (x.shape() == shape) return x;
  return x.graph->append({.op = Op::broadcast, .inputs = {x.index}, .shape = shape});
}

Value transpose(Value x, std::span<const int> permutation) {
  Node node{.op = Op::transpose, .inputs = {x.index}, .shape = {}};
  for (const int axis : permutation) node.ints.push_back(normal_axis("transpose", x.shape(), axis));
  std::vector<int64_t> identity(static_cast<size_t>(x.shape().rank()));
  std::iota(identity.begin(), identity.end(), 0);
  if (node.ints == identity) return x;
  return x.graph->append(std::move(node));
}

Value transpose(Value x, std::initializer_list<int> permutation) {
  return transpose(x, std::span<const int>(permutation.begin(), permutation.size()));
}

Value slice(Value x, int axis, int64_t start, int64_t extent) {
  axis = normal_axis("slice", x.shape(), axis);
  if (start == 0 && extent == x.shape()[axis]) return x;
  const auto rank = static_cast<size_t>(x.shape().rank());
  Node node{.op = Op::slice, .inputs = {x.index}, .shape = {}};
  node.ints.assign(2 * rank, 0);
  std::ranges::copy(x.shape().dims(), node.ints.begin() + static_cast<std::ptrdiff_t>(rank));
  node.ints[static_cast<size_t>(axis)] = start;
  node.ints[static_cast<size_t>(axis) + rank] = extent;
  return x.graph->append(std::move(node));
}

Value pad(Value x, int axis, int64_t before, int64_t after) {
  axis = normal_axis("pad", x.shape(), axis);
  if (before == 0 && after == 0) return x;
  const auto rank = static_cast<size_t>(x.shape().rank());
  Node node{.op = Op::pad, .inputs = {x.index}, .shape = {}};
  node.ints.assign(2 * rank, 0);
  node.ints[static_cast<size_t>(axis)] = before;
  node.ints[static_cast<size_t>(axis) + rank] = after;
  return x.graph->append(std::move(node));
}

Value concat(std::span<const Value> parts, int axis) {
  if (parts.empty()) fail("concat", "nothing to join");
  if (parts.size() == 1) return parts[0];
  Node node{.op = Op::concat, .inputs = {}, .shape = {}};
  for (const Value part : parts) {
    require_same_graph("concat", parts[0], part);
    node.inputs.push_back(part.index);
  }
  node.ints = {normal_axis("concat", parts[0].shape(), axis)};
  return parts[0].graph->append(std::move(node));
}

Value concat(std::initializer_list<Value> parts, int axis) {
  return concat(std::span<const Value>(parts.begin(), parts.size()), axis);
}

Value sum(Value x, const std::vector<int>& axes) {
  const std::vector<int64_t> normal = axes_of("sum", x, axes);
  if (extent_over(x.shape(), normal) == 1) return x;
  return x.graph->append({.op = Op::sum, .inputs = {x.index}, .shape = {}, .ints = normal});
}

Value mean(Value x, const std::vector<int>& axes) {
  const auto n = static_cast<float>(extent_over(x.shape(), axes_of("mean", x, axes)));
  return scale(sum(x, axes), 1.0F / n);
}

Value max(Value x, const std::vector<int>& axes) {
  const std::vector<int64_t> normal = axes_of("max", x, axes);
  if (extent_over(x.shape(), normal) == 1) return x;
  return x.graph->append({.op = Op::max, .inputs = {x.index}, .shape = {}, .ints = normal});
}

Value softmax(Value x) {
  if (x.shape().rank() < 1) fail("softmax", "needs an axis");
  return unary(Op::softmax, x);
}

Value matmul(Value a, Value b, MatmulFlags flags) {
  require_same_graph("matmul", a, b);
  if (a.shape().rank() > 2 && b.shape().rank() == 2 && !flags.transpose_a) {
    // One weight for all outer axes: a single tall product.
    Shape result = a.shape();
    const int64_t k = a.shape()[-1];
    const Value flat = matmul(reshape(a, {k == 0 ? 0 : a.shape().numel() / k, k}), b, flags);
    result[-1] = flat.shape()[-1];
    return reshape(flat, result);
  }
  return a.graph->append({.op = Op::matmul,
                          .inputs = {a.index, b.index},
                          .shape = {},
                          .ints = {flags.transpose_a, flags.transpose_b}});
}

Value gather(Value table, Value index) {
  require_same_graph("gather", table, index);
  return binary(Op::gather, table, index);
}

Value scatter_add(Value rows, Value index, int64_t n) {
  require_same_graph("scatter_add", rows, index);
  return rows.graph->append(
      {.op = Op::scatter_add, .inputs = {rows.index, index.index}, .shape = {}, .ints = {n}});
}

Value argsort(Value x) {
  if (x.shape().rank() < 1) fail("argsort", "needs an axis");
  return unary(Op::argsort, x);
}

Value grouped_matmul(Value rows, Value matrices, Value ends, bool transpose_b) {
  require_same_graph("grouped_matmul", rows, matrices);
  require_same_graph("grouped_matmul", rows, ends);
  return rows.graph->append({.op = Op::grouped_matmul,
                             .inputs = {rows.index, matrices.index, ends.index},
                             .shape = {},
                             .ints = {transpose_b}});
}

Value grouped_outer(Value a, Value b, Value ends) {
  require_same_graph("grouped_outer", a, b);
  require_same_graph("grouped_outer", a, ends);
  return a.graph->append(
      {.op = Op::grouped_outer, .inputs = {a.index, b.index, ends.index}, .shape = {}});
}

Value attend(Value q, Value k, Value v, Value keys, Value values, Value past) {
  const std::array inputs{q, k, v, keys, values, past};
  Node node{.op = Op::attend, .inputs = {}, .shape = {}};
  for (const Value x : inputs) {
    require_same_graph("attend", q, x);
    node.inputs.push_back(x.index);
  }
  return q.graph->append(std::move(node));
}

Value slice_update(Value x, Value part, Value at, int axis) {
  require_same_graph("slice_update", x, part);
  require_same_graph("slice_update", x, at);
  return x.graph->append({.op = Op::slice_update,
                          .inputs = {x.index, part.index, at.index},
                          .shape = {},
                          .ints = {normal_axis("slice_update", x.shape(), axis)}});
}

Value scale(Value x, float factor) { return mul(x, x.graph->fill(x.shape(), factor)); }
Value shift(Value x, float term) { return add(x, x.graph->fill(x.shape(), term)); }

// Shape rules.

namespace rules {
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

void shape_grouped_matmul(const Graph& graph, Node& node) {
  const Shape& rows = input_shape(graph, node, 0);
  const Shape& matrices = input_shape(graph, node, 1);
  const Shape& ends = input_shape(graph, node, 2);
  const bool tb = node.ints.at(0) != 0;
  const bool ranks = rows.rank() == 2 && matrices.rank() == 3;
  if (!ranks || rows[1] != matrices[tb ? 2 : 1] || ends != Shape{matrices[0]}) {
    bad(node, "rows " + rows.str() + " and ends " + ends.str() + " do not fit matrices " +
                  matrices.str());
  }
  node.shape = {rows[0], matrices[tb ? 1 : 2]};
}

void shape_grouped_outer(const Graph& graph, Node& node) {
  const Shape& a = input_shape(graph, node, 0);
  const Shape& b = input_shape(graph, node, 1);
  const Shape& ends = input_shape(graph, node, 2);
  if (a.rank() != 2 || b.rank() != 2 || a[0] != b[0] || ends.rank() != 1) {
    bad(node, "rows " + a.str() + " and " + b.str() + " do not fit, or ends " + ends.str());
  }
  node.shape = {ends[0], a[1], b[1]};
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

}  // namespace rules
}  // namespace rivulet
