// What of the ONNX format the exporter needs: a model as plain structs, and its bytes.
// https://onnx.ai/onnx/repo-docs/IR.html
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "rivulet/core/tensor.h"
#include "rivulet/io/bytes.h"

namespace rivulet::io::onnx {

inline constexpr int ir_version = 8;  ///< the pair that ONNX 1.12 (2022) brought
inline constexpr int opset = 17;

struct Attribute {
  std::string name;
  std::variant<int64_t, float, std::vector<int64_t>, std::string> value;
};

struct Node {
  std::string type;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<Attribute> attributes = {};
};

/// Constant data: floats of any shape, or a list of integers.
struct Initialiser {
  std::string name;
  std::variant<Tensor, std::vector<int64_t>> value;
};

/// An input or an output, of floats.
struct Port {
  std::string name;
  Shape shape;
};

struct Model {
  std::map<std::string, std::string> metadata;
  std::vector<Node> nodes;  ///< in an order in which they can run
  std::vector<Initialiser> initialisers;
  std::vector<Port> inputs;
  std::vector<Port> outputs;
};

/// A ModelProto.
[[nodiscard]] Bytes serialise(const Model& model);

}  // namespace rivulet::io::onnx
