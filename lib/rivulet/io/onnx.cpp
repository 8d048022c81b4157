// The exporter first decides, from the outputs down, which nodes are wanted and what each becomes:
// composites take the place of the primitives that nobody else reads. Then it writes the wanted
// nodes in order.
//
// Broadcasts and new outer axes write nothing: a node's place is a named array whose shape grows to
// the node's by NumPy's rule, and only who needs the full shape has it expanded.
#include "rivulet/io/onnx.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numbers>
#include <numeric>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "rivulet/core/error.h"
#include "rivulet/io/onnx_model.h"
#include "rivulet/io/onnx_patterns.h"

namespace rivulet::io {
namespace {

using onnx::Attribute;
using Integers = std::vector<int64_t>;

// Element types, as onnx.proto numbers them.
constexpr int64_t type_float = 1;
constexpr int64_t type_int64 = 7;
constexpr int64_t type_bool = 9;

struct Gelu {
  int x;
};
/// What a wanted node becomes; by itself, or a composite.
using Plan = std::variant<std::monostate, onnx::Mean, onnx::LayerNorm, Gelu, onnx::OuterProduct>;

struct Place {
  std::string name;
  Shape shape;
};

/// ONNX's name of an op of equal meaning; nullptr where it takes more than a name.
const char* same_op(Op op) {
  static constexpr std::string_view names[] = {
#define RIVULET_OP(...) "none",
#define RIVULET_POINTWISE(op, inputs, derivative, onnx, ...) #onnx,
#include "rivulet/graph/ops.def"
  };
  const std::string_view name = names[static_cast<size_t>(op)];
  return name == "none" ? nullptr : name.data();
}

std::span<const int64_t> without_outer_ones(const Shape& shape) {
  std::span<const int64_t> dims = shape.dims();
  while (!dims.empty() && dims.front() == 1) dims = dims.subspan(1);
  return dims;
}

/// The shape that arrays of both shapes grow to; they fit, for their nodes do.
Shape grown(const Shape& a, const Shape& b) {
  Shape result = a.rank() >= b.rank() ? a : b;
  const Shape& other = a.rank() >= b.rank() ? b : a;
  for (int i = 1; i <= other.rank(); ++i) {
    if (result[-i] == 1) result[-i] = other[-i];
  }
  return result;
}

class Exporter {
 public:
  Exporter(const Graph& graph, const SafeTensors& weights)
      : graph_(graph),
        weights_(weights),
        users_(onnx::count_users(graph)),
        wanted_(users_.size()),
        plans_(users_.size()),
        places_(users_.size()),
        split_of_(users_.size(), -1) {}

  onnx::Model run() {
    check_names();
    plan();
    model_.metadata = weights_.metadata;
    for (int i = 0; i < graph_.size(); ++i) {
      const Node& node = graph_.node(i);
      if (!wanted_[at(i)]) continue;
      if (node.op == Op::input) model_.inputs.push_back({node.name, node.shape});
      if (!node.inputs.empty()) write(i);
    }
    for (const Output& output : graph_.outputs()) write_output(output);
    return std::move(model_);
  }

 private:
  static size_t at(int node) { return static_cast<size_t>(node); }
  [[nodiscard]] const Shape& shape(int node) const { return graph_.node(node).shape; }

  /// Names that the exporter makes begin with '%'.
  void check_names() const {
    if (!graph_.updates().empty())
      fail("onnx", "the graph updates states: it is not for inference");
    std::set<std::string> names;
    const auto take = [&](const std::string& name) {
      if (name.starts_with('%') || !names.insert(name).second) {
        fail("onnx", "the name '" + name + "' is reserved or used twice");
      }
    };
    for (const Node& node : graph_.nodes()) {
      if (!node.name.empty()) take(node.name);
    }
    for (const Output& output : graph_.outputs()) take(output.name);
  }

  // Plans.

  void plan() {
    for (const Output& output : graph_.outputs()) wanted_[at(output.value)] = true;
    for (int i = graph_.size() - 1; i >= 0; --i) {
      if (!wanted_[at(i)]) continue;
      plans_[at(i)] = plan_of(i);
      for (const int input : inputs_of(i)) wanted_[at(input)] = true;
    }
    splits_ = onnx::find_splits(graph_, wanted_);
    for (size_t i = 0; i < splits_.size(); ++i) {
      for (const int part : splits_[i].parts) split_of_[at(part)] = static_cast<int>(i);
    }
  }

  [[nodiscard]] Plan plan_of(int node) const {
    if (const auto norm = onnx::find_layer_norm(graph_, node, users_)) return *norm;
    if (const auto x = onnx::find_gelu(graph_, node)) return Gelu{*x};
    if (const auto mean = onnx::find_mean(graph_, node)) return *mean;
    if (const auto product = onnx::find_outer_product(graph_, node, users_)) return *product;
    return {};
  }

  [[nodiscard]] std::vector<int> inputs_of(int node) const {
    const Plan& plan = plans_[at(node)];
    if (const auto* mean = std::get_if<onnx::Mean>(&plan)) return {mean->x};
    if (const auto* gelu = std::get_if<Gelu>(&plan)) return {gelu->x};
    if (const auto* product = std::get_if<onnx::OuterProduct>(&plan)) {
      return {product->a, product->b};
    }
    if (const auto* norm = std::get_if<onnx::LayerNorm>(&plan)) {
      std::vector<int> inputs = {norm->x};
      if (norm->scale >= 0) inputs.push_back(norm->scale);
      if (norm->bias >= 0) inputs.push_back(norm->bias);
      return inputs;
    }
    return graph_.node(node).inputs;
  }

  // Constants.

  std::string integers(const Integers& values) {
    std::string name = fmt::format("%i{}", fmt::join(values, ","));
    if (made_.insert(name).second) model_.initialisers.push_back({name, values});
    return name;
  }

  std::string constant(std::string name, const Tensor& tensor) {
    if (made_.insert(name).second) model_.initialisers.push_back({name, tensor});
    return name;
  }

  std::string number(float value) {
    return constant(fmt::format("%f{}", value), Tensor::scalar(value));
  }

  [[nodiscard]] const Tensor& value_of(int leaf) const {
    const Node& node = graph_.node(leaf);
    if (node.op == Op::constant) return graph_.tensor(node.tensor);
    const Tensor& tensor = weights_.at(node.name);
    if (tensor.shape() != node.shape) {
      fail("onnx", node.name + " has shape " + tensor.shape().str() + " in the weights, " +
                       node.shape.str() + " in the graph");
    }
    return tensor;
  }

  [[nodiscard]] bool is_fixed(int node) const {
    return graph_.node(node).op == Op::state || graph_.node(node).op == Op::constant;
  }

  /// What a fixed array is called.
  [[nodiscard]] std::string name_of_leaf(int leaf) const {
    const Node& node = graph_.node(leaf);
    return node.op == Op::constant ? fmt::format("%c{}", leaf) : node.name;
  }

  // Places.

  /// An array that grows to the node's shape.
  const Place& place(int node) {
    Place& place = places_[at(node)];
    if (!place.name.empty()) return place;
    const Node& leaf = graph_.node(node);
    if (leaf.op == Op::less || leaf.op == Op::step) {  // so far a truth value
      place = {.name = cast(truths_.at(node).name, type_float), .shape = truths_.at(node).shape};
    } else if (leaf.op == Op::fill) {
      place = {.name = number(leaf.scalar), .shape = {}};
    } else if (leaf.op == Op::input) {
      place = {.name = leaf.name, .shape = leaf.shape};
    } else {
      place = {.name = constant(name_of_leaf(node), value_of(node)), .shape = leaf.shape};
    }
    return place;
  }

  /// The name of an array of exactly the node's shape.
  std::string exact(int node) {
    const Place& loose = place(node);
    if (loose.shape == shape(node)) return loose.name;
    std::string& name = exact_[node];
    if (name.empty()) {
      name = loose.shape.numel() == shape(node).numel()
                 ? reshape(loose.name, shape(node))
                 : emit("Expand", {loose.name, integers(extents(shape(node)))});
    }
    return name;
  }

  static Integers extents(const Shape& shape) { return {shape.dims().begin(), shape.dims().end()}; }

  // Nodes.

  std::string emit(std::string type, std::vector<std::string> inputs,
                   std::vector<Attribute> attributes = {}) {
    std::string name = fresh();
    model_.nodes.push_back({.type = std::move(type),
                            .inputs = std::move(inputs),
                            .outputs = {name},
                            .attributes = std::move(attributes)});
    return name;
  }

  std::string fresh() { return fmt::format("%{}", count_++); }

  std::string cast(const std::string& x, int64_t type) { return emit("Cast", {x}, {{"to", type}}); }

  std::string reshape(const std::string& x, const Shape& to) {
    std::vector<Attribute> attributes;
    if (to.numel() == 0) attributes.push_back({"allowzero", int64_t{1}});
    return emit("Reshape", {x, integers(extents(to))}, std::move(attributes));
  }

  void set(int node, std::string name) { places_[at(node)] = {std::move(name), shape(node)}; }

  void write(int node) {
    const Plan& plan = plans_[at(node)];
    if (const auto* mean = std::get_if<onnx::Mean>(&plan)) {
      set(node, emit("ReduceMean", {exact(mean->x)}, {{"axes", mean->axes}}));
    } else if (const auto* norm = std::get_if<onnx::LayerNorm>(&plan)) {
      write_layer_norm(node, *norm);
    } else if (const auto* gelu = std::get_if<Gelu>(&plan)) {
      write_gelu(node, gelu->x);
    } else if (const auto* product = std::get_if<onnx::OuterProduct>(&plan)) {
      const std::string a = shape(product->a) == product->shape
                                ? exact(product->a)
                                : reshape(exact(product->a), product->shape);
      set(node, emit("MatMul", {a, matrix(product->b, product->transpose_b)}));
    } else if (is_pointwise(graph_.node(node).op)) {
      write_pointwise(node);
    } else {
      write_other(node);
    }
  }

  void write_layer_norm(int node, const onnx::LayerNorm& norm) {
    const int64_t channels = shape(norm.x)[-1];
    std::vector<std::string> inputs = {exact(norm.x)};
    inputs.push_back(norm.scale >= 0
                         ? exact(norm.scale)
                         : constant(fmt::format("%ones{}", channels), Tensor::full({channels}, 1)));
    if (norm.bias >= 0) inputs.push_back(exact(norm.bias));
    set(node, emit("LayerNormalization", std::move(inputs),
                   {{"axis", int64_t{-1}}, {"epsilon", norm.epsilon}}));
  }

  /// In the words that runtimes recognise and fuse (as an op of its own it came with opset 20).
  void write_gelu(int node, int x) {
    const Place from = place(x);
    const std::string erf =
        emit("Erf", {emit("Div", {from.name, number(std::numbers::sqrt2_v<float>)})});
    const std::string twice = emit("Mul", {from.name, emit("Add", {erf, number(1)})});
    places_[at(node)] = {.name = emit("Mul", {twice, number(0.5F)}), .shape = from.shape};
  }

  void write_pointwise(int index) {
    const Node& node = graph_.node(index);
    const Op op = node.op;
    if (op == Op::select) return write_select(index);
    std::vector<std::string> inputs;
    Shape result;
    for (const int input : node.inputs) {
      inputs.push_back(place(input).name);
      result = grown(result, place(input).shape);
    }
    if (const char* type = same_op(op)) {
      places_[at(index)] = {.name = emit(type, inputs), .shape = result};
    } else if (op == Op::square) {
      places_[at(index)] = {.name = emit("Mul", {inputs[0], inputs[0]}), .shape = result};
    } else if (op == Op::rsqrt) {
      places_[at(index)] = {.name = emit("Reciprocal", {emit("Sqrt", inputs)}), .shape = result};
    } else if (op == Op::less) {
      truths_[index] = {.name = emit("Less", inputs), .shape = result};
    } else if (op == Op::step) {
      truths_[index] = {.name = emit("Greater", {inputs[0], number(0)}), .shape = result};
    } else {
      unknown(op);
    }
  }

  void write_select(int index) {
    const Node& node = graph_.node(index);
    const auto truth = truths_.find(node.inputs[0]);
    const Place condition = truth != truths_.end()
                                ? truth->second
                                : Place{.name = cast(place(node.inputs[0]).name, type_bool),
                                        .shape = place(node.inputs[0]).shape};
    const Place a = place(node.inputs[1]);
    const Place b = place(node.inputs[2]);
    places_[at(index)] = {.name = emit("Where", {condition.name, a.name, b.name}),
                          .shape = grown(condition.shape, grown(a.shape, b.shape))};
  }

  void write_other(int index) {
    const Node& node = graph_.node(index);
    const int x = node.inputs[0];
    switch (node.op) {
      case Op::broadcast:
      case Op::stop_gradient:
        places_[at(index)] = place(x);
        return;
      case Op::reshape:
        return write_reshape(index);
      case Op::transpose:
        return set(index, emit("Transpose", {exact(x)}, {{"perm", node.ints}}));
      case Op::slice:
        return write_slice(index);
      case Op::pad:
        return set(index, emit("Pad", {exact(x), integers(node.ints)}));
      case Op::concat: {
        std::vector<std::string> inputs;
        inputs.reserve(node.inputs.size());
        for (const int input : node.inputs) inputs.push_back(exact(input));
        return set(index, emit("Concat", std::move(inputs), {{"axis", node.ints[0]}}));
      }
      case Op::sum:
        return set(index, emit("ReduceSum", {exact(x), integers(node.ints)}));
      case Op::max:
        return set(index, emit("ReduceMax", {exact(x)}, {{"axes", node.ints}}));
      case Op::softmax:
        return set(index, emit("Softmax", {exact(x)}, {{"axis", int64_t{-1}}}));
      case Op::matmul:
        return set(index, emit("MatMul", {matrix(x, node.ints[0] != 0),
                                          matrix(node.inputs[1], node.ints[1] != 0)}));
      case Op::gather:
        return set(index, emit("Gather", {exact(x), cast(exact(node.inputs[1]), type_int64)},
                               {{"axis", int64_t{0}}}));
      case Op::argsort:
        return write_argsort(index);
      case Op::scatter_add:
        return write_scatter_add(index);
      default:
        unknown(node.op);
    }
  }

  [[noreturn]] static void unknown(Op op) {
    fail("onnx", "there is no ONNX operation for " + std::string(name_of(op)));
  }

  /// TopK of all: among equals it too takes the first one first.
  void write_argsort(int index) {
    const std::string places = fresh();
    model_.nodes.push_back(
        {.type = "TopK",
         .inputs = {exact(graph_.node(index).inputs[0]), integers({shape(index)[-1]})},
         .outputs = {fresh(), places},
         .attributes = {{"axis", int64_t{-1}}}});
    set(index, cast(places, type_float));
  }

  void write_scatter_add(int index) {
    const Node& node = graph_.node(index);
    const Shape& rows = shape(node.inputs[0]);  // [M,C]
    const std::string column = reshape(exact(node.inputs[1]), {rows[0], 1});
    const std::string wanted = emit("Expand", {cast(column, type_int64), integers(extents(rows))});
    const std::string zeros = constant(fmt::format("%z{}", index), Tensor(node.shape));
    set(index, emit("ScatterElements", {zeros, wanted, exact(node.inputs[0])},
                    {{"axis", int64_t{0}}, {"reduction", std::string("add")}}));
  }

  void write_reshape(int index) {
    const int x = graph_.node(index).inputs[0];
    const Place& from = place(x);
    const bool whole =
        std::ranges::equal(without_outer_ones(from.shape), without_outer_ones(shape(x)));
    const bool outer_axes =
        std::ranges::equal(without_outer_ones(shape(x)), without_outer_ones(shape(index)));
    if (whole && outer_axes && from.shape.rank() <= shape(index).rank()) {
      places_[at(index)] = from;
    } else {
      set(index, reshape(whole ? from.name : exact(x), shape(index)));
    }
  }

  void write_slice(int index) {
    if (const int split = split_of_[at(index)]; split >= 0) {
      if (places_[at(index)].name.empty()) write_split(splits_[at(split)]);
      return;
    }
    const Node& node = graph_.node(index);
    const Shape& from = shape(node.inputs[0]);
    Integers starts;
    Integers ends;
    Integers axes;
    for (int i = 0; i < from.rank(); ++i) {
      if (node.shape[i] == from[i]) continue;
      starts.push_back(node.ints[at(i)]);
      ends.push_back(node.ints[at(i)] + node.shape[i]);
      axes.push_back(i);
    }
    set(index,
        emit("Slice", {exact(node.inputs[0]), integers(starts), integers(ends), integers(axes)}));
  }

  void write_split(const onnx::Split& split) {
    Integers sizes;
    std::vector<std::string> outputs;
    for (const int part : split.parts) {
      sizes.push_back(shape(part)[split.axis]);
      outputs.push_back(fresh());
      set(part, outputs.back());
    }
    model_.nodes.push_back({.type = "Split",
                            .inputs = {exact(split.x), integers(sizes)},
                            .outputs = std::move(outputs),
                            .attributes = {{"axis", int64_t{split.axis}}}});
  }

  /// An operand of a product: a fixed one is transposed now.
  std::string matrix(int node, bool transposed) {
    if (!transposed) return exact(node);
    const Shape& from = shape(node);
    if (is_fixed(node) && from.rank() == 2) {
      std::string name = fmt::format("%t{}", name_of_leaf(node));
      if (made_.contains(name)) return name;
      const Tensor& matrix = value_of(node);
      Tensor result({from[1], from[0]});
      for (int64_t i = 0; float& value : result.span()) {
        value = matrix[i % from[0] * from[1] + i / from[0]];
        ++i;
      }
      return constant(name, result);
    }
    Integers order(at(from.rank()));
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    return emit("Transpose", {exact(node)}, {{"perm", order}});
  }

  // Outputs.

  void write_output(const Output& output) {
    model_.outputs.push_back({output.name, shape(output.value)});
    const std::string value = exact(output.value);
    for (const onnx::Node& node : model_.nodes) {
      const bool made = std::ranges::find(node.outputs, value) != node.outputs.end();
      if (made && value.starts_with('%')) return rename(value, output.name);
    }
    model_.nodes.push_back({.type = "Identity", .inputs = {value}, .outputs = {output.name}});
  }

  void rename(const std::string& old_name, const std::string& new_name) {
    for (onnx::Node& node : model_.nodes) {
      std::ranges::replace(node.inputs, old_name, new_name);
      std::ranges::replace(node.outputs, old_name, new_name);
    }
    for (Place& place : places_) {
      if (place.name == old_name) place.name = new_name;
    }
    for (auto& [node, name] : exact_) {
      if (name == old_name) name = new_name;
    }
  }

  const Graph& graph_;
  const SafeTensors& weights_;
  std::vector<int> users_;
  std::vector<bool> wanted_;
  std::vector<Plan> plans_;
  std::vector<Place> places_;
  std::map<int, Place> truths_;       // of less and step, before they become numbers
  std::map<int, std::string> exact_;  // where the place itself has another shape
  std::vector<onnx::Split> splits_;
  std::vector<int> split_of_;
  std::set<std::string> made_;  // constants
  onnx::Model model_;
  int count_ = 0;
};

}  // namespace

Bytes to_onnx(const Graph& graph, const SafeTensors& weights) {
  return onnx::serialise(Exporter(graph, weights).run());
}

}  // namespace rivulet::io
