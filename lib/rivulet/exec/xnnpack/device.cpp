// The fast CPU device: stages become fused kernels of our own, XNNPACK's products, and a few
// others.
#include <fmt/format.h>

#include <variant>

#include "rivulet/exec/host.h"
#include "rivulet/exec/program.h"
#include "rivulet/exec/reference/reference.h"
#include "rivulet/exec/xnnpack/argsort.h"
#include "rivulet/exec/xnnpack/fused.h"
#include "rivulet/exec/xnnpack/grouped.h"
#include "rivulet/exec/xnnpack/others.h"
#include "rivulet/exec/xnnpack/products.h"

namespace rivulet::exec::xnnpack {
namespace {

plan::Limits limits(const CompileOptions& options) {
  plan::Limits limits{.longest_row = longest_tile,
                      .row_unit = lanes,
                      .takes_bias = takes_bias,
                      .static_states = options.static_states,
                      .padding = over_read,
                      .alignment = 16};
  for (int i = 0; i < op_count; ++i) {
    const OpKind kind = kind_of(static_cast<Op>(i));
    limits.kernels[static_cast<size_t>(i)] = kind == OpKind::pointwise || kind == OpKind::view;
  }
  for (const Op op :
       {Op::pad, Op::concat, Op::sum, Op::max, Op::softmax, Op::matmul, Op::gather, Op::scatter_add,
        Op::argsort, Op::grouped_matmul, Op::grouped_outer, Op::attend, Op::slice_update}) {
    limits.kernels[static_cast<size_t>(op)] = true;
  }
  return limits;
}

/// A kernel for each kind of work.
struct Loader {
  const Graph& graph;
  const Kernels& kernels;
  const Pool& pool;

  Step operator()(const plan::Cluster& work) const {
    return fused_step(work, kernels, pool.share());
  }
  Step operator()(const plan::Product& work) const {
    return product_step(work, kernels, pool.share());
  }
  Step operator()(const plan::Reduce& work) const {
    return reduce_step(work, kernels, pool.share());
  }
  Step operator()(const plan::Softmax& work) const {
    return softmax_step(work, kernels, pool.share());
  }
  Step operator()(const plan::Attend& work) const {
    return attend_step(work, kernels, pool.share());
  }
  Step operator()(const plan::Copy& work) const { return copy_step(work); }
  Step operator()(const plan::Transpose& work) const { return transpose_step(work, pool.share()); }
  Step operator()(const plan::Gather& work) const { return gather_step(work, pool.share()); }
  Step operator()(const plan::ScatterAdd& work) const {
    return scatter_add_step(work, pool.share());
  }
  Step operator()(const plan::Argsort& work) const {
    return argsort_step(work, kernels, pool.share());
  }
  Step operator()(const plan::GroupedProduct& work) const {
    return grouped_product_step(work, kernels, pool.share());
  }
  Step operator()(const plan::GroupedOuter& work) const {
    return grouped_outer_step(work, kernels, pool.share());
  }
  Step operator()(const plan::SliceUpdate& work) const { return slice_update_step(work); }
  Step operator()(const plan::Alias& /*work*/) const { return {}; }
  Step operator()(const plan::Reference& work) const { return reference::step_of(graph, work); }
};

std::vector<std::unique_ptr<Executable>> load(std::span<const Planned> programs,
                                              const CompileOptions& options) {
  const Pool pool(options.threads);
  return host_executables(programs, [&](const Planned& program) {
    const Loader loader{program.graph, best_kernels(), pool};
    std::vector<Step> steps;
    steps.reserve(program.plan.stages.size());
    for (const plan::Stage& stage : program.plan.stages) {
      steps.push_back(std::visit(loader, stage.work));
    }
    return steps;
  });
}

}  // namespace
}  // namespace rivulet::exec::xnnpack

namespace rivulet {

const Device& cpu_device() {
  static const Device device{.name = "cpu",
                             .description = fmt::format("XNNPACK and fused kernels, {}",
                                                        exec::xnnpack::best_kernels().name),
                             .limits = &exec::xnnpack::limits,
                             .load = &exec::xnnpack::load};
  return device;
}

}  // namespace rivulet
