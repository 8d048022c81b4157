#include "rivulet/exec/plan/stage.h"

#include <fmt/format.h>

#include <algorithm>

namespace rivulet::exec::plan {
namespace {

void add_once(std::vector<int>& nodes, int node) {
  if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
}

/// A stored result may take over memory that is read element by element, and not after it.
std::vector<std::pair<int, int>> in_place_pairs(const Cluster& cluster,
                                                const std::vector<int>& reads) {
  std::vector<std::pair<int, int>> pairs;
  for (const int node : reads) {
    int last_read = -1;
    bool plain = true;
    for (size_t i = 0; i < cluster.code.size(); ++i) {
      for (const Operand& operand : cluster.code[i].operands) {
        const auto* memory = std::get_if<Memory>(&operand);
        if (memory == nullptr || memory->node != node) continue;
        last_read = static_cast<int>(i);
        const bool by_element = !cluster.code[i].per_row || cluster.code[i].fold != Fold::none;
        plain = plain && by_element && memory->view.contiguous() && memory->view.offset == 0;
      }
    }
    if (!plain) continue;
    for (size_t i = static_cast<size_t>(std::max(last_read, 0)); i < cluster.code.size(); ++i) {
      const Instruction& instruction = cluster.code[i];
      if (instruction.stored && !instruction.per_row) pairs.emplace_back(node, instruction.node);
    }
  }
  return pairs;
}

// What each kind of work says of itself.

void describe(Stage& stage, const Graph& /*graph*/, const Cluster& cluster) {
  int operations = 0;
  for (const Instruction& instruction : cluster.code) {
    operations += instruction.operands.empty() ? 0 : 1;
    if (instruction.stored) stage.writes.push_back(instruction.node);
    for (const Operand& operand : instruction.operands) {
      if (const auto* memory = std::get_if<Memory>(&operand)) add_once(stage.reads, memory->node);
    }
  }
  stage.label = fmt::format("fused {} ops x {}{}, {} in {} out", operations, cluster.numel,
                            cluster.row > 0 ? fmt::format(" in rows of {}", cluster.row) : "",
                            stage.reads.size(), stage.writes.size());
  stage.flops = cluster.flops;
  stage.in_place = in_place_pairs(cluster, stage.reads);
}

/// After all else is said of a stage whose result is `out`.
void describe(Stage& stage, const Graph& graph, const Epilogue& then, int out) {
  if (!then.stored) stage.writes.clear();
  if (!then.group) return;
  Stage group;
  describe(group, graph, *then.group);
  stage.label += ", then " + group.label;
  stage.flops += group.flops;
  const std::vector<int> operands = stage.reads;  // needed until the last number is computed
  for (const int node : group.reads) {
    if (node != out) add_once(stage.reads, node);
  }
  stage.writes.insert(stage.writes.end(), group.writes.begin(), group.writes.end());
  for (const auto& [read, write] : group.in_place) {
    if (read == out || std::ranges::find(operands, read) != operands.end()) continue;
    stage.in_place.emplace_back(read, write);
  }
}

void describe(Stage& stage, const Graph& graph, const Product& p) {
  const auto matrix = [](int64_t rows, int64_t columns, bool transposed) {
    return transposed ? fmt::format("({},{})'", columns, rows)
                      : fmt::format("({},{})", rows, columns);
  };
  stage.label = fmt::format("matmul {}{} x {}{}", p.batch > 1 ? fmt::format("{} x ", p.batch) : "",
                            matrix(p.m, p.k, p.transpose_a), matrix(p.k, p.n, p.transpose_b),
                            p.bias ? " + bias" : "");
  stage.reads = {p.a.node, p.b.node};
  if (p.bias) stage.reads.push_back(p.bias->node);
  stage.writes = {p.out};
  stage.flops = p.batch * p.m * p.n * (2 * p.k + (p.bias ? 1 : 0));
  describe(stage, graph, p.then, p.out);
}

void describe(Stage& stage, const Graph& /*graph*/, const Reduce& reduce) {
  stage.label = fmt::format("{} {}", name_of(reduce.op), reduce.shape.str());
  for (const Reduce::Axes& f : reduce.folds) {
    stage.label += fmt::format(" [{},{}*,{}]", f.outer, f.reduced, f.inner);
  }
  stage.reads = {reduce.x.node};
  stage.writes = {reduce.out};
  stage.flops = reduce.shape.numel();
}

void describe(Stage& stage, const Graph& /*graph*/, const Softmax& softmax) {
  stage.label = fmt::format("softmax {}", softmax.shape.str());
  stage.reads = {softmax.x.node};
  stage.writes = {softmax.out};
  stage.flops = 5 * softmax.shape.numel();
}

void describe(Stage& stage, const Graph& /*graph*/, const Attend& attend) {
  stage.label = fmt::format("attend {} of {}", attend.shape.str(), attend.remembered);
  for (const Run& input : attend.inputs) stage.reads.push_back(input.node);
  stage.writes = {attend.out};
  stage.flops = 4 * attend.shape.numel() * (attend.remembered + (attend.shape[2] + 1) / 2);
}

void describe(Stage& stage, const Graph& /*graph*/, const Copy& copy) {
  stage.label = fmt::format("{} {}", copy.what, copy.shape.str());
  for (const Copy::Part& part : copy.parts) stage.reads.push_back(part.node);
  stage.writes = {copy.out};
}

void describe(Stage& stage, const Graph& /*graph*/, const Transpose& transpose) {
  stage.label = "transpose";
  stage.reads = {transpose.x.node};
  stage.writes = {transpose.out};
}

void describe(Stage& stage, const Graph& /*graph*/, const Gather& gather) {
  stage.label = fmt::format("gather {}", gather.shape.str());
  stage.reads = {gather.table.node, gather.index.node};
  stage.writes = {gather.out};
}

void describe(Stage& stage, const Graph& /*graph*/, const ScatterAdd& scatter) {
  stage.label = fmt::format("scatter_add {}", scatter.shape.str());
  stage.reads = {scatter.rows.node, scatter.index.node};
  stage.writes = {scatter.out};
  stage.flops = scatter.count * scatter.shape[1];
}

void describe(Stage& stage, const Graph& /*graph*/, const Argsort& sort) {
  stage.label = fmt::format("argsort {}", sort.shape.str());
  stage.reads = {sort.x.node};
  stage.writes = {sort.out};
}

void describe(Stage& stage, const Graph& graph, const GroupedProduct& p) {
  stage.label =
      fmt::format("grouped_matmul ({},{}) x {} x ({},{}){}", p.m, p.k, p.groups,
                  p.transpose_b ? p.n : p.k, p.transpose_b ? p.k : p.n, p.transpose_b ? "'" : "");
  stage.reads = {p.rows.node, p.matrices.node, p.ends.node};
  stage.writes = {p.out};
  stage.flops = 2 * p.m * p.k * p.n;
  describe(stage, graph, p.then, p.out);
}

void describe(Stage& stage, const Graph& /*graph*/, const GroupedOuter& p) {
  stage.label =
      fmt::format("grouped_outer {} of ({},{})' x ({},{})", p.groups, p.rows, p.m, p.rows, p.n);
  stage.reads = {p.a.node, p.b.node, p.ends.node};
  stage.writes = {p.out};
  stage.flops = 2 * p.rows * p.m * p.n;
}

void describe(Stage& stage, const Graph& /*graph*/, const SliceUpdate& update) {
  stage.label =
      fmt::format("slice_update {} by {}", update.shape.str(), update.part.to.shape.str());
  stage.reads = {update.x.node, update.part.node, update.at.node};
  stage.writes = {update.out};
}

void describe(Stage& stage, const Graph& /*graph*/, const Alias& alias) {
  stage.label = "alias";
  stage.reads = {alias.of};
  stage.writes = {alias.out};
}

void describe(Stage& stage, const Graph& graph, const Reference& reference) {
  const Node& node = graph.node(reference.out);
  stage.label = fmt::format("reference {} {}", name_of(node.op), node.shape.str());
  for (const Run& input : reference.inputs) stage.reads.push_back(input.node);
  stage.writes = {reference.out};
  stage.flops = flops(graph, node);
}

std::string text_of(const Operand& operand, const Cluster& cluster) {
  if (const auto* number = std::get_if<float>(&operand)) return fmt::format("{}", *number);
  if (const auto* result = std::get_if<Result>(&operand)) {
    return fmt::format("%{}", cluster.code[static_cast<size_t>(result->instruction)].node);
  }
  const auto& memory = std::get<Memory>(operand);
  const bool plain = memory.view.contiguous() && memory.view.offset == 0;
  return plain ? fmt::format("[%{}]", memory.node)
               : fmt::format("[%{} {}]", memory.node, to_text(memory.view));
}

std::string text_of(const Cluster& cluster) {
  constexpr std::string_view folds[] = {"", "sum", "max"};
  std::string text;
  for (const Instruction& instruction : cluster.code) {
    if (instruction.operands.empty()) continue;
    const std::string_view what = instruction.fold == Fold::none
                                      ? name_of(instruction.kernel)
                                      : folds[static_cast<size_t>(instruction.fold)];
    text +=
        fmt::format("\n    {} %{} = {}", instruction.stored ? '*' : ' ', instruction.node, what);
    for (const Operand& operand : instruction.operands) text += " " + text_of(operand, cluster);
    if (instruction.per_row) text += " of each row";
  }
  return text;
}

}  // namespace

Kernel kernel_of(Op op) {
  static constexpr Kernel kernels[] = {
#define RIVULET_OP(...) Kernel::copy,
#define RIVULET_POINTWISE(op, ...) Kernel::op,
#include "rivulet/graph/ops.def"
  };
  return kernels[static_cast<size_t>(op)];
}

std::string_view name_of(Kernel kernel) {
  static constexpr std::string_view names[] = {"copy",
#define RIVULET_POINTWISE(op, ...) #op,
#include "rivulet/graph/ops.def"
                                               "mul_add", "mul_sub", "sub_mul"};
  return names[static_cast<size_t>(kernel)];
}

std::vector<Reduce::Axes> folds_of(const Shape& shape, std::span<const int64_t> axes) {
  std::array<bool, Shape::max_rank> reduced{};
  for (const int64_t axis : axes) reduced[static_cast<size_t>(axis)] = true;
  std::vector<Reduce::Axes> folds;
  int64_t kept = 1;  // extent of the axes further in that stay
  for (int i = shape.rank() - 1; i >= 0;) {
    if (!reduced[static_cast<size_t>(i)] || shape[i] == 1) {
      kept *= shape[i--];
      continue;
    }
    Reduce::Axes fold{.inner = kept};
    for (; i >= 0 && (reduced[static_cast<size_t>(i)] || shape[i] == 1); --i)
      fold.reduced *= shape[i];
    for (int k = i; k >= 0; --k) fold.outer *= shape[k];
    folds.push_back(fold);
  }
  return folds;
}

const Epilogue* epilogue_of(const Work& work) {
  if (const auto* product = std::get_if<Product>(&work)) return &product->then;
  if (const auto* product = std::get_if<GroupedProduct>(&work)) return &product->then;
  return nullptr;
}

Stage stage_of(const Graph& graph, Work work) {
  Stage stage{.work = std::move(work)};
  std::visit([&](const auto& kind) { describe(stage, graph, kind); }, stage.work);
  return stage;
}

std::string to_text(const Run& run) {
  return run.offset == 0 ? fmt::format("%{}", run.node)
                         : fmt::format("%{}+{}", run.node, run.offset);
}

std::string to_text(const Stage& stage) {
  if (const auto* cluster = std::get_if<Cluster>(&stage.work))
    return stage.label + text_of(*cluster);
  const Epilogue* then = epilogue_of(stage.work);
  std::string text = stage.label + ":";
  for (const int node : stage.reads) text += fmt::format(" %{}", node);
  text += fmt::format(" -> %{}", stage.writes.front());
  return then != nullptr && then->group ? text + text_of(*then->group) : text;
}

}  // namespace rivulet::exec::plan
