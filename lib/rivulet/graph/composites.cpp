// What is composed of ops, and ops composed of others.
#include <cmath>
#include <numbers>
#include <numeric>

#include "rivulet/graph/ops.h"
#include "rivulet/graph/rules.h"

namespace rivulet {

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

// Expansions.

namespace {

Value input_of(Value node, size_t i) { return {node.graph, node.node().inputs[i]}; }

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

namespace {

/// The rows of each group, and zeros elsewhere: [R,C], ends [E] -> [E,R,C].
Value rows_by_group(Value rows, Value ends) {
  Graph& graph = *rows.graph;
  const int64_t groups = ends.shape()[0];
  const int64_t n = rows.shape()[0];
  Tensor places({1, n});
  std::iota(places.span().begin(), places.span().end(), 0.0F);
  const Value before = less(broadcast(graph.constant(std::move(places)), {groups, n}),
                            broadcast(reshape(ends, {groups, 1}), {groups, n}));  // [E,R]
  const Value inside = before - pad(slice(before, 0, 0, groups - 1), 0, 1, 0);
  return reshape(inside, {groups, n, 1}) * reshape(rows, {1, n, rows.shape()[1]});
}

}  // namespace

Value rules::expand_grouped_matmul(Value node) {
  const Value apart = rows_by_group(input_of(node, 0), input_of(node, 2));
  const Value products =
      matmul(apart, input_of(node, 1), {.transpose_b = node.node().ints[0] != 0});  // [E,R,N]
  return reshape(sum(products, {0}), node.shape());
}

Value rules::expand_grouped_outer(Value node) {
  const Value b = input_of(node, 1);
  const Shape& groups = node.shape();  // [E,K,N]
  return matmul(rows_by_group(input_of(node, 0), input_of(node, 2)),
                broadcast(b, {groups[0], b.shape()[0], b.shape()[1]}), {.transpose_a = true});
}

}  // namespace rivulet
