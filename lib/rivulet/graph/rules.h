// The rules that ops.def names. Internal to graph/.
#pragma once

#include <span>

#include "rivulet/graph/graph.h"

namespace rivulet::rules {

// Shape rules check a node's inputs and attributes and set (or check) its shape.
void shape_given(const Graph& graph, Node& node);
void shape_same(const Graph& graph, Node& node);
void shape_reshape(const Graph& graph, Node& node);
void shape_broadcast(const Graph& graph, Node& node);
void shape_transpose(const Graph& graph, Node& node);
void shape_slice(const Graph& graph, Node& node);
void shape_pad(const Graph& graph, Node& node);
void shape_concat(const Graph& graph, Node& node);
void shape_reduce(const Graph& graph, Node& node);
void shape_matmul(const Graph& graph, Node& node);
void shape_gather(const Graph& graph, Node& node);
void shape_scatter_add(const Graph& graph, Node& node);
void shape_attend(const Graph& graph, Node& node);

/// d(node)/d(input i), element by element, of a pointwise op with a derivative.
Value partial(Value node, int i);

}  // namespace rivulet::rules
