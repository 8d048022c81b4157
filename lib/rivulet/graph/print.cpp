#include "rivulet/graph/print.h"

#include <charconv>

namespace rivulet {
namespace {

std::string number(float value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

std::string join(const Node& node) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  for (const int input : node.inputs) add("%" + std::to_string(input));
  if (!node.name.empty()) add("\"" + node.name + "\"");
  if (node.op == Op::fill) add(number(node.scalar));
  if (!node.ints.empty()) {
    std::string ints;
    for (const int64_t value : node.ints) ints += (ints.empty() ? "" : ",") + std::to_string(value);
    add("[" + ints + "]");
  }
  return text;
}

const char* colour(Op op) {
  switch (op) {
    case Op::input:
      return "#56b4e9";
    case Op::state:
      return "#e69f00";
    case Op::constant:
    case Op::fill:
      return "#dddddd";
    case Op::matmul:
      return "#009e73";
    case Op::sum:
    case Op::max:
    case Op::softmax:
      return "#cc79a7";
    default:
      return "#ffffff";
  }
}

// Quotes and backslashes in names must not end a Graphviz string.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

template <class Visit>
void for_each_live(const Graph& graph, const Visit& visit) {
  const std::vector<bool> live = live_nodes(graph);
  for (int i = 0; i < graph.size(); ++i) {
    if (live[static_cast<size_t>(i)]) visit(i, graph.node(i));
  }
}

}  // namespace

std::string to_text(const Graph& graph) {
  std::string text;
  for_each_live(graph, [&](int i, const Node& node) {
    text += "%" + std::to_string(i) + " = " + std::string(name_of(node.op)) + "(" + join(node) +
            ") : " + node.shape.str() + "\n";
  });
  for (const Output& output : graph.outputs()) {
    text += "output \"" + output.name + "\" = %" + std::to_string(output.value) + "\n";
  }
  for (const Update& update : graph.updates()) {
    text += "update \"" + graph.node(update.state).name + "\" <- %" + std::to_string(update.value) +
            "\n";
  }
  return text;
}

std::string to_dot(const Graph& graph) {
  std::string text =
      "digraph rivulet {\n  node [shape=box, style=filled, fontname=\"sans-serif\"];\n";
  for_each_live(graph, [&](int i, const Node& node) {
    const std::string id = "n" + std::to_string(i);
    std::string label = std::string(name_of(node.op));
    if (!node.name.empty()) label += " " + escaped(node.name);
    if (node.op == Op::fill) label += " " + number(node.scalar);
    text += "  " + id + " [label=\"" + label + "\\n" + node.shape.str() + "\", fillcolor=\"" +
            colour(node.op) + "\"];\n";
    for (const int input : node.inputs) text += "  n" + std::to_string(input) + " -> " + id + ";\n";
  });
  for (const Output& output : graph.outputs()) {
    text += "  \"out " + escaped(output.name) + "\" [shape=ellipse];\n  n" +
            std::to_string(output.value) + " -> \"out " + escaped(output.name) + "\";\n";
  }
  for (const Update& update : graph.updates()) {
    text += "  n" + std::to_string(update.value) + " -> n" + std::to_string(update.state) +
            " [style=dashed, label=\"update\", constraint=false];\n";
  }
  return text + "}\n";
}

}  // namespace rivulet
