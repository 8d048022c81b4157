#include "rivulet/exec/reference/reference.h"

#include "rivulet/exec/host.h"
#include "rivulet/exec/program.h"

namespace rivulet::exec::reference {
namespace {

constexpr Kernel kernels[] = {
#define RIVULET_OP(name, inputs, ...) (inputs) == 0 ? nullptr : name,
#include "rivulet/graph/ops.def"
};

plan::Limits limits(const CompileOptions& /*options*/) { return {.node_by_node = true}; }

std::vector<std::unique_ptr<Executable>> load(std::span<const Planned> programs,
                                              const CompileOptions& /*options*/) {
  return host_executables(programs, [](const Planned& program) {
    std::vector<Step> steps;
    steps.reserve(program.plan.stages.size());
    for (const plan::Stage& stage : program.plan.stages) {
      steps.push_back(step_of(program.graph, std::get<plan::Reference>(stage.work)));
    }
    return steps;
  });
}

}  // namespace

// Leaves are memory: they have no kernel, but the table names every op.
void input(const Call& /*call*/) {}
void state(const Call& /*call*/) {}
void constant(const Call& /*call*/) {}
void fill(const Call& /*call*/) {}

Kernel kernel(Op op) { return kernels[static_cast<size_t>(op)]; }

Step step_of(const Graph& graph, const plan::Reference& stage) {
  const Node& node = graph.node(stage.out);
  std::vector<Shape> shapes;
  shapes.reserve(node.inputs.size());
  for (const int input : node.inputs) shapes.push_back(graph.node(input).shape);
  Step step;
  step.run = [node, shapes, stage,
              inputs = std::vector<const float*>(shapes.size())](const Storage& at) mutable {
    for (size_t i = 0; i < inputs.size(); ++i) {
      inputs[i] = at[stage.inputs[i].node] + stage.inputs[i].offset;
    }
    kernel(node.op)({.node = node, .shapes = shapes, .inputs = inputs, .out = at[stage.out]});
  };
  return step;
}

}  // namespace rivulet::exec::reference

namespace rivulet {

const Device& reference_device() {
  static const Device device{.name = "reference",
                             .description = "plain loops, the oracle of the tests",
                             .limits = &exec::reference::limits,
                             .load = &exec::reference::load};
  return device;
}

}  // namespace rivulet
