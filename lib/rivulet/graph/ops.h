// Builders: functions from values to values. Two-operand builders broadcast as NumPy does.
#pragma once

#include <span>
#include <vector>

#include "rivulet/graph/graph.h"

namespace rivulet {

// Of ops.def's pointwise rows, where each one's formula stands: exp(x), add(a, b), ...,
// select(condition, a, b), which is a where condition != 0, else b.
#define RIVULET_UNARY(op, ...) [[nodiscard]] Value op(Value x);
#define RIVULET_BINARY(op, ...) [[nodiscard]] Value op(Value a, Value b);
#define RIVULET_TERNARY(op, ...) [[nodiscard]] Value op(Value a, Value b, Value c);
#include "rivulet/graph/ops.def"

[[nodiscard]] Value stop_gradient(Value x);
[[nodiscard]] Value reshape(Value x, const Shape& shape);
/// To `shape` by NumPy's rule: missing outer axes are added, extents of 1 grow.
[[nodiscard]] Value broadcast(Value x, const Shape& shape);
[[nodiscard]] Value transpose(Value x, std::span<const int> permutation);
[[nodiscard]] Value transpose(Value x, std::initializer_list<int> permutation);
/// x[start : start + extent] along one axis.
[[nodiscard]] Value slice(Value x, int axis, int64_t start, int64_t extent);
/// Zeros before and after along one axis.
[[nodiscard]] Value pad(Value x, int axis, int64_t before, int64_t after);
[[nodiscard]] Value concat(std::span<const Value> parts, int axis);
[[nodiscard]] Value concat(std::initializer_list<Value> parts, int axis);

/// Sum over axes; their extents become 1. No axes given: over all.
[[nodiscard]] Value sum(Value x, const std::vector<int>& axes = {});
[[nodiscard]] Value mean(Value x, const std::vector<int>& axes = {});
[[nodiscard]] Value max(Value x, const std::vector<int>& axes = {});
[[nodiscard]] Value softmax(Value x);  ///< over the last axis

struct MatmulFlags {
  bool transpose_a = false;
  bool transpose_b = false;
};
/// [..,M,K] x [..,K,N] -> [..,M,N]; rank >= 2, equal outer axes, or `b` of rank 2 for all of them.
[[nodiscard]] Value matmul(Value a, Value b, MatmulFlags flags = {});

/// Rows table[index[m]], [N,C] and [M] -> [M,C]; an index outside of 0..N-1 gives a row of zeros.
[[nodiscard]] Value gather(Value table, Value index);
/// The transpose of gather: rows [M,C] added into zeros [n,C] at index [M].
[[nodiscard]] Value scatter_add(Value rows, Value index, int64_t n);

/// The places of the elements along the last axis, in the order of their values: the largest first,
/// equal ones as they lie, NaN last. As an index it sorts; its own argsort, of -order, ranks.
[[nodiscard]] Value argsort(Value x);

/// Rows in groups, each with a matrix of its own: [R,K] x [E,K,N] -> [R,N], or x [E,N,K]
/// transposed. Group e is rows ends[e-1]..ends[e]-1, ends [E] being whole numbers that do not fall;
/// rows past the last group give zeros. The work is that of the rows there are (sparse experts).
[[nodiscard]] Value grouped_matmul(Value rows, Value matrices, Value ends,
                                   bool transpose_b = false);
/// Its gradient: sums over the rows of each group, a[R,K]' b[R,N] -> [E,K,N].
[[nodiscard]] Value grouped_outer(Value a, Value b, Value ends);

/// Causal attention of a window of M tokens that follows others, of which keys and values are
/// remembered: q, k, v [B,H,M,D], keys [B,H,D,N], values [B,H,N,D] -> [B,H,M,D]. Query i sees the
/// first `past` [1] of those remembered (0..N; more or less is cut) and tokens 0..i of the window.
/// Scores are <q, k>: scale the queries.
[[nodiscard]] Value attend(Value q, Value k, Value v, Value keys, Value values, Value past);
/// The same of primitive operations.
[[nodiscard]] Value attend_composed(Value q, Value k, Value v, Value keys, Value values,
                                    Value past);

/// x with `part`, which is shorter along one axis, in the place of its elements from `at` [1] (a
/// whole number) on; what of the part would lie outside of x is left out. A state that is updated
/// so is changed where it lies (a KV cache).
[[nodiscard]] Value slice_update(Value x, Value part, Value at, int axis);

/// The composite of other ops that equals a node, where ops.def names one; else a Value without a
/// graph.
[[nodiscard]] Value expansion(Value node);
[[nodiscard]] bool has_expansion(Op op);

// Numbers as operands.
[[nodiscard]] Value scale(Value x, float factor);
[[nodiscard]] Value shift(Value x, float term);

inline Value operator-(Value x) { return neg(x); }
inline Value operator+(Value a, Value b) { return add(a, b); }
inline Value operator-(Value a, Value b) { return sub(a, b); }
inline Value operator*(Value a, Value b) { return mul(a, b); }
inline Value operator/(Value a, Value b) { return div(a, b); }
inline Value operator+(Value a, float b) { return shift(a, b); }
inline Value operator-(Value a, float b) { return shift(a, -b); }
inline Value operator*(Value a, float b) { return scale(a, b); }
inline Value operator*(float a, Value b) { return scale(b, a); }
inline Value operator/(Value a, float b) { return scale(a, 1.0F / b); }
inline Value operator+(float a, Value b) { return shift(b, a); }
inline Value operator-(float a, Value b) { return shift(neg(b), a); }

// Composites.
[[nodiscard]] Value relu(Value x);
[[nodiscard]] Value silu(Value x);         ///< x sigmoid(x)
[[nodiscard]] Value gelu(Value x);         ///< x Phi(x), with the exact error function
[[nodiscard]] Value softplus(Value x);     ///< log(1 + exp x), stable
[[nodiscard]] Value log_softmax(Value x);  ///< over the last axis
/// Mean over rows of -log softmax(logits)[label]; logits [B,C], one-hot targets [B,C].
[[nodiscard]] Value softmax_cross_entropy(Value logits, Value targets);

}  // namespace rivulet
