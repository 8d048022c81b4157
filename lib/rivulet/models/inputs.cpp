#include "rivulet/models/inputs.h"

namespace rivulet::models {

Value labels_input(Graph& graph, int64_t rows, const std::vector<int>& classes) {
  if (classes.empty()) return {};
  return graph.input(input::labels, {rows, static_cast<int64_t>(classes.size())});
}

void write_labels(Program& program, std::span<const float> labels) {
  if (!labels.empty()) program.write(input::labels, labels);
}

}  // namespace rivulet::models
