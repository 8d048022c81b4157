#include "rivulet/io/onnx.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/io/protobuf.h"
#include "rivulet/nn/attention.h"
#include "rivulet/nn/layers.h"

using namespace rivulet;
using namespace rivulet::io;

namespace {

/// A parsed message: integers (and the bits of floats), or bytes, by field number.
struct Parsed {
  std::multimap<int, uint64_t> integers;
  std::multimap<int, std::string> bytes;

  [[nodiscard]] std::vector<std::string> all(int field) const {
    std::vector<std::string> result;
    const auto [begin, end] = bytes.equal_range(field);
    for (auto it = begin; it != end; ++it) result.push_back(it->second);
    return result;
  }
  [[nodiscard]] std::string text(int field) const { return all(field).at(0); }
  [[nodiscard]] int64_t integer(int field) const {
    return static_cast<int64_t>(integers.find(field)->second);
  }
};

uint64_t varint(std::string_view& rest) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(rest.at(0));
    rest.remove_prefix(1);
    value |= uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) break;
  }
  return value;
}

Parsed parse(std::string_view rest) {
  Parsed parsed;
  while (!rest.empty()) {
    const uint64_t tag = varint(rest);
    const auto field = static_cast<int>(tag >> 3);
    if ((tag & 7) == 0) {
      parsed.integers.emplace(field, varint(rest));
    } else if ((tag & 7) == 5) {
      uint32_t bits = 0;
      std::memcpy(&bits, rest.substr(0, 4).data(), 4);
      parsed.integers.emplace(field, bits);
      rest.remove_prefix(4);
    } else {
      REQUIRE((tag & 7) == 2);
      const uint64_t length = varint(rest);
      REQUIRE(length <= rest.size());
      parsed.bytes.emplace(field, rest.substr(0, length));
      rest.remove_prefix(length);
    }
  }
  return parsed;
}

Parsed parse(const Bytes& bytes) {
  return parse(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

/// Names of the operations in order, and checks that every input was made before it is read.
std::vector<std::string> op_types(const Bytes& model) {
  const Parsed graph = parse(parse(model).text(7));
  std::vector<std::string> known;
  for (const int field : {5, 11}) {
    for (const std::string& each : graph.all(field)) {
      known.push_back(parse(each).text(field == 5 ? 8 : 1));
    }
  }
  std::vector<std::string> types;
  for (const std::string& each : graph.all(1)) {
    const Parsed node = parse(each);
    types.push_back(node.text(4));
    for (const std::string& input : node.all(1)) {
      CAPTURE(input);
      CHECK(std::ranges::find(known, input) != known.end());
    }
    for (const std::string& output : node.all(2)) known.push_back(output);
  }
  for (const std::string& each : graph.all(12)) {
    CHECK(std::ranges::find(known, parse(each).text(1)) != known.end());
  }
  return types;
}

/// The first values of a graph's states as weights.
SafeTensors weights_of(const Graph& graph) {
  SafeTensors weights;
  for (const Node& node : graph.nodes()) {
    if (node.op == Op::state) weights.tensors.push_back({node.name, first_value(graph, node)});
  }
  return weights;
}

using Types = std::vector<std::string>;

}  // namespace

TEST_SUITE_BEGIN("onnx");

TEST_CASE("protobuf: the bytes of the format's own examples") {
  ProtoMessage message;
  message.integer(1, 150);
  message.text(2, "testing");
  message.integer(3, -1);
  message.number(4, 1.5F);
  ProtoMessage child;
  child.integer(1, 150);
  message.message(5, child);
  const std::vector<uint8_t> wanted = {0x08, 0x96, 0x01, 0x12, 0x07, 't',  'e',  's',  't',
                                       'i',  'n',  'g',  0x18, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0x01, 0x25, 0x00, 0x00, 0xc0,
                                       0x3f, 0x2a, 0x03, 0x08, 0x96, 0x01};
  REQUIRE(message.bytes().size() == wanted.size());
  CHECK(std::memcmp(message.bytes().data(), wanted.data(), wanted.size()) == 0);
}

TEST_CASE("onnx: a linear layer with its weights, shapes and metadata") {
  Graph graph;
  const Value x = graph.input("x", {2, 3});
  (void)graph.input("unused", {5});
  const Value w = graph.state("w", Tensor({3, 1}, {1, 2, 3}));
  const Value b = graph.state("b", Tensor({1}, {0.5F}));
  graph.output("y", matmul(x, w) + b);
  SafeTensors weights = weights_of(graph);
  weights.tensors[0].tensor[0] = -1;  // the file's values count, not the graph's first ones
  weights.metadata = {{"architecture", "test"}};

  const Parsed model = parse(to_onnx(graph, weights));
  CHECK(model.integer(1) == 8);
  CHECK(model.text(2) == "rivulet");
  CHECK(parse(model.text(8)).integer(2) == 17);
  CHECK(parse(model.text(14)).text(1) == "architecture");
  CHECK(parse(model.text(14)).text(2) == "test");

  const Parsed proto = parse(model.text(7));
  REQUIRE(proto.all(1).size() == 2);
  const Parsed product = parse(proto.all(1)[0]);
  CHECK(product.all(1) == Types{"x", "w"});
  CHECK(parse(proto.all(1)[1]).all(2) == Types{"y"});

  REQUIRE(proto.all(5).size() == 2);
  const Parsed tensor = parse(proto.all(5)[0]);
  CHECK(tensor.text(8) == "w");
  CHECK(tensor.integer(2) == 1);
  CHECK(tensor.integers.count(1) == 2);
  const float values[] = {-1, 2, 3};
  REQUIRE(tensor.text(9).size() == sizeof values);
  CHECK(std::memcmp(tensor.text(9).data(), values, sizeof values) == 0);

  REQUIRE(proto.all(11).size() == 1);  // what nothing reads is left out
  const Parsed input = parse(proto.text(11));
  CHECK(input.text(1) == "x");
  const Parsed type = parse(parse(input.text(2)).text(1));
  CHECK(type.integer(1) == 1);
  const std::vector<std::string> extents = parse(type.text(2)).all(1);
  REQUIRE(extents.size() == 2);
  CHECK(parse(extents[0]).integer(1) == 2);
  CHECK(parse(extents[1]).integer(1) == 3);
}

TEST_CASE("onnx: composites become one operation") {
  const auto types = [](auto build) {
    Graph graph;
    nn::Params params(graph, 1);
    const Value x = graph.input("x", {2, 4, 8});
    graph.output("y", build(params, x));
    return op_types(to_onnx(graph, weights_of(graph)));
  };
  CHECK(types([](nn::Params&, Value x) { return mean(x, {1}); }) == Types{"ReduceMean"});
  CHECK(types([](nn::Params&, Value x) { return nn::layer_norm(x); }) ==
        Types{"LayerNormalization"});
  CHECK(types([](nn::Params& p, Value x) { return nn::layer_norm(p, "n", x); }) ==
        Types{"LayerNormalization"});
  CHECK(types([](nn::Params&, Value x) { return gelu(x); }) ==
        Types{"Div", "Erf", "Add", "Mul", "Mul"});
  CHECK(types([](nn::Params& p, Value x) { return nn::linear(p, "l", x, 3); }) ==
        Types{"MatMul", "Add"});
  CHECK(types([](nn::Params&, Value x) {
          return slice(x, 2, 0, 3) * 2.0F + slice(x, 2, 3, 3) * slice(x, 2, 5, 3);
        }).front() == "Slice");  // parts that overlap are no split
  CHECK(types([](nn::Params&, Value x) {
          const Value last = slice(x, 2, 4, 4);  // made before the first
          return last - slice(x, 2, 0, 4);
        }) == Types{"Split", "Sub"});
}

TEST_CASE("onnx: broadcasts are left to what reads them, and expanded where a shape is needed") {
  Graph graph;
  const Value row = graph.input("row", {3});
  const Value x = graph.input("x", {2, 3});
  const Value grown = broadcast(row, {2, 3});
  graph.output("sum", x + exp(grown) * 2.0F);
  graph.output("grown", grown);
  graph.output("same", x);
  CHECK(op_types(to_onnx(graph, {})) == Types{"Exp", "Mul", "Add", "Expand", "Identity"});
}

TEST_CASE("onnx: what grows along several axes at once is not expanded before") {
  for (const bool row_first : {false, true}) {
    Graph graph;
    const Value row = graph.input("row", {1, 2, 1, 4});
    const Value column = graph.input("column", {5, 1, 3, 1});
    graph.output("sum", row_first ? row + column : column + row);
    CHECK(op_types(to_onnx(graph, {})) == Types{"Add"});
  }
}

TEST_CASE("onnx: a softmax is over the last axis, which few formats agree upon") {
  Graph graph;
  graph.output("y", softmax(graph.input("x", {2, 3, 4})));
  const Parsed node = parse(parse(parse(to_onnx(graph, {})).text(7)).text(1));
  const Parsed attribute = parse(node.text(5));
  CHECK(node.text(4) == "Softmax");
  CHECK(attribute.text(1) == "axis");
  CHECK(attribute.integer(3) == -1);
}

TEST_CASE("onnx: every operation of inference, in an order that runs") {
  Graph graph;
  const Value x = graph.input("x", {4, 4});
  const Value index = graph.input("index", {2});
  Value y = neg(abs(sign(x))) + step(x) + floor(x) + exp(x) + log(x) + sqrt(x) + rsqrt(x);
  y = y + reciprocal(x) + square(x) + sin(x) + cos(x) + tanh(x) + sigmoid(x) + erf(x);
  y = maximum(y, minimum(x, y)) / (x - 3.0F) + less(x, y) + select(less(x, y), x, y);
  y = select(x, y, stop_gradient(x)) + transpose(x, {1, 0}) + max(x, {0}) + sum(x, {1});
  y = y + softmax(matmul(x, y, {.transpose_a = true, .transpose_b = true}));
  y = concat({slice(y, 0, 1, 2), gather(y, index)}, 0) + slice(pad(y, 1, 1, 2), 1, 0, 4);
  graph.output("y", reshape(y, {16}));
  const Types types = op_types(to_onnx(graph, {}));
  for (const char* type : {"Neg", "Greater", "Where", "Gather", "Pad", "Concat", "ReduceMax"}) {
    CHECK(std::ranges::find(types, type) != types.end());
  }
}

TEST_CASE("onnx: sorting and sums by index") {
  Graph graph;
  const Value x = graph.input("x", {4, 3});
  graph.output("order", argsort(x));
  graph.output("sums", scatter_add(x, graph.input("index", {4}), 5));
  const Types types = op_types(to_onnx(graph, {}));
  for (const char* type : {"TopK", "Expand", "ScatterElements"}) {
    CHECK(std::ranges::find(types, type) != types.end());
  }
}

TEST_CASE("onnx: all places of the last axis are sorted, whatever stands before it") {
  Graph graph;
  graph.output("order", argsort(graph.input("x", {2, 3, 4})));
  const Parsed count = parse(parse(parse(to_onnx(graph, {})).text(7)).text(5));
  int64_t places = 0;
  REQUIRE(count.text(9).size() == sizeof places);
  std::memcpy(&places, count.text(9).data(), sizeof places);
  CHECK(places == 4);
}

TEST_CASE("onnx: a product of what is turned stays one, also between reshapes") {
  for (const bool turned : {false, true}) {
    Graph graph;
    const Value rows = reshape(graph.input("x", {2, 3, 4}), {6, 4});
    const Value w = graph.input("w", {turned ? 6 : 4, 5});
    const Value y = matmul(rows, w, {.transpose_a = turned});
    graph.output("y", reshape(y, turned ? Shape{2, 2, 5} : Shape{2, 3, 5}));
    const Types types = op_types(to_onnx(graph, {}));
    CHECK((std::ranges::find(types, "Transpose") != types.end()) == turned);
    CHECK((std::ranges::find(types, "Reshape") != types.end()) == turned);
  }
}

TEST_CASE("onnx: what cannot be exported is told by name") {
  const auto refusal = [](auto build, SafeTensors weights = {}) {
    Graph graph;
    build(graph);
    try {
      (void)to_onnx(graph, weights);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal([](Graph& g) {
          g.output("y", grouped_matmul(g.input("x", {2, 3}), g.input("w", {1, 3, 4}),
                                       g.input("ends", {1})));
        }).find("grouped_matmul") != std::string::npos);
  CHECK(refusal([](Graph& g) {
          const Value w = g.state("w", Tensor({2}));
          g.update(w, w * 2.0F);
          g.output("y", w);
        }).find("updates") != std::string::npos);
  const auto reads_state = [](Graph& g) { g.output("y", exp(g.state("w", Tensor({2})))); };
  CHECK(refusal(reads_state).find('w') != std::string::npos);
  CHECK(refusal(reads_state, {.metadata = {}, .tensors = {{"w", Tensor({3})}}}).find("(3)") !=
        std::string::npos);
  CHECK(refusal([](Graph& g) { g.output("%1", g.input("x", {2})); }).find("%1") !=
        std::string::npos);
  CHECK(refusal([](Graph& g) { g.output("x", exp(g.input("x", {2}))); }).find("'x'") !=
        std::string::npos);
}

TEST_SUITE_END();
