#include "rivulet/graph/autodiff.h"

#include <numbers>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/graph/rules.h"

namespace rivulet {
namespace {

using rules::partial;

// A missing derivative (graph == nullptr) stands for zero.
bool present(Value v) { return v.graph != nullptr; }

Value input_of(Value y, int i = 0) { return {y.graph, y.node().inputs[static_cast<size_t>(i)]}; }

int inputs_of(Value y) { return static_cast<int>(y.node().inputs.size()); }

/// a, then b, along an axis; parts of parts are parts.
Value joined(Value a, Value b, int axis) {
  std::vector<Value> parts;
  for (const Value x : {a, b}) {
    const Node& node = x.node();
    if (node.op == Op::concat && node.ints[0] == axis) {
      for (int i = 0; i < inputs_of(x); ++i) parts.push_back(input_of(x, i));
    } else {
      parts.push_back(x);
    }
  }
  return concat(parts, axis);
}

/// The sum of two pads as one, where the first's contents end where the second's begin: so the
/// cotangents of slices that lie side by side are joined, not added up among zeros.
Value sum_of_pads(Value a, Value b) {
  if (a.node().op != Op::pad || b.node().op != Op::pad) return {};
  const int rank = a.shape().rank();
  const auto before = [](Value x, int i) { return x.node().ints[static_cast<size_t>(i)]; };
  const auto after = [&](Value x, int i) { return before(x, i + rank); };
  const auto whole = [&](Value x, int i) { return before(x, i) == 0 && after(x, i) == 0; };
  int axis = -1;
  for (int i = 0; i < rank; ++i) {
    if (whole(a, i) && whole(b, i)) continue;
    if (axis >= 0 || before(a, i) + input_of(a).shape()[i] != before(b, i)) return {};
    axis = i;
  }
  if (axis < 0) return {};
  return pad(joined(input_of(a), input_of(b), axis), axis, before(a, axis), after(b, axis));
}

Value plus(Value a, Value b) {
  if (!present(a)) return b;
  if (!present(b)) return a;
  for (const Value joint : {sum_of_pads(a, b), sum_of_pads(b, a)}) {
    if (present(joint)) return joint;
  }
  return a + b;
}

Value zeros_like(Value x) { return x.graph->fill(x.shape(), 0); }

// The axes along which a broadcast grew.
std::vector<int> grown_axes(const Shape& from, const Shape& to) {
  std::vector<int> axes;
  for (int i = 0; i < from.rank(); ++i) {
    if (from[i] != to[i]) axes.push_back(i);
  }
  return axes;
}

// 1 at the maxima of x (ties share), as weights that sum to one.
Value argmax_weights(Value y) {
  const Value x = input_of(y);
  const Value hit = 1.0F - less(x, broadcast(y, x.shape()));
  std::vector<int> axes(y.node().ints.begin(), y.node().ints.end());
  return hit / sum(hit, axes);
}

MatmulFlags flags_of(Value y) {
  return {.transpose_a = y.node().ints[0] != 0, .transpose_b = y.node().ints[1] != 0};
}

// --- reverse rules: the cotangent g of y -> cotangents of its inputs ---------------------------

using Cotangents = std::vector<Value>;

Cotangents vjp_none(Value y, Value /*g*/) { return Cotangents(y.node().inputs.size()); }

Cotangents vjp_pointwise(Value y, Value g) {
  Cotangents result;
  for (int i = 0; i < inputs_of(y); ++i) result.push_back(g * partial(y, i));
  return result;
}

Cotangents vjp_select(Value y, Value g) {
  const Value condition = input_of(y);
  return {{}, select(condition, g, zeros_like(g)), select(condition, zeros_like(g), g)};
}

Cotangents vjp_reshape(Value y, Value g) { return {reshape(g, input_of(y).shape())}; }

Cotangents vjp_broadcast(Value y, Value g) {
  return {sum(g, grown_axes(input_of(y).shape(), y.shape()))};
}

Cotangents vjp_transpose(Value y, Value g) {
  std::vector<int> inverse(y.node().ints.size());
  for (size_t i = 0; i < inverse.size(); ++i) {
    inverse[static_cast<size_t>(y.node().ints[i])] = static_cast<int>(i);
  }
  return {transpose(g, inverse)};
}

Cotangents vjp_slice(Value y, Value g) {
  const Shape& from = input_of(y).shape();
  Node node{.op = Op::pad, .inputs = {g.index}, .shape = {}};
  for (int i = 0; i < from.rank(); ++i) node.ints.push_back(y.node().ints[static_cast<size_t>(i)]);
  for (int i = 0; i < from.rank(); ++i) {
    node.ints.push_back(from[i] - node.ints[static_cast<size_t>(i)] - y.shape()[i]);
  }
  return {y.graph->append(std::move(node))};
}

Cotangents vjp_pad(Value y, Value g) {
  const Shape& from = input_of(y).shape();
  Node node{.op = Op::slice, .inputs = {g.index}, .shape = {}};
  for (int i = 0; i < from.rank(); ++i) node.ints.push_back(y.node().ints[static_cast<size_t>(i)]);
  for (const int64_t extent : from.dims()) node.ints.push_back(extent);
  return {y.graph->append(std::move(node))};
}

Cotangents vjp_concat(Value y, Value g) {
  Cotangents result;
  const auto axis = static_cast<int>(y.node().ints[0]);
  int64_t start = 0;
  for (int i = 0; i < inputs_of(y); ++i) {
    const int64_t extent = input_of(y, i).shape()[axis];
    result.push_back(slice(g, axis, start, extent));
    start += extent;
  }
  return result;
}

Cotangents vjp_sum(Value y, Value g) { return {broadcast(g, input_of(y).shape())}; }

Cotangents vjp_max(Value y, Value g) {
  return {broadcast(g, input_of(y).shape()) * argmax_weights(y)};
}

Cotangents vjp_softmax(Value y, Value g) { return {y * (g - sum(g * y, {-1}))}; }

Cotangents vjp_matmul(Value y, Value g) {
  const Value a = input_of(y, 0);
  const Value b = input_of(y, 1);
  const auto [ta, tb] = flags_of(y);
  // y = A B with A = a or a', B = b or b':  dA = g B',  dB = A' g.
  const Value da = ta ? matmul(b, g, {tb, true}) : matmul(g, b, {false, !tb});
  const Value db = tb ? matmul(g, a, {true, ta}) : matmul(a, g, {!ta, false});
  return {da, db};
}

Cotangents vjp_gather(Value y, Value g) {
  return {scatter_add(g, input_of(y, 1), input_of(y).shape()[0]), {}};
}

Cotangents vjp_scatter_add(Value y, Value g) { return {gather(g, input_of(y, 1)), {}}; }

bool transposes_b(Value y) { return y.node().ints[0] != 0; }

Cotangents vjp_grouped_matmul(Value y, Value g) {
  const Value rows = input_of(y, 0);
  const Value ends = input_of(y, 2);
  const bool tb = transposes_b(y);
  return {grouped_matmul(g, input_of(y, 1), ends, !tb),
          tb ? grouped_outer(g, rows, ends) : grouped_outer(rows, g, ends),
          {}};
}

Cotangents vjp_grouped_outer(Value y, Value g) {
  const Value ends = input_of(y, 2);
  return {grouped_matmul(input_of(y, 1), g, ends, true), grouped_matmul(input_of(y), g, ends), {}};
}

std::vector<Value> all_inputs(Value y) {
  std::vector<Value> inputs;
  inputs.reserve(static_cast<size_t>(inputs_of(y)));
  for (int i = 0; i < inputs_of(y); ++i) inputs.push_back(input_of(y, i));
  return inputs;
}

Cotangents vjp_composed(Value y, Value g) {
  const Value same = expansion(y);
  Cotangents result;
  for (const Value x : vjp({&same, 1}, {&g, 1}, all_inputs(y))) result.push_back(x);
  return result;
}

// --- forward rules: tangents of the inputs (some may be zero) -> the tangent of y ---------------

using Tangents = std::span<const Value>;

Value jvp_none(Value /*y*/, Tangents /*t*/) { return {}; }

Value jvp_pointwise(Value y, Tangents t) {
  Value result;
  for (int i = 0; i < inputs_of(y); ++i) {
    const Value ti = t[static_cast<size_t>(i)];
    if (present(ti)) result = plus(result, ti * partial(y, i));
  }
  return result;
}

// A linear op of one input maps the tangent as it maps the value.
Value jvp_linear(Value y, Tangents t) {
  Node node = y.node();
  node.inputs = {t[0].index};
  return y.graph->append(std::move(node));
}

Value jvp_select(Value y, Tangents t) {
  if (!present(t[1]) && !present(t[2])) return {};
  return select(input_of(y), present(t[1]) ? t[1] : zeros_like(y),
                present(t[2]) ? t[2] : zeros_like(y));
}

Value jvp_concat(Value y, Tangents t) {
  std::vector<Value> parts;
  for (int i = 0; i < inputs_of(y); ++i) {
    const Value ti = t[static_cast<size_t>(i)];
    parts.push_back(present(ti) ? ti : zeros_like(input_of(y, i)));
  }
  return concat(parts, static_cast<int>(y.node().ints[0]));
}

Value jvp_max(Value y, Tangents t) {
  std::vector<int> axes(y.node().ints.begin(), y.node().ints.end());
  return sum(t[0] * argmax_weights(y), axes);
}

Value jvp_softmax(Value y, Tangents t) { return y * (t[0] - sum(t[0] * y, {-1})); }

Value jvp_matmul(Value y, Tangents t) {
  Value result;
  if (present(t[0])) result = matmul(t[0], input_of(y, 1), flags_of(y));
  if (present(t[1])) result = plus(result, matmul(input_of(y, 0), t[1], flags_of(y)));
  return result;
}

Value jvp_gather(Value y, Tangents t) {
  return present(t[0]) ? gather(t[0], input_of(y, 1)) : Value{};
}

Value jvp_scatter_add(Value y, Tangents t) {
  return present(t[0]) ? scatter_add(t[0], input_of(y, 1), y.shape()[0]) : Value{};
}

Value jvp_grouped_matmul(Value y, Tangents t) {
  const Value ends = input_of(y, 2);
  Value result;
  if (present(t[0])) result = grouped_matmul(t[0], input_of(y, 1), ends, transposes_b(y));
  if (present(t[1])) {
    result = plus(result, grouped_matmul(input_of(y), t[1], ends, transposes_b(y)));
  }
  return result;
}

Value jvp_grouped_outer(Value y, Tangents t) {
  const Value ends = input_of(y, 2);
  Value result;
  if (present(t[0])) result = grouped_outer(t[0], input_of(y, 1), ends);
  if (present(t[1])) result = plus(result, grouped_outer(input_of(y), t[1], ends));
  return result;
}

Value jvp_composed(Value y, Tangents t) {
  std::vector<Value> tangents(t.begin(), t.end());
  for (size_t i = 0; i < tangents.size(); ++i) {
    if (!present(tangents[i])) tangents[i] = zeros_like(input_of(y, static_cast<int>(i)));
  }
  return jvp(expansion(y), all_inputs(y), tangents);
}

struct Rules {
  Cotangents (*vjp)(Value, Value);
  Value (*jvp)(Value, Tangents);
};

constexpr Rules table[] = {
#define RIVULET_OP(name, inputs, kind, shape, vjp, jvp, expand) {vjp_##vjp, jvp_##jvp},
#include "rivulet/graph/ops.def"
};

const Rules& rules_of(Value y) { return table[static_cast<size_t>(y.node().op)]; }

// Which nodes up to `last` depend on any of `sources`.
std::vector<bool> dependents(const Graph& graph, std::span<const Value> sources, int last) {
  std::vector<bool> result(static_cast<size_t>(last) + 1);
  for (const Value source : sources) {
    if (source.index <= last) result[static_cast<size_t>(source.index)] = true;
  }
  for (int i = 0; i <= last; ++i) {
    for (const int input : graph.node(i).inputs) {
      if (result[static_cast<size_t>(input)]) result[static_cast<size_t>(i)] = true;
    }
  }
  return result;
}

// Which nodes up to `last` any of `results` depends on.
std::vector<bool> ancestors(const Graph& graph, std::span<const Value> results, int last) {
  std::vector<bool> needed(static_cast<size_t>(last) + 1);
  for (const Value result : results) needed[static_cast<size_t>(result.index)] = true;
  for (int i = last; i >= 0; --i) {
    if (!needed[static_cast<size_t>(i)]) continue;
    for (const int input : graph.node(i).inputs) needed[static_cast<size_t>(input)] = true;
  }
  return needed;
}

int last_index(std::span<const Value> values) {
  int last = 0;
  for (const Value v : values) last = std::max(last, v.index);
  return last;
}

}  // namespace

Value rules::partial(Value y, int i) {
  const Value x = input_of(y);
  const auto ones = [&] { return y.graph->fill(y.shape(), 1); };
  switch (y.node().op) {
    case Op::neg:
      return -ones();
    case Op::abs:
      return sign(x);
    case Op::exp:
      return y;
    case Op::log:
      return reciprocal(x);
    case Op::sqrt:
      return 0.5F * reciprocal(y);
    case Op::rsqrt:
      return -0.5F * (y * square(y));
    case Op::reciprocal:
      return -square(y);
    case Op::square:
      return 2.0F * x;
    case Op::sin:
      return cos(x);
    case Op::cos:
      return -sin(x);
    case Op::tanh:
      return 1.0F - square(y);
    case Op::sigmoid:
      return y * (1.0F - y);
    case Op::erf:
      return 2.0F * std::numbers::inv_sqrtpi_v<float> * exp(-square(x));
    case Op::add:
      return ones();
    case Op::sub:
      return i == 0 ? ones() : -ones();
    case Op::mul:
      return input_of(y, 1 - i);
    case Op::div: {
      const Value inverse = reciprocal(input_of(y, 1));
      return i == 0 ? inverse : -(y * inverse);
    }
    case Op::maximum:
    case Op::minimum: {
      const Value first_is_less = less(x, input_of(y, 1));
      return (y.node().op == Op::minimum) == (i == 0) ? first_is_less : 1.0F - first_is_less;
    }
    default:
      fail("autodiff", std::string(name_of(y.node().op)) + " has no partial derivative");
  }
}

std::vector<Value> vjp(std::span<const Value> outputs, std::span<const Value> cotangents,
                       std::span<const Value> wrt) {
  if (outputs.empty() || outputs.size() != cotangents.size()) {
    fail("vjp", "needs one cotangent for each of at least one output");
  }
  Graph& graph = *outputs[0].graph;
  const int last = last_index(outputs);
  const std::vector<bool> reached = dependents(graph, wrt, last);
  std::vector<Value> adjoint(static_cast<size_t>(last) + 1);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].shape() != cotangents[i].shape()) {
      fail("vjp", "cotangent " + cotangents[i].shape().str() + " for an output " +
                      outputs[i].shape().str());
    }
    Value& slot = adjoint[static_cast<size_t>(outputs[i].index)];
    slot = plus(slot, cotangents[i]);
  }
  for (int i = last; i >= 0; --i) {
    const Value y = graph.value(i);
    const Value g = adjoint[static_cast<size_t>(i)];
    if (!present(g) || !reached[static_cast<size_t>(i)]) continue;
    const std::vector<int> inputs = y.node().inputs;  // a copy: rules append nodes
    const Cotangents parts = rules_of(y).vjp(y, g);
    for (size_t k = 0; k < inputs.size(); ++k) {
      if (!reached[static_cast<size_t>(inputs[k])] || !present(parts[k])) continue;
      Value& slot = adjoint[static_cast<size_t>(inputs[k])];
      slot = plus(slot, parts[k]);
    }
  }
  std::vector<Value> result;
  for (const Value w : wrt) {
    const Value g = w.index <= last ? adjoint[static_cast<size_t>(w.index)] : Value{};
    result.push_back(present(g) ? g : zeros_like(w));
  }
  return result;
}

std::vector<Value> grad(Value loss, std::span<const Value> wrt) {
  if (loss.shape().numel() != 1) {
    fail("grad", "the loss must be one number, not " + loss.shape().str());
  }
  const Value one = loss.graph->fill(loss.shape(), 1);
  return vjp({&loss, 1}, {&one, 1}, wrt);
}

Value grad(Value loss, Value wrt) { return grad(loss, std::span<const Value>{&wrt, 1})[0]; }

std::vector<Value> jvp(std::span<const Value> outputs, std::span<const Value> inputs,
                       std::span<const Value> tangents) {
  if (outputs.empty() || inputs.size() != tangents.size()) {
    fail("jvp", "needs one tangent for each input");
  }
  Graph& graph = *outputs[0].graph;
  const int last = last_index(outputs);
  const std::vector<bool> needed = ancestors(graph, outputs, last);
  std::vector<Value> tangent(static_cast<size_t>(last) + 1);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].shape() != tangents[i].shape()) {
      fail("jvp",
           "tangent " + tangents[i].shape().str() + " for an input " + inputs[i].shape().str());
    }
    if (inputs[i].index <= last) tangent[static_cast<size_t>(inputs[i].index)] = tangents[i];
  }
  for (int i = 0; i <= last; ++i) {
    if (!needed[static_cast<size_t>(i)] || present(tangent[static_cast<size_t>(i)])) continue;
    const Value y = graph.value(i);
    std::vector<Value> of_inputs;
    bool moves = false;
    for (const int input : y.node().inputs) {
      of_inputs.push_back(tangent[static_cast<size_t>(input)]);
      moves |= present(of_inputs.back());
    }
    if (moves) tangent[static_cast<size_t>(i)] = rules_of(y).jvp(y, of_inputs);
  }
  std::vector<Value> result;
  for (const Value output : outputs) {
    const Value t = tangent[static_cast<size_t>(output.index)];
    result.push_back(present(t) ? t : zeros_like(output));
  }
  return result;
}

Value jvp(Value output, std::span<const Value> inputs, std::span<const Value> tangents) {
  return jvp(std::span<const Value>{&output, 1}, inputs, tangents)[0];
}

}  // namespace rivulet
