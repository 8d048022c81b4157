#include "rivulet/exec/plan/passes.h"

#include <fmt/format.h>

#include <algorithm>

namespace rivulet::exec::plan {
namespace {

size_t at(int node) { return static_cast<size_t>(node); }

bool is_own(const Outline& o, int node) { return o.sources[at(node)].root == node; }

Source own(const Graph& graph, int node) {
  return {.root = node, .layout = contiguous_layout(graph.node(node).shape)};
}

/// Calls visit(node) for each live one that is computed, in order.
template <class Visit>
void each_live(const Outline& o, const Visit& visit) {
  for (int i = 0; i < o.graph.size(); ++i) {
    if (o.live[at(i)]) visit(i);
  }
}

/// States and inputs change after a run.
bool changes(const Graph& graph, int root) {
  return graph.node(root).op == Op::state || graph.node(root).op == Op::input;
}

Source source_of(const Outline& o, const std::vector<Source>& sources, int index) {
  const Node& node = o.graph.node(index);
  if (node.op == Op::fill) return {.number = node.scalar};
  if (kind_of(node.op) != OpKind::view || !o.limits.has(node.op)) return own(o.graph, index);
  Source result = sources[at(node.inputs[0])];
  if (result.root < 0) return result;
  const auto layout = view_layout(node, result.layout, o.limits.strided_columns);
  if (!layout) return own(o.graph, index);
  result.layout = *layout;
  return result;
}

bool folds_row(const Outline& o, int index) {
  const Node& node = o.graph.node(index);
  if ((node.op != Op::sum && node.op != Op::max) || !o.limits.has(node.op)) return false;
  const Source& from = o.sources[at(node.inputs[0])];
  const int64_t count = o.graph.node(node.inputs[0]).shape.numel();
  const int64_t row = count == 0 ? 0 : count / node.shape.numel();
  const bool last_axis = node.ints.size() == 1 && node.ints[0] == node.shape.rank() - 1;
  if (!last_axis || row < 2 || !o.limits.folds_rows(row)) return false;
  return from.root >= 0 && !view_of(from.layout).number();
}

/// One instruction with one operand that varies, whole.
bool is_cheap(const Outline& o, int index) {
  const Node& node = o.graph.node(index);
  const bool light =
      node.op == Op::neg || node.op == Op::add || node.op == Op::sub || node.op == Op::mul;
  if (!light || !o.limits.fuses(node.op)) return false;
  const auto varies = [&](int input) { return o.sources[at(input)].root >= 0; };
  if (std::ranges::count_if(node.inputs, varies) != 1) return false;
  const Source& from = o.sources[at(*std::ranges::find_if(node.inputs, varies))];
  return from.whole(o.graph) && o.graph.node(from.root).shape.numel() == node.shape.numel();
}

bool read_by_flags(const Outline& o, int index) {
  const auto reads_directly = [&](int reader) {
    const Node& node = o.graph.node(reader);
    return node.op == Op::matmul && o.limits.has(Op::matmul) &&
           std::ranges::count(node.inputs, index) ==
               std::ranges::count_if(node.inputs,
                                     [&](int in) { return o.sources[at(in)].root == index; });
  };
  return swaps_matrix(o.graph.node(index)) &&
         std::ranges::all_of(o.readers[at(index)], reads_directly);
}

bool read_by_concats(const Outline& o, int index) {
  const Node& node = o.graph.node(index);
  if (node.op != Op::reshape || o.sources[at(node.inputs[0])].root < 0) return false;
  const auto joins = [&](int reader) {
    const Node& concat = o.graph.node(reader);
    if (concat.op != Op::concat || !o.limits.has(Op::concat) ||
        std::ranges::find(concat.inputs, index) == concat.inputs.end()) {
      return false;
    }
    Layout part = contiguous_layout(concat.shape);
    part.shape = node.shape;
    return reshape_layout(part, o.graph.node(node.inputs[0]).shape).has_value();
  };
  return std::ranges::all_of(o.readers[at(index)], joins);
}

/// Inputs that this node's stage reads as one run of memory.
std::vector<int> run_inputs(const Outline& o, int index) {
  const Node& node = o.graph.node(index);
  if (node.inputs.empty() || o.absorbed[at(index)] || o.row_folds[at(index)]) return {};
  if (!o.limits.has(node.op)) return node.inputs;
  std::vector<int> inputs;
  switch (node.op) {
    case Op::matmul:
      for (const int input : node.inputs) {
        const Node& matrix = o.graph.node(input);
        inputs.push_back(swaps_matrix(matrix) ? matrix.inputs[0] : input);
      }
      return inputs;
    case Op::concat:
    case Op::pad:  // copied from where they lie, but for numbers
      std::ranges::copy_if(node.inputs, std::back_inserter(inputs),
                           [&](int input) { return o.sources[at(input)].root < 0; });
      return inputs;
    case Op::transpose:
      return is_own(o, index) ? node.inputs : inputs;
    default:
      return kind_of(node.op) == OpKind::other ? node.inputs : inputs;
  }
}

/// A leaf's run of n numbers, the same for every row of the product.
bool is_row(const Graph& graph, const Source& row, const Product& product) {
  if (row.root < 0 || kind_of(graph.node(row.root).op) != OpKind::leaf) return false;
  if (product.static_b && graph.node(row.root).op == Op::input) return false;  // it changes
  const View view = view_of(row.layout);
  if (product.m == 1) return view.contiguous();
  if (product.n == 1) return view.number();
  return view.rank == 2 && view.axes[0] == View::Axis{product.m, 0} &&
         view.axes[1] == View::Axis{product.n, 1};
}

std::optional<Bias> bias_of(const Outline& o, int index) {
  if (o.graph.node(index).op != Op::matmul || !o.limits.has(Op::matmul)) return {};
  const std::vector<int>& readers = o.readers[at(index)];
  if (o.kept[at(index)] || readers.size() != 1) return {};
  const Node& sum = o.graph.node(readers[0]);
  if (sum.op != Op::add || !o.limits.fuses(Op::add)) return {};
  const Product product = product_of(o, index);
  if (!o.limits.takes_bias(product)) return {};
  for (size_t side = 0; side < 2; ++side) {
    const Source x = source_for(o, sum.inputs[side], index);
    const Source row = source_for(o, sum.inputs[1 - side], index);
    if (x.root != index || !x.whole(o.graph) || !is_row(o.graph, row, product)) continue;
    return Bias{.sum = readers[0], .row = {.node = row.root, .offset = row.layout.offset}};
  }
  return {};
}

bool is_patch(const Outline& o, int index) {
  const Node& node = o.graph.node(index);
  if (node.op != Op::slice_update || !o.limits.has(node.op) || !o.readers[at(index)].empty()) {
    return false;
  }
  const auto is_value = [index](const auto& result) { return result.value == index; };
  const auto update = std::ranges::find_if(o.graph.updates(), is_value);
  if (update == o.graph.updates().end() || update->state != node.inputs[0] ||
      std::ranges::count_if(o.graph.updates(), is_value) > 1 ||
      std::ranges::any_of(o.graph.outputs(), is_value)) {
    return false;
  }
  // What is written is read when the run has ended, and other states may have changed.
  return std::ranges::all_of(std::span(node.inputs).subspan(1), [&](int input) {
    const Source from = source_for(o, input, index);
    return from.root < 0 || o.graph.node(from.root).op != Op::state;
  });
}

std::string_view text_of(Role role) {
  constexpr std::string_view names[] = {"nothing",  "view",       "alias",    "copied view",
                                        "moved",    "absorbed",   "repeated", "instruction",
                                        "row fold", "in product", "patch",    "stage"};
  return names[static_cast<size_t>(role)];
}

}  // namespace

bool Source::whole(const Graph& graph) const {
  return root >= 0 && layout.offset == 0 && view_of(layout).contiguous() &&
         layout.shape.numel() == graph.node(root).shape.numel();
}

std::vector<Source> find_sources(const Outline& o) {
  std::vector<Source> sources(o.live.size());
  each_live(o, [&](int i) { sources[at(i)] = source_of(o, sources, i); });
  return sources;
}

std::vector<bool> find_row_folds(const Outline& o) {
  std::vector<bool> folds(o.live.size());
  each_live(o, [&](int i) { folds[at(i)] = folds_row(o, i); });
  return folds;
}

std::vector<bool> find_repeated(const Outline& o) {
  std::vector<bool> repeated(o.live.size());
  each_live(o, [&](int i) { repeated[at(i)] = !o.kept[at(i)] && is_own(o, i) && is_cheap(o, i); });
  const auto need_stored = [&](int root) {
    if (root >= 0) repeated[at(root)] = false;
  };
  each_live(o, [&](int i) {
    const Source& source = o.sources[at(i)];
    if (!is_own(o, i) && source.root >= 0 && !source.whole(o.graph)) need_stored(source.root);
    if (o.kept[at(i)]) need_stored(source.root);
    if (!is_own(o, i) || o.limits.fuses(o.graph.node(i).op)) return;
    for (const int input : o.graph.node(i).inputs) need_stored(o.sources[at(input)].root);
  });
  return repeated;
}

std::vector<std::vector<int>> find_readers(const Outline& o) {
  std::vector<std::vector<int>> all(o.live.size());
  const auto add_reader = [&](int root, int reader) {
    if (root < 0) return;
    std::vector<int>& readers = all[at(root)];
    if (!o.repeated[at(reader)]) {
      readers.push_back(reader);
      return;
    }
    const std::vector<int>& further = all[at(reader)];
    readers.insert(readers.end(), further.begin(), further.end());
  };
  for (int i = o.graph.size() - 1; i >= 0; --i) {
    if (!o.live[at(i)]) continue;
    if (o.kept[at(i)] && !is_own(o, i)) add_reader(o.sources[at(i)].root, i);
    if (!is_own(o, i)) continue;
    for (const int input : o.graph.node(i).inputs) add_reader(o.sources[at(input)].root, i);
  }
  return all;
}

std::vector<bool> find_absorbed(const Outline& o) {
  std::vector<bool> absorbed(o.live.size());
  each_live(o, [&](int i) {
    const bool view = kind_of(o.graph.node(i).op) == OpKind::view;
    if (!view || !is_own(o, i) || o.kept[at(i)]) return;
    absorbed[at(i)] = read_by_flags(o, i) || read_by_concats(o, i);
  });
  return absorbed;
}

std::vector<int> find_copied(const Outline& o) {
  std::vector<int> copied(o.live.size(), never);
  each_live(o, [&](int i) {
    for (const int input : run_inputs(o, i)) {
      const Source& from = o.sources[at(input)];
      const bool number = from.root < 0 && o.graph.node(input).op != Op::fill;
      const bool scattered = from.root >= 0 && !view_of(from.layout).contiguous();
      if (copied[at(input)] == never && (number || scattered)) copied[at(input)] = i;
    }
    const bool is_view = kind_of(o.graph.node(i).op) == OpKind::view && !is_own(o, i);
    if (is_view && o.kept[at(i)]) copied[at(i)] = i;
  });
  return copied;
}

std::vector<std::optional<Bias>> find_biases(const Outline& o) {
  std::vector<std::optional<Bias>> biases(o.live.size());
  each_live(o, [&](int i) { biases[at(i)] = bias_of(o, i); });
  return biases;
}

std::vector<bool> find_patched(const Outline& o) {
  std::vector<bool> patched(o.live.size());
  each_live(o, [&](int i) { patched[at(i)] = is_patch(o, i); });
  return patched;
}

Outline outline_of(const Graph& graph, const Limits& limits) {
  Outline o{.graph = graph, .limits = limits, .live = live_nodes(graph)};
  o.kept.resize(o.live.size());
  for (const Output& output : graph.outputs()) o.kept[at(output.value)] = true;
  for (const Update& update : graph.updates()) o.kept[at(update.value)] = true;
  o.sources = find_sources(o);
  o.row_folds = find_row_folds(o);
  o.repeated = find_repeated(o);
  o.readers = find_readers(o);
  o.absorbed = find_absorbed(o);
  o.copied = find_copied(o);
  o.biases = find_biases(o);
  o.sums.assign(o.live.size(), never);
  each_live(o, [&](int i) {
    if (o.biases[at(i)]) o.sums[at(o.biases[at(i)]->sum)] = i;
  });
  o.patched = find_patched(o);
  return o;
}

Role role_of(const Outline& o, int index) {
  const Node& node = o.graph.node(index);
  const OpKind kind = kind_of(node.op);
  if (!o.live[at(index)] || kind == OpKind::leaf) return Role::nothing;
  if (o.absorbed[at(index)]) return Role::absorbed;
  if (!o.limits.has(node.op)) return Role::stage;
  if (kind == OpKind::view && !is_own(o, index)) {
    if (o.copied[at(index)] != index) return Role::view;
    const Source& from = o.sources[at(index)];
    const bool alias = from.whole(o.graph) && !changes(o.graph, from.root);
    return alias ? Role::alias : Role::copied_view;
  }
  if (kind == OpKind::view) return node.op == Op::transpose ? Role::stage : Role::moved;
  if (o.sums[at(index)] != never) return Role::in_product;
  if (o.repeated[at(index)]) return Role::repeated;
  if (o.row_folds[at(index)]) return Role::row_fold;
  if (o.patched[at(index)]) return Role::patch;
  return kind == OpKind::pointwise ? Role::instruction : Role::stage;
}

Source source_for(const Outline& o, int node, int reader) {
  const int stored = o.copied[at(node)];
  return stored == never || stored > reader ? o.sources[at(node)] : own(o.graph, node);
}

Run run_for(const Outline& o, int node, int reader) {
  const Source from = source_for(o, node, reader);
  if (from.root < 0) return {.node = node};  // a fill: stored because it is read
  return {.node = from.root, .offset = from.layout.offset};
}

Product product_of(const Outline& o, int index) {
  const Node& node = o.graph.node(index);
  const Shape& a = o.graph.node(node.inputs[0]).shape;
  const bool ta = node.ints[0] != 0;
  const bool tb = node.ints[1] != 0;
  // A transposed view of the last two axes needs no copy: products read either way.
  const std::vector<int> inputs = run_inputs(o, index);
  Product product{.a = run_for(o, inputs[0], index),
                  .b = run_for(o, inputs[1], index),
                  .out = index,
                  .m = node.shape[-2],
                  .k = a[ta ? -2 : -1],
                  .n = node.shape[-1],
                  .transpose_a = ta != (inputs[0] != node.inputs[0]),
                  .transpose_b = tb != (inputs[1] != node.inputs[1])};
  for (int i = 0; i < node.shape.rank() - 2; ++i) product.batch *= node.shape[i];
  product.static_b =
      o.limits.static_states && product.batch == 1 && o.graph.node(product.b.node).op == Op::state;
  return product;
}

bool swaps_matrix(const Node& node) {
  const int64_t rank = node.shape.rank();
  if (node.op != Op::transpose || rank < 2) return false;
  const auto last = static_cast<size_t>(rank - 1);
  return node.ints[last] == rank - 2 && node.ints[last - 1] == rank - 1 &&
         std::is_sorted(node.ints.begin(), node.ints.end() - 2);
}

Layout place_of_part(const Graph& graph, const Node& concat, size_t i) {
  const auto axis = static_cast<int>(concat.ints[0]);
  Layout to = contiguous_layout(concat.shape);
  for (size_t before = 0; before < i; ++before) {
    to.offset +=
        graph.node(concat.inputs[before]).shape[axis] * to.stride[static_cast<size_t>(axis)];
  }
  to.shape = graph.node(concat.inputs[i]).shape;
  return to;
}

std::string to_text(const Outline& o) {
  std::string text;
  each_live(o, [&](int i) {
    const Role role = role_of(o, i);
    if (role == Role::nothing) return;
    text += fmt::format("%{} = {}: {}", i, name_of(o.graph.node(i).op), text_of(role));
    const Source& from = o.sources[at(i)];
    const std::string view = to_text(view_of(from.layout));
    if (from.root < 0) text += fmt::format(" {}", from.number);
    if (from.root >= 0 && from.root != i) text += fmt::format(" of %{} [{}]", from.root, view);
    if (role == Role::view && o.copied[at(i)] != never) {
      text += fmt::format(", stored for %{}", o.copied[at(i)]);
    }
    if (role == Role::in_product) text += fmt::format(" %{}", o.sums[at(i)]);
    text += '\n';
  });
  return text;
}

}  // namespace rivulet::exec::plan
