#include "rivulet/models/tarflow_block.h"

#include <algorithm>
#include <string>

#include "rivulet/models/inputs.h"
#include "rivulet/models/weights.h"

namespace rivulet::models {
namespace {

/// What every block takes and gives.
struct Ports {
  Value x;
  Value labels;
  Value sharpness;
};

Ports ports_of(Graph& graph, const nn::TarflowConfig& config, int64_t rows, int64_t window) {
  return {.x = graph.input(input::x, {rows, window, config.dims}),
          .labels = labels_input(graph, rows, config.classes),
          .sharpness = graph.input("sharpness", {rows, 1, 1, 1})};
}

nn::Affine given_halves(Graph& graph, nn::Params& params, const nn::TarflowConfig& config,
                        int block, int64_t rows) {
  const Ports ports = ports_of(graph, config, rows, config.tokens);
  return nn::tarflow_affine(config, params, block, ports.x, ports.labels, ports.sharpness);
}

nn::Affine given_earlier_tokens(Graph& graph, nn::Params& params, const nn::TarflowConfig& config,
                                int block, int64_t rows, int64_t tokens) {
  const int64_t heads = config.layers.heads;
  const int64_t dims = config.layers.width / heads;
  const Ports ports = ports_of(graph, config, rows, tokens);
  nn::TarflowWindow window{.x = ports.x,
                           .position = graph.input("position", {tokens}),
                           .labels = ports.labels,
                           .sharpness = ports.sharpness,
                           .past = graph.input("past", {1}),
                           .keys = {},
                           .values = {}};
  for (int i = 0; i < config.layers.depth; ++i) {
    const std::string layer = std::to_string(i);
    window.keys.push_back(graph.input("keys." + layer, {rows, heads, dims, config.tokens}));
    window.values.push_back(graph.input("values." + layer, {rows, heads, config.tokens, dims}));
  }
  const nn::TarflowNext next = nn::tarflow_next(config, params, block, window);
  for (int i = 0; i < config.layers.depth; ++i) {
    const auto layer = static_cast<size_t>(i);
    graph.output("key." + std::to_string(i), next.keys[layer]);
    graph.output("value." + std::to_string(i), next.values[layer]);
  }
  return next.affine;
}

void find_memory(TarflowBlock& made, int depth) {
  Program& program = made.program;
  made.position = program.input("position");
  made.past = program.input("past");
  made.memory = program.shape("values.0");
  for (int i = 0; i < depth; ++i) {
    const std::string layer = std::to_string(i);
    made.keys.push_back(program.input("keys." + layer));
    made.values.push_back(program.input("values." + layer));
    made.key.push_back(program.read("key." + layer));
    made.value.push_back(program.read("value." + layer));
  }
}

}  // namespace

TarflowBlock compile_tarflow_block(const TarflowModel& model, const io::SafeTensors& file,
                                   int block, int64_t rows, int64_t window, const Device& device,
                                   const CompileOptions& options) {
  const nn::TarflowConfig config = model.config();
  const bool remembers = config.given == nn::Given::earlier_tokens;
  Graph graph;
  nn::Params params(graph, 0);
  const nn::Affine affine = remembers
                                ? given_earlier_tokens(graph, params, config, block, rows, window)
                                : given_halves(graph, params, config, block, rows);
  graph.output("mu", affine.mu);
  graph.output("alpha", affine.alpha);
  if (affine.triangular()) graph.output("lower", affine.lower);
  TarflowBlock made{.rows = rows,
                    .window = remembers ? window : config.tokens,
                    .program = compile_with_weights(graph, params, file, device, options)};
  made.x = made.program.input(input::x);
  if (!config.classes.empty()) made.labels = made.program.input(input::labels);
  made.sharpness = made.program.input("sharpness");
  made.mu = made.program.read("mu");
  made.alpha = made.program.read("alpha");
  if (affine.triangular()) made.lower = made.program.read("lower");
  if (remembers) find_memory(made, config.layers.depth);
  return made;
}

void remember(TarflowBlock& block, int64_t first, int64_t count) {
  if (block.keys.empty()) return;
  const int64_t heads = block.memory[0] * block.memory[1];
  const int64_t tokens = block.memory[2];
  const int64_t dims = block.memory[3];
  for (size_t layer = 0; layer < block.keys.size(); ++layer) {
    for (int64_t head = 0; head < heads; ++head) {
      for (int64_t i = 0; i < count; ++i) {
        const int64_t from = (head * block.window + i) * dims;
        std::copy_n(block.value[layer].begin() + from, dims,
                    block.values[layer].begin() + (head * tokens + first + i) * dims);
        auto to = block.keys[layer].begin() + head * dims * tokens + first + i;
        for (int64_t d = 0; d < dims; ++d) {
          to[d * tokens] = block.key[layer][static_cast<size_t>(from + d)];
        }
      }
    }
  }
}

void remember(TarflowBlock& to, const TarflowBlock& from) {
  for (size_t layer = 0; layer < to.keys.size(); ++layer) {
    std::ranges::copy(from.keys[layer], to.keys[layer].begin());
    std::ranges::copy(from.values[layer], to.values[layer].begin());
  }
}

}  // namespace rivulet::models
