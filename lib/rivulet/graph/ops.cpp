#include "rivulet/graph/ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
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

Value input_of(Value node, size_t i) { return {node.graph, node.node().inputs[i]}; }

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

Value attend(Value q, Value k, Value v, Value keys, Value values, Value past) {
  const std::array inputs{q, k, v, keys, values, past};
  Node node{.op = Op::attend, .inputs = {}, .shape = {}};
  for (const Value x : inputs) {
    require_same_graph("attend", q, x);
    node.inputs.push_back(x.index);
  }
  return q.graph->append(std::move(node));
}

Value attend_composed(Value q, Value k, Value v, Value keys, Value values, Value past) {
  constexpr float never = -1e9F;
  Graph& graph = *q.graph;
  const int64_t remembered = values.shape()[2];  // N
  const int64_t tokens = q.shape()[2];           // M
  Tensor place({1, remembered});
  std::iota(place.span().begin(), place.span().end(), 0.0F);
  const Value seen = less(graph.constant(std::move(place)), past);  // [1,N]
  Tensor later({tokens, tokens});
  for (int64_t i = 0; i < tokens; ++i) {
    for (int64_t j = i + 1; j < tokens; ++j)
      later.span()[static_cast<size_t>(i * tokens + j)] = never;
  }
  const Value scores =
      concat({matmul(q, keys) + (1.0F - seen) * never,
              matmul(q, k, {.transpose_b = true}) + graph.constant(std::move(later))},
             3);                             // [B,H,M,N+M]
  const Value all = concat({values, v}, 2);  // [B,H,N+M,D]
  return matmul(softmax(scores), all);
}

Value slice_update(Value x, Value part, Value at, int axis) {
  require_same_graph("slice_update", x, part);
  require_same_graph("slice_update", x, at);
  return x.graph->append({.op = Op::slice_update,
                          .inputs = {x.index, part.index, at.index},
                          .shape = {},
                          .ints = {normal_axis("slice_update", x.shape(), axis)}});
}

namespace {

Value (*const expansions[])(Value) = {
#define RIVULET_OP(op, inputs, kind, shape, vjp, jvp, expand) rules::expand_##expand,
#include "rivulet/graph/ops.def"
};

}  // namespace

bool has_expansion(Op op) { return expansions[static_cast<size_t>(op)] != rules::expand_none; }
Value expansion(Value node) { return expansions[static_cast<size_t>(node.node().op)](node); }

Value rules::expand_none(Value /*node*/) { return {}; }

Value rules::expand_softmax(Value node) {
  const Value x = input_of(node, 0);
  const Value e = exp(x - max(x, {-1}));
  return e / sum(e, {-1});
}

Value rules::expand_attend(Value node) {
  return attend_composed(input_of(node, 0), input_of(node, 1), input_of(node, 2), input_of(node, 3),
                         input_of(node, 4), input_of(node, 5));
}

/// By a product with a matrix [N,M] that has a one where an element of the part goes.
Value rules::expand_slice_update(Value node) {
  Graph& graph = *node.graph;
  const Value x = input_of(node, 0);
  const Value part = input_of(node, 1);
  const auto axis = static_cast<int>(node.node().ints[0]);
  const int64_t n = x.shape()[axis];
  const int64_t m = part.shape()[axis];
  Tensor way({n, m});
  for (int64_t i = 0; i < n * m; ++i) way[i] = static_cast<float>(i / m - i % m);
  const Value off = graph.constant(std::move(way)) - reshape(input_of(node, 2), {1, 1});
  const Value goes = 1.0F - less(off, graph.fill({n, m}, 0)) - less(graph.fill({n, m}, 0), off);

  int64_t outer = 1;
  for (int i = 0; i < axis; ++i) outer *= x.shape()[i];
  const int64_t inner = outer * n == 0 ? 0 : x.shape().numel() / (outer * n);
  const Value moved = matmul(broadcast(reshape(goes, {1, n, m}), {outer, n, m}),
                             reshape(part, {outer, m, inner}));  // [outer,n,inner]
  const Value taken = broadcast(sum(reshape(goes, {1, n, m}), {2}), {outer, n, inner});
  return reshape(select(taken, moved, reshape(x, {outer, n, inner})), x.shape());
}

Value scale(Value x, float factor) { return mul(x, x.graph->fill(x.shape(), factor)); }
Value shift(Value x, float term) { return add(x, x.graph->fill(x.shape(), term)); }

Value relu(Value x) { return maximum(x, x.graph->fill(x.shape(), 0)); }

Value silu(Value x) { return x * sigmoid(x); }

Value gelu(Value x) { return 0.5F * x * (1.0F + erf(x * (1.0F / std::numbers::sqrt2_v<float>))); }

Value softplus(Value x) { return relu(x) + log(1.0F + exp(-abs(x))); }

Value log_softmax(Value x) {
  const Value shifted = x - stop_gradient(max(x, {-1}));
  return shifted - log(sum(exp(shifted), {-1}));
}

Value softmax_cross_entropy(Value logits, Value targets) {
  const auto rows = static_cast<float>(logits.shape().numel() / logits.shape()[-1]);
  return sum(targets * log_softmax(logits)) * (-1.0F / rows);
}

}  // namespace rivulet
