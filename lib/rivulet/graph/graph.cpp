#include "rivulet/graph/graph.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/rules.h"

namespace rivulet {
namespace {

struct OpInfo {
  std::string_view name;
  int inputs;
  OpKind kind;
  void (*shape)(const Graph&, Node&);
};

constexpr OpInfo infos[] = {
#define RIVULET_OP(name, inputs, kind, shape, ...) \
  {#name, inputs, OpKind::kind, rules::shape_##shape},
#include "rivulet/graph/ops.def"
};

const OpInfo& info(Op op) { return infos[static_cast<size_t>(op)]; }

bool is_leaf(Op op) { return info(op).kind == OpKind::leaf; }

uint64_t hash(const Node& node) {
  uint64_t h = static_cast<uint64_t>(node.op) + 0x9e3779b97f4a7c15ULL;
  const auto add = [&h](uint64_t x) { h = (h ^ x) * 0x100000001b3ULL + (h >> 29); };
  for (const int input : node.inputs) add(static_cast<uint64_t>(input));
  for (const int64_t extent : node.shape.dims()) add(static_cast<uint64_t>(extent));
  for (const int64_t value : node.ints) add(static_cast<uint64_t>(value));
  add(std::bit_cast<uint32_t>(node.scalar));
  return h;
}

bool same(const Node& a, const Node& b) {
  return a.op == b.op && a.inputs == b.inputs && a.shape == b.shape && a.ints == b.ints &&
         std::bit_cast<uint32_t>(a.scalar) == std::bit_cast<uint32_t>(b.scalar);
}

}  // namespace

std::string_view name_of(Op op) { return info(op).name; }

OpKind kind_of(Op op) { return info(op).kind; }

const Node& Value::node() const { return graph->node(index); }
const Shape& Value::shape() const { return node().shape; }

First filled(float value) {
  return [value](std::span<float> values) { std::ranges::fill(values, value); };
}

Value Graph::leaf(Node node) {
  if (node.name.empty()) fail(std::string(name_of(node.op)), "needs a name");
  if (find(node.name) >= 0) fail(std::string(name_of(node.op)), "name taken: " + node.name);
  nodes_.push_back(std::move(node));
  return {this, size() - 1};
}

Value Graph::input(const std::string& name, const Shape& shape) {
  return leaf({.op = Op::input, .inputs = {}, .shape = shape, .name = name});
}

Value Graph::state(const std::string& name, const Shape& shape, First first) {
  const Value result = leaf({.op = Op::state,
                             .inputs = {},
                             .shape = shape,
                             .first = static_cast<int>(firsts_.size()),
                             .name = name});
  firsts_.push_back(std::move(first));
  return result;
}

Value Graph::state(const std::string& name, Tensor first) {
  const Shape shape = first.shape();
  return state(name, shape, [first = std::move(first)](std::span<float> values) {
    std::ranges::copy(first.span(), values.begin());
  });
}

Value Graph::constant(Tensor tensor) {
  nodes_.push_back({.op = Op::constant,
                    .inputs = {},
                    .shape = tensor.shape(),
                    .tensor = static_cast<int>(tensors_.size())});
  tensors_.push_back(std::move(tensor));
  return {this, size() - 1};
}

Value Graph::fill(const Shape& shape, float value) {
  return append({.op = Op::fill, .inputs = {}, .shape = shape, .scalar = value});
}

void Graph::output(const std::string& name, Value value) {
  for (const Output& other : outputs_) {
    if (other.name == name) fail("output", "name taken: " + name);
  }
  outputs_.push_back({name, value.index});
}

void Graph::update(Value state, Value value) {
  if (state.node().op != Op::state) fail("update", "the target is not a state");
  if (state.shape() != value.shape()) {
    fail("update", state.node().name + " has shape " + state.shape().str() + ", its new value " +
                       value.shape().str());
  }
  for (const Update& other : updates_) {
    if (other.state == state.index) fail("update", state.node().name + " is updated twice");
  }
  updates_.push_back({state.index, value.index});
}

Value Graph::append(Node node) {
  const OpInfo& op = info(node.op);
  if (op.inputs >= 0 && static_cast<int>(node.inputs.size()) != op.inputs) {
    fail(std::string(op.name), "takes " + std::to_string(op.inputs) + " inputs, not " +
                                   std::to_string(node.inputs.size()));
  }
  op.shape(*this, node);
  if (buckets_.empty()) buckets_.resize(4096);
  std::vector<int>& bucket = buckets_[hash(node) % buckets_.size()];
  for (const int candidate : bucket) {
    if (same(nodes_[static_cast<size_t>(candidate)], node)) return {this, candidate};
  }
  bucket.push_back(size());
  nodes_.push_back(std::move(node));
  return {this, size() - 1};
}

int Graph::find(std::string_view name) const {
  for (int i = 0; i < size(); ++i) {
    if (is_leaf(node(i).op) && !node(i).name.empty() && node(i).name == name) return i;
  }
  return -1;
}

Tensor first_value(const Graph& graph, const Node& state) {
  Tensor tensor(state.shape);
  graph.first(state.first)(tensor.span());
  return tensor;
}

std::vector<bool> live_nodes(const Graph& graph) {
  std::vector<bool> live(static_cast<size_t>(graph.size()));
  for (const Output& output : graph.outputs()) live[static_cast<size_t>(output.value)] = true;
  for (const Update& update : graph.updates()) {
    live[static_cast<size_t>(update.value)] = true;
    live[static_cast<size_t>(update.state)] = true;
  }
  for (int i = graph.size() - 1; i >= 0; --i) {
    if (!live[static_cast<size_t>(i)]) continue;
    for (const int input : graph.node(i).inputs) live[static_cast<size_t>(input)] = true;
  }
  return live;
}

int64_t flops(const Graph& graph, const Node& node) {
  if (is_leaf(node.op)) return 0;
  const Shape& first = graph.node(node.inputs[0]).shape;
  switch (node.op) {
    case Op::matmul:
      return 2 * node.shape.numel() * first[node.ints[0] != 0 ? -2 : -1];
    case Op::grouped_matmul:
      return 2 * node.shape.numel() * first[1];
    case Op::grouped_outer:
      return 2 * first.numel() * node.shape[2];
    case Op::softmax:
      return 5 * node.shape.numel();
    case Op::attend: {
      const Shape& values = graph.node(node.inputs[4]).shape;
      return 4 * node.shape.numel() * (values[2] + (first[2] + 1) / 2);  // all remembered are seen
    }
    case Op::sum:
    case Op::max:
      return first.numel();
    default:
      return is_pointwise(node.op) ? node.shape.numel() : 0;
  }
}

int64_t flops(const Graph& graph) {
  const std::vector<bool> live = live_nodes(graph);
  int64_t total = 0;
  for (int i = 0; i < graph.size(); ++i) {
    if (live[static_cast<size_t>(i)]) total += flops(graph, graph.node(i));
  }
  return total;
}

}  // namespace rivulet
