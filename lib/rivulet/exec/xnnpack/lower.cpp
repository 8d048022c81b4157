// The fast CPU device: a graph becomes fused clusters, products and a few other steps.
//
// Nodes are visited in order. Broadcasts, slices, reshapes and most transposes are not computed:
// they are views of the storage below them (their source). A pointwise node joins the one open
// cluster of its element count. Whatever reads a value of an open cluster in another way closes
// that cluster first, which makes it a step. So open clusters never depend on one another. Sums and
// maxima of rows join the cluster of the elements, and so does what is computed from them for each
// row.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "rivulet/core/error.h"
#include "rivulet/exec/program.h"
#include "rivulet/exec/xnnpack/fused.h"
#include "rivulet/exec/xnnpack/others.h"
#include "rivulet/exec/xnnpack/products.h"

namespace rivulet::exec::xnnpack {
namespace {

/// Where a node's elements come from.
struct Source {
  int root = -1;  ///< the node whose storage it is; -1: `number` everywhere
  float number = 0;
  Layout layout = {};  ///< of this node's elements in the root's storage

  /// The root's own elements in their own order.
  [[nodiscard]] bool whole(const Graph& graph) const {
    return root >= 0 && layout.offset == 0 && view_of(layout).contiguous() &&
           layout.shape.numel() == graph.node(root).shape.numel();
  }
};

class Lowering {
 public:
  Lowering(const Graph& graph, const CompileOptions& options)
      : graph_(graph),
        options_(options),
        kernels_(best_kernels()),
        pool_(std::make_shared<const Pool>(options.threads)),
        live_(live_nodes(graph)),
        sources_(live_.size()),
        readers_(live_.size()),
        kept_(live_.size()),
        done_(live_.size()),
        repeated_(live_.size()),
        place_(live_.size(), Place{}) {
    for (const Output& output : graph.outputs()) kept_[static_cast<size_t>(output.value)] = true;
    for (const Update& update : graph.updates()) kept_[static_cast<size_t>(update.value)] = true;
    find_sources();
    find_repeated();
    find_readers();
  }

  std::vector<Step> lower() {
    for (int i = 0; i < graph_.size(); ++i) {
      if (live_[static_cast<size_t>(i)] && !done_[static_cast<size_t>(i)]) visit(i);
    }
    while (!open_.empty()) close(open_.begin()->first);
    return std::move(steps_);
  }

 private:
  /// A computed value's cluster, by its element count, while that is open.
  struct Place {
    int64_t cluster = -1;
    int instruction = -1;
  };

  [[nodiscard]] const Source& source(int node) const { return sources_[static_cast<size_t>(node)]; }
  [[nodiscard]] bool live(int node) const { return live_[static_cast<size_t>(node)]; }

  // Sources.

  void find_sources() {
    for (int i = 0; i < graph_.size(); ++i) {
      if (live(i)) sources_[static_cast<size_t>(i)] = source_of(i);
    }
  }

  [[nodiscard]] Source own(int node) const {
    return {.root = node, .layout = contiguous_layout(graph_.node(node).shape)};
  }

  [[nodiscard]] Source source_of(int index) const {
    const Node& node = graph_.node(index);
    if (node.op == Op::fill) return {.number = node.scalar};
    if (!is_view(node.op)) return own(index);
    Source result = source(node.inputs[0]);
    if (result.root < 0) return result;
    const std::optional<Layout> layout = view_layout(node, result.layout);
    if (!layout) return own(index);
    result.layout = *layout;
    return result;
  }

  [[nodiscard]] static bool is_view(Op op) {
    return op == Op::reshape || op == Op::broadcast || op == Op::slice || op == Op::transpose ||
           op == Op::stop_gradient;
  }

  // One instruction with a number costs less than storing its result and reading it again: where
  // only instructions read such a value, element by element, each of their clusters repeats it.

  void find_repeated() {
    for (int i = 0; i < graph_.size(); ++i) {
      repeated_[static_cast<size_t>(i)] =
          live(i) && !kept_[static_cast<size_t>(i)] && source(i).root == i && is_cheap(i);
    }
    for (int i = 0; i < graph_.size(); ++i) {
      if (!live(i)) continue;
      const bool computed = source(i).root == i;
      if (!computed && source(i).root >= 0 && !source(i).whole(graph_)) need_stored(source(i).root);
      if (kept_[static_cast<size_t>(i)]) need_stored(source(i).root);
      if (!computed || kernel_of(graph_.node(i).op)) continue;
      for (const int input : graph_.node(i).inputs) need_stored(source(input).root);
    }
  }

  [[nodiscard]] bool is_cheap(int index) const {
    const Node& node = graph_.node(index);
    switch (node.op) {
      case Op::neg:
      case Op::add:
      case Op::sub:
      case Op::mul:
        break;
      default:
        return false;
    }
    const auto varies = [this](int input) { return source(input).root >= 0; };
    if (std::ranges::count_if(node.inputs, varies) != 1) return false;
    const Source& from = source(*std::ranges::find_if(node.inputs, varies));
    return from.whole(graph_) && numel(from.root) == numel(index);
  }

  void need_stored(int root) {
    if (root >= 0) repeated_[static_cast<size_t>(root)] = false;
  }

  // Who reads the storage of a node: its users, seen through views and what is repeated.

  void find_readers() {
    for (int i = graph_.size() - 1; i >= 0; --i) {
      if (!live(i)) continue;
      const bool computed = source(i).root == i;
      const bool copied = kept_[static_cast<size_t>(i)] && !computed;
      if (copied) add_reader(source(i).root, i);
      if (!computed) continue;
      for (const int input : graph_.node(i).inputs) add_reader(source(input).root, i);
    }
  }

  void add_reader(int root, int reader) {
    if (root < 0) return;
    std::vector<int>& readers = readers_[static_cast<size_t>(root)];
    if (!repeated_[static_cast<size_t>(reader)]) {
      readers.push_back(reader);
      return;
    }
    const std::vector<int>& further = readers_[static_cast<size_t>(reader)];
    readers.insert(readers.end(), further.begin(), further.end());
  }

  // Clusters.

  [[nodiscard]] int64_t numel(int node) const { return graph_.node(node).shape.numel(); }

  void visit(int index) {
    const Node& node = graph_.node(index);
    if (node.inputs.empty() || repeated_[static_cast<size_t>(index)]) return;
    if (const auto kernel = kernel_of(node.op)) {
      join(*kernel, index, node.inputs);
    } else if (!is_view(node.op)) {
      emit(index);
    } else if (source(index).root == index) {
      // A view that strides cannot express, or not well.
      if (node.op == Op::transpose) {
        if (!folded(index)) emit_transpose(index);
      } else if (!only_joined(index)) {
        copy(index, node.inputs[0]);
      }
    } else if (kept_[static_cast<size_t>(index)]) {
      keep_view(index);
    }
  }

  /// A view that the host reads, or a state takes.
  void keep_view(int index) {
    // States and inputs change after the run, this value does not: then it is a copy.
    const int root = source(index).root;
    const bool moves =
        root >= 0 && (graph_.node(root).op == Op::state || graph_.node(root).op == Op::input);
    if (moves || !source(index).whole(graph_)) return copy(index, index);
    settle(root);
    Step step;
    step.label = "alias";
    step.reads = {root};
    step.writes = {index};
    step.alias_of = root;
    steps_.push_back(std::move(step));
    sources_[static_cast<size_t>(index)] = own(index);
  }

  /// Gives `index` storage of its own, with the elements of `from`.
  void copy(int index, int from) {
    kept_[static_cast<size_t>(index)] = true;  // its readers were counted as the source's
    join(Kernel::copy, index, {from});
    sources_[static_cast<size_t>(index)] = own(index);
  }

  /// Adds an instruction to the cluster where it belongs, and closes those that are in its way.
  void join(Kernel kernel, int index, const std::vector<int>& inputs) {
    if (const auto open = open_.find(numel(index)); open != open_.end() && is_full(open->second)) {
      close(numel(index));
    }
    while (true) {
      repeat(inputs);
      const int64_t rows_of = row_cluster(inputs);
      const bool per_row = rows_of >= 0;
      const int64_t count = per_row ? rows_of : numel(index);
      if (!settle_inputs(inputs, count, per_row)) continue;  // it closed that very cluster
      add({.kernel = kernel, .per_row = per_row, .node = index}, count, inputs);
      return;
    }
  }

  /// Computes what these inputs repeat, where no open cluster has it.
  void repeat(const std::vector<int>& inputs) {
    const auto missing = [this](int input) {
      const int root = source(input).root;
      return root >= 0 && repeated_[static_cast<size_t>(root)] &&
             place_[static_cast<size_t>(root)].cluster < 0;
    };
    // Making one may close the cluster of another.
    for (auto next = inputs.begin();
         (next = std::ranges::find_if(inputs, missing)) != inputs.end();) {
      const Node& node = graph_.node(source(*next).root);
      join(*kernel_of(node.op), source(*next).root, node.inputs);
    }
  }

  /// Sums (or maxima) of rows join the cluster of the elements; false where they cannot.
  bool join_fold(Fold fold, int index) {
    const Node& node = graph_.node(index);
    const int input = node.inputs[0];
    const int64_t count = numel(input);
    const int64_t row = count == 0 ? 0 : count / numel(index);
    const bool last_axis = node.ints.size() == 1 && node.ints[0] == node.shape.rank() - 1;
    if (!last_axis || row < 2 || !folds_in_tiles(row)) return false;
    if (source(input).root < 0 || view_of(source(input).layout).number()) return false;
    if (const auto open = open_.find(count); open != open_.end()) {
      const Cluster& cluster = open->second;
      if (is_full(cluster) || (cluster.row > 0 && cluster.row != row)) close(count);
    }
    while (!settle_inputs(node.inputs, count, false)) continue;
    add({.fold = fold, .per_row = true, .node = index}, count, node.inputs);
    open_.at(count).row = row;
    return true;
  }

  [[nodiscard]] static bool is_full(const Cluster& cluster) {
    return cluster.code.size() >= max_cluster;
  }

  /// The open cluster that has one of these values for each of its rows, or -1.
  [[nodiscard]] int64_t row_cluster(const std::vector<int>& inputs) const {
    for (const int input : inputs) {
      const Source& from = source(input);
      if (from.root < 0 || !from.whole(graph_)) continue;
      const Place& place = place_[static_cast<size_t>(from.root)];
      if (place.cluster >= 0 && instruction(place).per_row && !is_full(open_.at(place.cluster))) {
        return place.cluster;
      }
    }
    return -1;
  }

  [[nodiscard]] const Instruction& instruction(const Place& place) const {
    return open_.at(place.cluster).code[static_cast<size_t>(place.instruction)];
  }

  /// Whether an instruction of cluster `count` can take this value from a register.
  [[nodiscard]] bool direct(const Source& from, int64_t count, bool per_row) const {
    const Place& place = place_[static_cast<size_t>(from.root)];
    if (place.cluster != count) return false;
    if (instruction(place).per_row == per_row) return from.whole(graph_);
    if (per_row) return false;
    const int64_t row = open_.at(count).row;  // one number per row, repeated along the row
    const View view = view_of(from.layout);
    if (count == row) return view.number() && view.offset == 0;
    return view.rank == 2 && view.offset == 0 && view.axes[0] == View::Axis{count / row, 1} &&
           view.axes[1] == View::Axis{row, 0};
  }

  /// Stores what the instruction must read from memory. False if that closed its own cluster.
  bool settle_inputs(const std::vector<int>& inputs, int64_t count, bool per_row) {
    for (const int input : inputs) {
      const Source& from = source(input);
      if (from.root < 0) continue;
      const Place place = place_[static_cast<size_t>(from.root)];
      if (place.cluster < 0 || direct(from, count, per_row)) continue;
      need_stored(from.root);
      close(place.cluster);
      if (place.cluster == count) return false;
    }
    return true;
  }

  void add(Instruction instruction, int64_t count, const std::vector<int>& inputs) {
    Cluster& cluster = open_.try_emplace(count, Cluster{.numel = count}).first->second;
    for (const int input : inputs) instruction.operands.push_back(operand(input));
    place_[static_cast<size_t>(instruction.node)] = {
        .cluster = count, .instruction = static_cast<int>(cluster.code.size())};
    cluster.flops += flops(graph_, graph_.node(instruction.node));
    cluster.code.push_back(std::move(instruction));
  }

  [[nodiscard]] Operand operand(int input) const {
    const Source& from = source(input);
    if (from.root < 0) return from.number;
    const Place& place = place_[static_cast<size_t>(from.root)];
    if (place.cluster >= 0) return Result{place.instruction};
    return Memory{from.root, view_of(from.layout)};
  }

  /// Makes sure that a step has stored this node.
  void settle(int root) {
    if (root >= 0 && place_[static_cast<size_t>(root)].cluster >= 0) {
      close(place_[static_cast<size_t>(root)].cluster);
    }
  }

  void close(int64_t count) {
    Cluster cluster = std::move(open_.at(count));
    open_.erase(count);
    for (Instruction& instruction : cluster.code) {
      const auto node = static_cast<size_t>(instruction.node);
      const auto outside = [&](int reader) {
        return place_[static_cast<size_t>(reader)].cluster != count;
      };
      instruction.stored =
          !repeated_[node] && (kept_[node] || std::ranges::any_of(readers_[node], outside));
    }
    for (const Instruction& instruction : cluster.code)
      place_[static_cast<size_t>(instruction.node)] = {};
    if (count > 0) steps_.push_back(fused_step(std::move(cluster), kernels_, pool_));
  }

  // Steps.

  /// The node's elements as one run of memory that is written by now.
  Run run_of(int node) {
    if (source(node).root < 0) {
      if (graph_.node(node).op != Op::fill) copy(node, node);
    } else if (!view_of(source(node).layout).contiguous()) {
      copy(node, node);
    }
    if (source(node).root < 0) return {.node = node};  // a fill: stored because it is read
    settle(source(node).root);
    return {.node = source(node).root, .offset = source(node).layout.offset};
  }

  void emit(int index) {
    const Node& node = graph_.node(index);
    const Shape& shape = graph_.node(node.inputs[0]).shape;
    switch (node.op) {
      case Op::matmul:
        return emit_product(index);
      case Op::concat:
        return emit_concat(index);
      case Op::pad:
        return emit_pad(index);
      case Op::sum:
      case Op::max:
        if (join_fold(node.op == Op::sum ? Fold::sum : Fold::max, index)) return;
        return push(
            reduce_step(node.op, run_of(node.inputs[0]), index, shape, node.ints, kernels_, pool_));
      case Op::softmax:
        return push(softmax_step(run_of(node.inputs[0]), index, shape, kernels_, pool_));
      case Op::attend:
        return push(attend_step(runs_of<6>(node), index, node.shape,
                                graph_.node(node.inputs[4]).shape[2], kernels_, pool_));
      case Op::gather:
        return push(gather_step(runs_of<2>(node), index, shape[0], node.shape));
      case Op::scatter_add:
        return push(scatter_add_step(runs_of<2>(node), index, shape[0], node.shape));
      default:
        fail("cpu device", fmt::format("no kernel for {}", name_of(node.op)));
    }
  }

  template <size_t count>
  std::array<Run, count> runs_of(const Node& node) {
    std::array<Run, count> runs;
    for (size_t i = 0; i < count; ++i) runs[i] = run_of(node.inputs[i]);
    return runs;
  }

  void push(Step step) { steps_.push_back(std::move(step)); }

  void emit_transpose(int index) {
    const Node& node = graph_.node(index);
    const Run x = run_of(node.inputs[0]);
    const Shape& shape = graph_.node(node.inputs[0]).shape;
    push(transpose_step(x, index, shape.dims(), node.ints, pool_));
    sources_[static_cast<size_t>(index)] = own(index);
  }

  void emit_concat(int index) {
    const Node& node = graph_.node(index);
    std::vector<Placed> parts;
    Layout to = contiguous_layout(node.shape);
    const auto axis = static_cast<int>(node.ints[0]);
    for (const int input : node.inputs) {
      const Node& part = graph_.node(input);
      to.shape = part.shape;
      const bool through = source(input).root == input && part.op == Op::reshape;
      if (through && only_joined(input)) {
        const Shape& shape = graph_.node(part.inputs[0]).shape;
        parts.push_back(placed(part.inputs[0], *reshape_layout(to, shape)));
      } else {
        parts.push_back(placed(input, to));
      }
      to.offset += to.shape[axis] * to.stride[static_cast<size_t>(axis)];
    }
    push(copy_step(fmt::format("concat {}", node.shape.str()), std::move(parts), index, node.shape,
                   false));
  }

  /// A reshape that only concats read: they copy its elements from where they lie.
  [[nodiscard]] bool only_joined(int index) const {
    const auto i = static_cast<size_t>(index);
    const Node& node = graph_.node(index);
    if (kept_[i] || node.op != Op::reshape || source(node.inputs[0]).root < 0) return false;
    const auto joins = [&](int reader) {
      const Node& concat = graph_.node(reader);
      if (concat.op != Op::concat ||
          std::ranges::find(concat.inputs, index) == concat.inputs.end()) {
        return false;
      }
      Layout part = contiguous_layout(concat.shape);
      part.shape = node.shape;
      return reshape_layout(part, graph_.node(node.inputs[0]).shape).has_value();
    };
    return std::ranges::all_of(readers_[i], joins);
  }

  void emit_pad(int index) {
    const Node& node = graph_.node(index);
    Layout to = contiguous_layout(node.shape);
    to.shape = graph_.node(node.inputs[0]).shape;
    for (size_t i = 0; i < static_cast<size_t>(to.shape.rank()); ++i)
      to.offset += node.ints[i] * to.stride[i];
    push(copy_step(fmt::format("pad {}", node.shape.str()), {placed(node.inputs[0], to)}, index,
                   node.shape, true));
  }

  Placed placed(int input, const Layout& to) {
    if (source(input).root < 0) {
      const Run run = run_of(input);
      Layout from = contiguous_layout(graph_.node(input).shape);
      from.offset = run.offset;
      return {.node = run.node, .from = from, .to = to};
    }
    settle(source(input).root);
    return {.node = source(input).root, .from = source(input).layout, .to = to};
  }

  // Products.

  struct Matrix {
    Run run;
    bool transposed;
  };

  /// A transposed view of the last two axes needs no copy: products read either way.
  Matrix matrix(int node, bool transposed) {
    if (swaps_matrix(graph_.node(node))) {
      return {.run = run_of(graph_.node(node).inputs[0]), .transposed = !transposed};
    }
    return {.run = run_of(node), .transposed = transposed};
  }

  [[nodiscard]] static bool swaps_matrix(const Node& node) {
    const int64_t rank = node.shape.rank();
    if (node.op != Op::transpose || rank < 2) return false;
    const auto last = static_cast<size_t>(rank - 1);
    return node.ints[last] == rank - 2 && node.ints[last - 1] == rank - 1 &&
           std::is_sorted(node.ints.begin(), node.ints.end() - 2);
  }

  /// Only products read it, by their flags.
  [[nodiscard]] bool folded(int index) const {
    const auto i = static_cast<size_t>(index);
    const auto reads_directly = [&](int reader) {
      const Node& node = graph_.node(reader);
      return node.op == Op::matmul && std::ranges::count(node.inputs, index) ==
                                          std::ranges::count_if(node.inputs, [&](int in) {
                                            return source(in).root == index;
                                          });
    };
    return !kept_[i] && swaps_matrix(graph_.node(index)) &&
           std::ranges::all_of(readers_[i], reads_directly);
  }

  void emit_product(int index) {
    const Node& node = graph_.node(index);
    const Shape& a = graph_.node(node.inputs[0]).shape;
    const Matrix left = matrix(node.inputs[0], node.ints[0] != 0);
    const Matrix right = matrix(node.inputs[1], node.ints[1] != 0);
    Product product{.a = left.run,
                    .b = right.run,
                    .out = index,
                    .batch = 1,
                    .m = node.shape[-2],
                    .k = a[node.ints[0] != 0 ? -2 : -1],
                    .n = node.shape[-1],
                    .transpose_a = left.transposed,
                    .transpose_b = right.transposed};
    for (int i = 0; i < node.shape.rank() - 2; ++i) product.batch *= node.shape[i];
    product.static_b =
        options_.static_states && product.batch == 1 && graph_.node(product.b.node).op == Op::state;
    if (takes_bias(product)) take_bias(index, product);
    push(product_step(product, kernels_, pool_));
  }

  /// When the only reader adds a row that exists already, the product adds it.
  void take_bias(int index, Product& product) {
    const auto i = static_cast<size_t>(index);
    if (kept_[i] || readers_[i].size() != 1) return;
    const int sum = readers_[i][0];
    const Node& node = graph_.node(sum);
    if (node.op != Op::add) return;
    for (size_t side = 0; side < 2; ++side) {
      const Source& x = source(node.inputs[side]);
      const Source& row = source(node.inputs[1 - side]);
      if (x.root != index || !x.whole(graph_) || !is_row(row, product)) continue;
      product.bias = Run{.node = row.root, .offset = row.layout.offset};
      product.out = sum;
      done_[static_cast<size_t>(sum)] = true;
      return;
    }
  }

  /// A leaf's run of n numbers, the same for every row.
  [[nodiscard]] bool is_row(const Source& row, const Product& product) const {
    if (row.root < 0 || !graph_.node(row.root).inputs.empty()) return false;
    if (product.static_b && graph_.node(row.root).op == Op::input) return false;  // it changes
    const View view = view_of(row.layout);
    if (product.m == 1) return view.contiguous();
    if (product.n == 1) return view.number();
    return view.rank == 2 && view.axes[0] == View::Axis{product.m, 0} &&
           view.axes[1] == View::Axis{product.n, 1};
  }

  const Graph& graph_;
  const CompileOptions& options_;
  const Kernels& kernels_;
  std::shared_ptr<const Pool> pool_;
  std::vector<bool> live_;
  std::vector<Source> sources_;
  std::vector<std::vector<int>> readers_;
  std::vector<bool> kept_;      // outputs and new states
  std::vector<bool> done_;      // part of an earlier step
  std::vector<bool> repeated_;  // computed by each cluster that reads it
  std::vector<Place> place_;
  std::map<int64_t, Cluster> open_;
  std::vector<Step> steps_;
};

std::vector<Step> lower(const Graph& graph, const CompileOptions& options) {
  return Lowering(graph, options).lower();
}

}  // namespace
}  // namespace rivulet::exec::xnnpack

namespace rivulet {

const Device& cpu_device() {
  static const Device device{.name = "cpu",
                             .description = fmt::format("XNNPACK and fused kernels, {}",
                                                        exec::xnnpack::best_kernels().name),
                             .lower = &exec::xnnpack::lower};
  return device;
}

}  // namespace rivulet
