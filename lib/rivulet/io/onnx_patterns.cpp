#include "rivulet/io/onnx_patterns.h"

#include <algorithm>
#include <array>
#include <map>
#include <numbers>
#include <utility>

namespace rivulet::io::onnx {
namespace {

using Pair = std::pair<int, int>;

int input(const Graph& graph, int node, size_t i = 0) { return graph.node(node).inputs[i]; }
bool is(const Graph& graph, int node, Op op) { return graph.node(node).op == op; }
bool is_number(const Graph& graph, int node, float number) {
  return is(graph, node, Op::fill) && graph.node(node).scalar == number;
}

/// Both orders of a sum's or a product's operands.
std::array<Pair, 2> orders(const Graph& graph, int node) {
  const int a = input(graph, node, 0);
  const int b = input(graph, node, 1);
  return {Pair{a, b}, Pair{b, a}};
}

/// The other operand of `op` with this number, or -1.
int with_number(const Graph& graph, int node, Op op, float number) {
  if (!is(graph, node, op)) return -1;
  for (const auto& [x, other] : orders(graph, node)) {
    if (is_number(graph, other, number)) return x;
  }
  return -1;
}

std::optional<Mean> find_row_mean(const Graph& graph, int node) {
  std::optional<Mean> mean = find_mean(graph, node);
  if (!mean) return std::nullopt;
  const bool last_axis = mean->axes == std::vector<int64_t>{graph.node(mean->x).shape.rank() - 1};
  return last_axis ? mean : std::nullopt;
}

/// rsqrt(mean(square(x)) + epsilon)
std::optional<LayerNorm> find_deviation(const Graph& graph, int node) {
  if (!is(graph, node, Op::rsqrt) || !is(graph, input(graph, node), Op::add)) return std::nullopt;
  for (const auto& [variance, term] : orders(graph, input(graph, node))) {
    const std::optional<Mean> mean = find_row_mean(graph, variance);
    if (!is(graph, term, Op::fill) || !mean || !is(graph, mean->x, Op::square)) continue;
    return LayerNorm{.x = input(graph, mean->x), .epsilon = graph.node(term).scalar};
  }
  return std::nullopt;
}

std::optional<LayerNorm> find_plain_layer_norm(const Graph& graph, int node) {
  if (!is(graph, node, Op::mul)) return std::nullopt;
  for (const auto& [centred, factor] : orders(graph, node)) {
    if (!is(graph, centred, Op::sub)) continue;
    const std::optional<LayerNorm> deviation =
        find_deviation(graph, below_broadcasts(graph, factor));
    const int x = input(graph, centred, 0);
    const std::optional<Mean> mean =
        find_row_mean(graph, below_broadcasts(graph, input(graph, centred, 1)));
    if (deviation && deviation->x == centred && mean && mean->x == x) {
      return LayerNorm{.x = x, .epsilon = deviation->epsilon};
    }
  }
  return std::nullopt;
}

/// The leaf of shape [C] below `node`, or -1.
int row_leaf(const Graph& graph, int node) {
  const int leaf = below_broadcasts(graph, node);
  const bool fixed = is(graph, leaf, Op::state) || is(graph, leaf, Op::constant);
  const Shape& shape = graph.node(leaf).shape;
  return fixed && shape.rank() == 1 && shape[0] == graph.node(node).shape[-1] ? leaf : -1;
}

std::optional<LayerNorm> find_scaled_layer_norm(const Graph& graph, int node,
                                                const std::vector<int>& users) {
  if (!is(graph, node, Op::mul)) return std::nullopt;
  for (const auto& [normal, factor] : orders(graph, node)) {
    std::optional<LayerNorm> norm = find_plain_layer_norm(graph, normal);
    if (!norm || users[static_cast<size_t>(normal)] > 1) continue;
    norm->scale = row_leaf(graph, factor);
    if (norm->scale >= 0) return norm;
  }
  return std::nullopt;
}

/// The axis of a slice that leaves all others whole, or -1.
int slice_axis(const Graph& graph, const Node& slice) {
  const Shape& from = graph.node(slice.inputs[0]).shape;
  int axis = -1;
  for (int i = 0; i < from.rank(); ++i) {
    if (slice.shape[i] == from[i]) continue;
    if (axis >= 0) return -1;
    axis = i;
  }
  return axis;
}

}  // namespace

std::vector<int> count_users(const Graph& graph) {
  std::vector<int> users(static_cast<size_t>(graph.size()));
  const std::vector<bool> live = live_nodes(graph);
  for (int i = 0; i < graph.size(); ++i) {
    if (!live[static_cast<size_t>(i)]) continue;
    for (const int each : graph.node(i).inputs) ++users[static_cast<size_t>(each)];
  }
  for (const Output& output : graph.outputs()) ++users[static_cast<size_t>(output.value)];
  return users;
}

int below_broadcasts(const Graph& graph, int node) {
  while (true) {
    const Node& view = graph.node(node);
    if (view.op == Op::reshape) {
      const std::span<const int64_t> from = graph.node(view.inputs[0]).shape.dims();
      const std::span<const int64_t> to = view.shape.dims();
      if (to.size() < from.size()) return node;
      const auto added = static_cast<std::ptrdiff_t>(to.size() - from.size());
      if (!std::ranges::equal(from, to.subspan(static_cast<size_t>(added)))) return node;
    } else if (view.op != Op::broadcast) {
      return node;
    }
    node = view.inputs[0];
  }
}

std::optional<Mean> find_mean(const Graph& graph, int node) {
  if (!is(graph, node, Op::mul)) return std::nullopt;
  for (const auto& [sum, factor] : orders(graph, node)) {
    if (!is(graph, sum, Op::sum)) continue;
    const int x = input(graph, sum);
    const int64_t n =
        graph.node(x).shape.numel() / std::max<int64_t>(1, graph.node(sum).shape.numel());
    if (n < 1 || !is_number(graph, factor, 1.0F / static_cast<float>(n))) continue;
    return Mean{.x = x, .axes = graph.node(sum).ints};
  }
  return std::nullopt;
}

std::optional<LayerNorm> find_layer_norm(const Graph& graph, int node,
                                         const std::vector<int>& users) {
  if (is(graph, node, Op::add)) {
    for (const auto& [scaled, term] : orders(graph, node)) {
      std::optional<LayerNorm> norm = find_scaled_layer_norm(graph, scaled, users);
      if (!norm || users[static_cast<size_t>(scaled)] > 1) continue;
      norm->bias = row_leaf(graph, term);
      if (norm->bias >= 0) return norm;
    }
  }
  if (const auto norm = find_scaled_layer_norm(graph, node, users)) return norm;
  return find_plain_layer_norm(graph, node);
}

std::optional<int> find_gelu(const Graph& graph, int node) {
  if (!is(graph, node, Op::mul)) return std::nullopt;
  for (const auto& [half, factor] : orders(graph, node)) {
    const int x = with_number(graph, half, Op::mul, 0.5F);
    const int erf = with_number(graph, factor, Op::add, 1);
    if (x < 0 || erf < 0 || !is(graph, erf, Op::erf)) continue;
    const int scaled =
        with_number(graph, input(graph, erf), Op::mul, 1.0F / std::numbers::sqrt2_v<float>);
    if (scaled == x) return x;
  }
  return std::nullopt;
}

std::optional<OuterProduct> find_outer_product(const Graph& graph, int node,
                                               const std::vector<int>& users) {
  if (!is(graph, node, Op::reshape)) return std::nullopt;
  const int product = input(graph, node);
  if (!is(graph, product, Op::matmul) || users[static_cast<size_t>(product)] > 1)
    return std::nullopt;
  const Node& matmul = graph.node(product);
  const int flat = matmul.inputs[0];
  if (matmul.shape.rank() != 2 || matmul.ints[0] != 0 || !is(graph, flat, Op::reshape)) {
    return std::nullopt;
  }
  Shape shape = graph.node(node).shape;
  if (shape.rank() < 3 || shape[-1] != matmul.shape[-1]) return std::nullopt;
  shape[-1] = graph.node(flat).shape[-1];
  return OuterProduct{.a = input(graph, flat),
                      .shape = shape,
                      .b = matmul.inputs[1],
                      .transpose_b = matmul.ints[1] != 0};
}

std::vector<Split> find_splits(const Graph& graph, const std::vector<bool>& wanted) {
  std::map<Pair, Split> groups;
  for (int i = 0; i < graph.size(); ++i) {
    if (!wanted[static_cast<size_t>(i)] || !is(graph, i, Op::slice)) continue;
    const int x = input(graph, i);
    const int axis = slice_axis(graph, graph.node(i));
    if (axis < 0) continue;
    Split& split =
        groups.try_emplace({x, axis}, Split{.x = x, .axis = axis, .parts = {}}).first->second;
    split.parts.push_back(i);
  }
  std::vector<Split> splits;
  for (auto& [key, split] : groups) {
    const auto start = [&, axis = static_cast<size_t>(split.axis)](int part) {
      return graph.node(part).ints[axis];
    };
    std::ranges::sort(split.parts, {}, start);
    int64_t end = 0;
    bool side_by_side = true;
    for (const int part : split.parts) {
      side_by_side = side_by_side && start(part) == end;
      end += graph.node(part).shape[split.axis];
    }
    if (side_by_side && end == graph.node(split.x).shape[split.axis]) {
      splits.push_back(std::move(split));
    }
  }
  return splits;
}

}  // namespace rivulet::io::onnx
