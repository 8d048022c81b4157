#include "rivulet/exec/reference/reference.h"

#include "rivulet/exec/program.h"

namespace rivulet::exec {
namespace reference {
namespace {

constexpr Kernel kernels[] = {
#define RIVULET_OP(name, inputs, ...) (inputs) == 0 ? nullptr : name,
#include "rivulet/graph/ops.def"
#undef RIVULET_OP
};

}  // namespace

// Leaves are memory: they have no kernel, but the table names every op.
void input(const Call& /*call*/) {}
void state(const Call& /*call*/) {}
void constant(const Call& /*call*/) {}
void fill(const Call& /*call*/) {}

Kernel kernel(Op op) { return kernels[static_cast<size_t>(op)]; }

}  // namespace reference

Step reference_step(const Graph& graph, int index) {
  const Node& node = graph.node(index);
  std::vector<Shape> shapes;
  shapes.reserve(node.inputs.size());
  for (const int input : node.inputs) shapes.push_back(graph.node(input).shape);
  Step step{.label = std::string(name_of(node.op)) + " " + node.shape.str(),
            .reads = node.inputs,
            .writes = {index},
            .flops = flops(graph, node),
            .bind = {},
            .run = {}};
  if (node.op == Op::reshape || node.op == Op::stop_gradient) {
    step.alias_of = node.inputs[0];
    return step;
  }
  step.run = [node, shapes, index,
              inputs = std::vector<const float*>(shapes.size())](const Storage& at) mutable {
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = at[node.inputs[i]];
    reference::kernel(node.op)(
        {.node = node, .shapes = shapes, .inputs = inputs, .out = at[index]});
  };
  return step;
}

namespace {

std::vector<Step> lower(const Graph& graph, const CompileOptions& /*options*/) {
  const std::vector<bool> live = live_nodes(graph);
  std::vector<Step> steps;
  for (int i = 0; i < graph.size(); ++i) {
    const bool computed = reference::kernel(graph.node(i).op) != nullptr;
    if (live[static_cast<size_t>(i)] && computed) steps.push_back(reference_step(graph, i));
  }
  return steps;
}

}  // namespace
}  // namespace rivulet::exec

namespace rivulet {

const Device& reference_device() {
  static const Device device{.name = "reference",
                             .description = "plain loops, the oracle of the tests",
                             .lower = &exec::lower};
  return device;
}

}  // namespace rivulet
