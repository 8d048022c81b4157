// Builders: functions from values to values. Two-operand builders broadcast as NumPy does.
#pragma once

#include <span>
#include <vector>

#include "rivulet/graph/graph.h"

namespace rivulet {

[[nodiscard]] Value neg(Value x);
[[nodiscard]] Value abs(Value x);
[[nodiscard]] Value sign(Value x);
[[nodiscard]] Value step(Value x);  ///< 1 where x > 0, else 0
[[nodiscard]] Value floor(Value x);
[[nodiscard]] Value exp(Value x);
[[nodiscard]] Value log(Value x);
[[nodiscard]] Value sqrt(Value x);
[[nodiscard]] Value rsqrt(Value x);
[[nodiscard]] Value reciprocal(Value x);
[[nodiscard]] Value square(Value x);
[[nodiscard]] Value sin(Value x);
[[nodiscard]] Value cos(Value x);
[[nodiscard]] Value tanh(Value x);
[[nodiscard]] Value sigmoid(Value x);
[[nodiscard]] Value erf(Value x);
[[nodiscard]] Value stop_gradient(Value x);

[[nodiscard]] Value add(Value a, Value b);
[[nodiscard]] Value sub(Value a, Value b);
[[nodiscard]] Value mul(Value a, Value b);
[[nodiscard]] Value div(Value a, Value b);
[[nodiscard]] Value maximum(Value a, Value b);
[[nodiscard]] Value minimum(Value a, Value b);
[[nodiscard]] Value less(Value a, Value b);                     ///< 1 where a < b, else 0
[[nodiscard]] Value select(Value condition, Value a, Value b);  ///< a where condition != 0, else b

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

/// Causal attention of a window of M tokens that follows others, of which keys and values are
/// remembered: q, k, v [B,H,M,D], keys [B,H,D,N], values [B,H,N,D] -> [B,H,M,D]. Query i sees the
/// first `past` [1] of those remembered (0..N; more or less is cut) and tokens 0..i of the window.
/// Scores are <q, k>: scale the queries.
[[nodiscard]] Value attend(Value q, Value k, Value v, Value keys, Value values, Value past);
/// The same of primitive operations.
[[nodiscard]] Value attend_composed(Value q, Value k, Value v, Value keys, Value values,
                                    Value past);

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
