#include "rivulet/exec/plan/groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace rivulet::exec::plan {
namespace {

constexpr int none = -1;

size_t at(int i) { return static_cast<size_t>(i); }

class Grouping {
 public:
  explicit Grouping(const Outline& outline)
      : outline_(outline),
        graph_(outline.graph),
        spots_(outline.live.size()),
        has_storage_(outline.live.size()) {}

  Grouped run() {
    for (int i = 0; i < graph_.size(); ++i) visit(i);
    while (!open_.empty()) close(open_.begin()->second);
    return std::move(result_);
  }

 private:
  /// Where an open group computes a value.
  struct Spot {
    int group = none;
    int instruction = none;
  };

  void visit(int index) {
    const Node& node = graph_.node(index);
    switch (role_of(outline_, index)) {
      case Role::nothing:
      case Role::view:
      case Role::absorbed:
      case Role::repeated:
      case Role::in_product:
        return;
      case Role::alias:
        return alias(index);
      case Role::copied_view:
        return store_view(index);
      case Role::moved:
        return join(Kernel::copy, index, {source_for(outline_, node.inputs[0], index)});
      case Role::instruction:
        return join(kernel_of(node.op), index, sources_of(node, index));
      case Role::row_fold:
        return join_fold(index);
      case Role::patch:
        store_inputs(index);
        result_.patches.push_back(slice_update(index, node.inputs[0]));
        return;
      case Role::stage:
        store_inputs(index);
        return push(stage(index));
    }
  }

  void push(Work work) { result_.work.push_back(std::move(work)); }

  // Storage.

  void alias(int index) {
    const int root = outline_.sources[at(index)].root;
    settle(root);
    push(Alias{.of = root, .out = index});
  }

  /// Gives a view storage of its own.
  void store_view(int index) {
    has_storage_[at(index)] = true;
    join(Kernel::copy, index, {outline_.sources[at(index)]});
  }

  /// Makes sure that a stage has stored this node.
  void settle(int root) {
    if (root >= 0 && spots_[at(root)].group != none) close(spots_[at(root)].group);
  }

  /// Stores the views of which this stage wants runs: together, so that one group does it.
  void store_inputs(int index) {
    for (const int input : run_inputs(outline_, index)) {
      if (outline_.copied[at(input)] == index && !has_storage_[at(input)]) store_view(input);
    }
  }

  /// The node's elements as one run of memory that is written by now.
  Run run_of(int node, int reader) {
    const Run run = run_for(outline_, node, reader);
    settle(run.node);
    return run;
  }

  // Groups.

  [[nodiscard]] Cluster& cluster(int group) { return groups_[at(group)]; }
  [[nodiscard]] const Cluster& cluster(int group) const { return groups_[at(group)]; }
  [[nodiscard]] int64_t numel(int node) const { return graph_.node(node).shape.numel(); }
  [[nodiscard]] const Instruction& instruction(const Spot& spot) const {
    return cluster(spot.group).code[at(spot.instruction)];
  }
  [[nodiscard]] bool is_full(int group) const {
    return cluster(group).code.size() >= outline_.limits.max_cluster;
  }
  /// The open group of so many elements, or none.
  [[nodiscard]] int open_group(int64_t count) const {
    const auto found = open_.find(count);
    return found == open_.end() ? none : found->second;
  }

  [[nodiscard]] std::vector<Source> sources_of(const Node& node, int reader) const {
    std::vector<Source> sources;
    sources.reserve(node.inputs.size());
    for (const int input : node.inputs) sources.push_back(source_for(outline_, input, reader));
    return sources;
  }

  /// Adds an instruction to the group where it belongs, and closes those that are in its way.
  void join(Kernel kernel, int index, const std::vector<Source>& from) {
    if (const int group = open_group(numel(index)); group != none && is_full(group)) close(group);
    while (true) {
      repeat(from);
      const int of_rows = row_group(from);
      const bool per_row = of_rows != none;
      const int64_t count = per_row ? cluster(of_rows).numel : numel(index);
      if (!settle_operands(from, count, per_row)) continue;  // it closed that very group
      add({.kernel = kernel, .per_row = per_row, .node = index}, count, from);
      return;
    }
  }

  /// Computes what these operands repeat, where no open group has it.
  void repeat(const std::vector<Source>& from) {
    const auto missing = [this](const Source& source) {
      return source.root >= 0 && outline_.repeated[at(source.root)] &&
             !has_storage_[at(source.root)] && spots_[at(source.root)].group == none;
    };
    // Making one may close the group of another.
    for (auto next = from.begin(); (next = std::ranges::find_if(from, missing)) != from.end();) {
      const Node& node = graph_.node(next->root);
      join(kernel_of(node.op), next->root, sources_of(node, next->root));
    }
  }

  /// A sum or maximum of rows joins the group of the elements.
  void join_fold(int index) {
    const Node& node = graph_.node(index);
    const std::vector<Source> from = sources_of(node, index);
    const int64_t count = numel(node.inputs[0]);
    const int64_t row = count / numel(index);
    if (const int group = open_group(count); group != none) {
      const int64_t other = cluster(group).row;
      if (is_full(group) || (other > 0 && other != row)) close(group);
    }
    while (!settle_operands(from, count, false)) continue;
    const Fold fold = node.op == Op::sum ? Fold::sum : Fold::max;
    add({.fold = fold, .per_row = true, .node = index}, count, from);
    cluster(open_group(count)).row = row;
  }

  /// The open group that has one of these values for each of its rows, or none.
  [[nodiscard]] int row_group(const std::vector<Source>& from) const {
    for (const Source& source : from) {
      if (source.root < 0 || !source.whole(graph_)) continue;
      const Spot& spot = spots_[at(source.root)];
      if (spot.group != none && instruction(spot).per_row && !is_full(spot.group)) {
        return spot.group;
      }
    }
    return none;
  }

  /// Whether an instruction of this group can take the value from a register.
  [[nodiscard]] bool direct(const Source& from, int group, bool per_row) const {
    const Spot& spot = spots_[at(from.root)];
    if (spot.group != group) return false;
    if (instruction(spot).per_row == per_row) return from.whole(graph_);
    if (per_row) return false;
    const int64_t count = cluster(group).numel;
    const int64_t row = cluster(group).row;  // one number per row, repeated along the row
    const View view = view_of(from.layout);
    if (count == row) return view.number() && view.offset == 0;
    return view.rank == 2 && view.offset == 0 && view.axes[0] == View::Axis{count / row, 1} &&
           view.axes[1] == View::Axis{row, 0};
  }

  /// Stores what an instruction must read from memory. False if that closed its own group.
  bool settle_operands(const std::vector<Source>& from, int64_t count, bool per_row) {
    for (const Source& source : from) {
      if (source.root < 0) continue;
      const Spot spot = spots_[at(source.root)];
      const int group = open_group(count);
      if (spot.group == none || direct(source, group, per_row)) continue;
      cluster(spot.group).code[at(spot.instruction)].stored = true;
      has_storage_[at(source.root)] = true;
      close(spot.group);
      if (spot.group == group) return false;
    }
    return true;
  }

  void add(Instruction instruction, int64_t count, const std::vector<Source>& from) {
    const auto [found, made] = open_.try_emplace(count, static_cast<int>(groups_.size()));
    if (made) groups_.push_back({.numel = count});
    const int group = found->second;
    for (const Source& source : from) instruction.operands.push_back(operand(source));
    spots_[at(instruction.node)] = {.group = group,
                                    .instruction = static_cast<int>(cluster(group).code.size())};
    cluster(group).flops += flops(graph_, graph_.node(instruction.node));
    cluster(group).code.push_back(std::move(instruction));
  }

  [[nodiscard]] Operand operand(const Source& from) const {
    if (from.root < 0) return from.number;
    const Spot& spot = spots_[at(from.root)];
    if (spot.group != none) return Result{spot.instruction};
    return Memory{from.root, view_of(from.layout)};
  }

  void close(int group) {
    Cluster& closed = cluster(group);
    open_.erase(closed.numel);
    for (const Instruction& instruction : closed.code) spots_[at(instruction.node)] = {};
    if (closed.numel > 0) push(std::move(closed));
  }

  // Stages of their own.

  Work stage(int index) {
    const Node& node = graph_.node(index);
    const auto input = [&](size_t i) { return run_of(node.inputs[i], index); };
    const auto shape = [&](size_t i) -> const Shape& { return graph_.node(node.inputs[i]).shape; };
    if (!outline_.limits.has(node.op)) return reference(index);
    switch (node.op) {
      case Op::matmul:
        return product(index);
      case Op::concat:
        return concat(index);
      case Op::pad:
        return pad(index);
      case Op::transpose:
        return Transpose{.x = input(0), .out = index, .shape = shape(0), .permutation = node.ints};
      case Op::sum:
      case Op::max:
        return Reduce{.op = node.op,
                      .x = input(0),
                      .out = index,
                      .shape = shape(0),
                      .folds = folds_of(shape(0), node.ints)};
      case Op::softmax:
        return Softmax{.x = input(0), .out = index, .shape = shape(0)};
      case Op::attend: {
        Attend attend{.inputs = {}, .out = index, .shape = node.shape, .remembered = shape(4)[2]};
        for (size_t i = 0; i < attend.inputs.size(); ++i) attend.inputs[i] = input(i);
        return attend;
      }
      case Op::gather: {
        const Run table = input(0);
        return Gather{.table = table,
                      .index = input(1),
                      .out = index,
                      .shape = node.shape,
                      .rows = shape(0)[0]};
      }
      case Op::scatter_add: {
        const Run rows = input(0);
        return ScatterAdd{.rows = rows,
                          .index = input(1),
                          .out = index,
                          .shape = node.shape,
                          .count = shape(0)[0]};
      }
      case Op::argsort:
        return Argsort{.x = input(0), .out = index, .shape = node.shape};
      case Op::grouped_matmul:
        return grouped_product(index);
      case Op::grouped_outer: {
        const Run a = input(0);
        const Run b = input(1);
        return GroupedOuter{.a = a,
                            .b = b,
                            .ends = input(2),
                            .out = index,
                            .groups = node.shape[0],
                            .rows = shape(0)[0],
                            .m = node.shape[1],
                            .n = node.shape[2]};
      }
      case Op::slice_update:
        return slice_update(index, index);
      default:
        return reference(index);
    }
  }

  Reference reference(int index) {
    Reference reference{.out = index, .inputs = {}};
    for (const int input : graph_.node(index).inputs) {
      reference.inputs.push_back(run_of(input, index));
    }
    return reference;
  }

  Product product(int index) {
    for (const int input : run_inputs(outline_, index)) (void)run_of(input, index);
    Product product = product_of(outline_, index);
    if (const auto& bias = outline_.biases[at(index)]) {
      product.bias = bias->row;
      product.out = bias->sum;
    }
    return product;
  }

  GroupedProduct grouped_product(int index) {
    const Node& node = graph_.node(index);
    const Run rows = run_of(node.inputs[0], index);
    const Run matrices = run_of(node.inputs[1], index);
    return {
        .rows = rows,
        .matrices = matrices,
        .ends = run_of(node.inputs[2], index),
        .out = index,
        .groups = graph_.node(node.inputs[2]).shape[0],
        .m = node.shape[0],
        .k = graph_.node(node.inputs[0]).shape[1],
        .n = node.shape[1],
        .transpose_b = node.ints[0] != 0,
        .static_b = outline_.limits.static_states && graph_.node(matrices.node).op == Op::state};
  }

  Copy concat(int index) {
    const Node& node = graph_.node(index);
    Copy copy{.what = "concat", .parts = {}, .out = index, .shape = node.shape, .clear = false};
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const Node& part = graph_.node(node.inputs[i]);
      const Layout to = place_of_part(graph_, node, i);
      if (outline_.absorbed[at(node.inputs[i])]) {
        const Shape& shape = graph_.node(part.inputs[0]).shape;
        copy.parts.push_back(placed(part.inputs[0], index, *reshape_layout(to, shape)));
      } else {
        copy.parts.push_back(placed(node.inputs[i], index, to));
      }
    }
    return copy;
  }

  Copy pad(int index) {
    const Node& node = graph_.node(index);
    Layout to = contiguous_layout(node.shape);
    to.shape = graph_.node(node.inputs[0]).shape;
    for (size_t i = 0; i < static_cast<size_t>(to.shape.rank()); ++i)
      to.offset += node.ints[i] * to.stride[i];
    return {.what = "pad",
            .parts = {placed(node.inputs[0], index, to)},
            .out = index,
            .shape = node.shape,
            .clear = true};
  }

  /// An input of a copy, read where it lies.
  Copy::Part placed(int input, int reader, const Layout& to) {
    const Source from = source_for(outline_, input, reader);
    if (from.root >= 0) {
      settle(from.root);
      return {.node = from.root, .from = from.layout, .to = to};
    }
    const Run run = run_of(input, reader);
    Layout layout = contiguous_layout(graph_.node(input).shape);
    layout.offset = run.offset;
    return {.node = run.node, .from = layout, .to = to};
  }

  SliceUpdate slice_update(int index, int out) {
    const Node& node = graph_.node(index);
    Layout to = contiguous_layout(node.shape);
    to.shape = graph_.node(node.inputs[1]).shape;
    const Run x = run_of(node.inputs[0], index);
    const Copy::Part part = placed(node.inputs[1], index, to);
    return {.x = x,
            .part = part,
            .at = run_of(node.inputs[2], index),
            .out = out,
            .shape = node.shape,
            .axis = static_cast<int>(node.ints[0])};
  }

  const Outline& outline_;
  const Graph& graph_;
  std::vector<Spot> spots_;        // by node
  std::vector<bool> has_storage_;  // views and repeated values that got some on the way
  std::vector<Cluster> groups_;
  std::map<int64_t, int> open_;  // by element count
  Grouped result_;
};

std::vector<int> count_uses(const Cluster& cluster) {
  std::vector<int> uses(cluster.code.size());
  for (const Instruction& instruction : cluster.code) {
    for (const Operand& operand : instruction.operands) {
      if (const auto* result = std::get_if<Result>(&operand)) ++uses[at(result->instruction)];
    }
  }
  return uses;
}

bool fuse_product(Cluster& cluster, const std::vector<int>& uses, Instruction& sum, size_t side) {
  const auto* result = std::get_if<Result>(&sum.operands[side]);
  if (result == nullptr) return false;
  const size_t index = at(result->instruction);
  const Instruction& product = cluster.code[index];
  if (uses[index] != 1 || product.stored || product.per_row != sum.per_row) return false;
  if (product.kernel != Kernel::mul && product.kernel != Kernel::square) return false;
  const Operand& a = product.operands[0];
  const Operand& b = product.operands.back();  // a square's only operand
  const Operand other = sum.operands[1 - side];
  sum.kernel =
      sum.kernel == Kernel::add ? Kernel::mul_add : (side == 0 ? Kernel::mul_sub : Kernel::sub_mul);
  sum.operands = {a, b, other};
  cluster.code[index].operands.clear();  // dead
  return true;
}

}  // namespace

Grouped group(const Outline& outline) { return Grouping(outline).run(); }

void mark_stored(const Outline& outline, Grouped& grouped) {
  std::vector<bool> read = outline.kept;
  for (const Work& work : grouped.work) {
    for (const int node : stage_of(outline.graph, work).reads) read[at(node)] = true;
  }
  for (const SliceUpdate& patch : grouped.patches) {
    read[at(patch.part.node)] = true;
    read[at(patch.at.node)] = true;
  }
  for (Work& work : grouped.work) {
    auto* cluster = std::get_if<Cluster>(&work);
    if (cluster == nullptr) continue;
    for (Instruction& instruction : cluster->code) {
      const bool once = !outline.repeated[at(instruction.node)];
      instruction.stored = instruction.stored || (once && read[at(instruction.node)]);
    }
  }
}

void fuse_products(Cluster& cluster) {
  const std::vector<int> uses = count_uses(cluster);
  for (Instruction& sum : cluster.code) {
    if (sum.kernel != Kernel::add && sum.kernel != Kernel::sub) continue;
    if (!fuse_product(cluster, uses, sum, 0)) fuse_product(cluster, uses, sum, 1);
  }
}

}  // namespace rivulet::exec::plan
