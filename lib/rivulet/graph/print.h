// Graphs for people: text and Graphviz.
#pragma once

#include <string>

#include "rivulet/graph/graph.h"

namespace rivulet {

/// One line a live node: `%7 = matmul(%3, %5) : (64,128)`.
[[nodiscard]] std::string to_text(const Graph& graph);
/// Graphviz source, for `dot -Tsvg`.
[[nodiscard]] std::string to_dot(const Graph& graph);

}  // namespace rivulet
