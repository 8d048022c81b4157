#include "rivulet/io/onnx_model.h"

#include <bit>
#include <span>

#include "rivulet/io/protobuf.h"

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

namespace rivulet::io::onnx {
namespace {

// Numbers of fields and types, as onnx.proto has them.
enum ElementType : int64_t { type_float = 1, type_int64 = 7 };
enum AttributeType : int64_t {
  attribute_float = 1,
  attribute_int = 2,
  attribute_string = 3,
  attribute_ints = 7,
};

ProtoMessage attribute_proto(const Attribute& attribute) {
  ProtoMessage proto;
  proto.text(1, attribute.name);
  if (const auto* number = std::get_if<float>(&attribute.value)) {
    proto.number(2, *number);
    proto.integer(20, attribute_float);
  } else if (const auto* integer = std::get_if<int64_t>(&attribute.value)) {
    proto.integer(3, *integer);
    proto.integer(20, attribute_int);
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    proto.text(4, *text);
    proto.integer(20, attribute_string);
  } else {
    for (const int64_t i : std::get<std::vector<int64_t>>(attribute.value)) proto.integer(8, i);
    proto.integer(20, attribute_ints);
  }
  return proto;
}

ProtoMessage node_proto(const Node& node) {
  ProtoMessage proto;
  for (const std::string& input : node.inputs) proto.text(1, input);
  for (const std::string& output : node.outputs) proto.text(2, output);
  proto.text(3, node.outputs.front());  // the node's own name, for profiles
  proto.text(4, node.type);
  for (const Attribute& attribute : node.attributes) proto.message(5, attribute_proto(attribute));
  return proto;
}

ProtoMessage tensor_proto(const Initialiser& initialiser) {
  ProtoMessage proto;
  if (const auto* tensor = std::get_if<Tensor>(&initialiser.value)) {
    for (const int64_t extent : tensor->shape().dims()) proto.integer(1, extent);
    proto.integer(2, type_float);
    proto.text(8, initialiser.name);
    proto.bytes(9, std::as_bytes(tensor->span()));
  } else {
    const auto& integers = std::get<std::vector<int64_t>>(initialiser.value);
    proto.integer(1, static_cast<int64_t>(integers.size()));
    proto.integer(2, type_int64);
    proto.text(8, initialiser.name);
    proto.bytes(9, std::as_bytes(std::span(integers)));
  }
  return proto;
}

ProtoMessage value_info_proto(const Port& port) {
  ProtoMessage shape;
  for (const int64_t extent : port.shape.dims()) {
    ProtoMessage dimension;
    dimension.integer(1, extent);
    shape.message(1, dimension);
  }
  ProtoMessage tensor_type;
  tensor_type.integer(1, type_float);
  tensor_type.message(2, shape);
  ProtoMessage type;
  type.message(1, tensor_type);
  ProtoMessage proto;
  proto.text(1, port.name);
  proto.message(2, type);
  return proto;
}

ProtoMessage graph_proto(const Model& model) {
  ProtoMessage proto;
  for (const Node& node : model.nodes) proto.message(1, node_proto(node));
  proto.text(2, "rivulet");
  for (const Initialiser& each : model.initialisers) proto.message(5, tensor_proto(each));
  for (const Port& input : model.inputs) proto.message(11, value_info_proto(input));
  for (const Port& output : model.outputs) proto.message(12, value_info_proto(output));
  return proto;
}

}  // namespace

Bytes serialise(const Model& model) {
  ProtoMessage proto;
  proto.integer(1, ir_version);
  proto.text(2, "rivulet");
  proto.message(7, graph_proto(model));
  ProtoMessage operators;
  operators.text(1, "");  // the default domain
  operators.integer(2, opset);
  proto.message(8, operators);
  for (const auto& [key, value] : model.metadata) {
    ProtoMessage entry;
    entry.text(1, key);
    entry.text(2, value);
    proto.message(14, entry);
  }
  return proto.bytes();
}

}  // namespace rivulet::io::onnx
