#include "rivulet/exec/plan/expand.h"

#include <vector>

#include "rivulet/graph/ops.h"

namespace rivulet::exec::plan {
namespace {

Value leaf_again(const Graph& from, const Node& node, Graph& to) {
  switch (node.op) {
    case Op::input:
      return to.input(node.name, node.shape);
    case Op::state:
      return to.state(node.name, node.shape, from.first(node.first));
    case Op::constant:
      return to.constant(from.tensor(node.tensor));
    default:
      return to.append(node);
  }
}

/// One level: composites may hold ops that the device lacks as well.
std::unique_ptr<Graph> expand_once(const Graph& from, const Limits& limits) {
  auto to = std::make_unique<Graph>();
  const std::vector<bool> live = live_nodes(from);
  std::vector<Value> made(live.size());
  const auto value_of = [&](int node) { return made[static_cast<size_t>(node)]; };
  for (int i = 0; i < from.size(); ++i) {
    const Node& node = from.node(i);
    const bool named = node.op == Op::input || node.op == Op::state;  // the host knows them
    if (!live[static_cast<size_t>(i)] && !named) continue;
    Value& value = made[static_cast<size_t>(i)];
    if (kind_of(node.op) == OpKind::leaf) {
      value = leaf_again(from, node, *to);
      continue;
    }
    Node again = node;
    for (int& input : again.inputs) input = value_of(input).index;
    value = to->append(std::move(again));
    if (!limits.has(node.op) && has_expansion(node.op)) value = expansion(value);
  }
  for (const Output& output : from.outputs()) to->output(output.name, value_of(output.value));
  for (const Update& update : from.updates()) {
    to->update(value_of(update.state), value_of(update.value));
  }
  return to;
}

bool lacks_composite(const Graph& graph, const Limits& limits) {
  const std::vector<bool> live = live_nodes(graph);
  for (int i = 0; i < graph.size(); ++i) {
    const Op op = graph.node(i).op;
    if (live[static_cast<size_t>(i)] && !limits.has(op) && has_expansion(op)) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Graph> expand(const Graph& graph, const Limits& limits) {
  std::unique_ptr<Graph> result;
  if (limits.node_by_node) return result;
  while (lacks_composite(result ? *result : graph, limits)) {
    result = expand_once(result ? *result : graph, limits);
  }
  return result;
}

}  // namespace rivulet::exec::plan
