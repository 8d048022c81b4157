#include "rivulet/models/tarflow_block.h"

#include <string>

#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"

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

std::string keys_name(int layer) { return "keys." + std::to_string(layer); }
std::string values_name(int layer) { return "values." + std::to_string(layer); }

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
    window.keys.push_back(
        graph.state(keys_name(i), {rows, heads, dims, int64_t{config.tokens}}, filled(0)));
    window.values.push_back(
        graph.state(values_name(i), {rows, heads, int64_t{config.tokens}, dims}, filled(0)));
  }
  const nn::TarflowNext next = nn::tarflow_next(config, params, block, window);
  for (size_t i = 0; i < window.keys.size(); ++i) {
    const Value key = transpose(next.keys[i], {0, 1, 3, 2});  // [R,H,E,M]
    graph.update(window.keys[i], slice_update(window.keys[i], key, window.past, 3));
    graph.update(window.values[i], slice_update(window.values[i], next.values[i], window.past, 2));
  }
  return next.affine;
}

}  // namespace

TarflowBlock compile_tarflow_block(const TarflowModel& model, const io::SafeTensors& file,
                                   int block, int64_t rows, int64_t window, const Device& device,
                                   const CompileOptions& options) {
  const nn::TarflowConfig config = model.config();
  const bool remembers = config.given == nn::Given::earlier_tokens;
  Graph graph;
  nn::Params params(graph, file);
  const nn::Affine affine = remembers
                                ? given_earlier_tokens(graph, params, config, block, rows, window)
                                : given_halves(graph, params, config, block, rows);
  graph.output("mu", affine.mu);
  graph.output("alpha", affine.alpha);
  if (affine.triangular()) graph.output("lower", affine.lower);
  TarflowBlock made{.rows = rows,
                    .window = remembers ? window : config.tokens,
                    .program = compile(graph, device, options)};
  made.x = made.program.input(input::x);
  if (!config.classes.empty()) made.labels = made.program.input(input::labels);
  made.sharpness = made.program.input("sharpness");
  if (!remembers) return made;
  made.position = made.program.input("position");
  made.past = made.program.input("past");
  made.layers = config.layers.depth;
  return made;
}

void run(TarflowBlock& block) {
  block.program.run();
  block.mu = block.program.read("mu");
  block.alpha = block.program.read("alpha");
  if (block.program.contains("lower")) block.lower = block.program.read("lower");
}

void remember(TarflowBlock& to, const TarflowBlock& from) {
  for (int layer = 0; layer < to.layers; ++layer) {
    for (const std::string& name : {keys_name(layer), values_name(layer)}) {
      to.program.write(name, from.program.read(name));
    }
  }
}

}  // namespace rivulet::models
