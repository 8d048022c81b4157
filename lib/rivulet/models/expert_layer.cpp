#include "rivulet/models/expert_layer.h"

#include <numbers>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/expert_geometry.h"
#include "rivulet/nn/layers.h"

namespace rivulet::models {
namespace {

constexpr int octaves = 2;  // of the waves
constexpr float first_norm =
    0.2F;  // what a rectified router predicts first: not 0, where it is dead

Value apply(RouterMap map, Value logits) {
  switch (map) {
    case RouterMap::softplus:
      return softplus(logits);
    case RouterMap::relu:
      return relu(logits + first_norm);
    case RouterMap::exponential:
      return exp(minimum(logits, logits.graph->fill(logits.shape(), 8)));
  }
  return logits;
}

Program program_of(const ExpertLayerConfig& config, int points, const Device& device,
                   const CompileOptions& options) {
  validate(config);
  need("experts", "points", points, 1, 1 << 16);
  Graph graph;
  nn::Params params(graph, 0);
  const ExpertLayer layer = expert_layer(config, params, graph.input("x", {points, 2}));
  graph.output("vectors", layer.vectors);
  graph.output("rho", layer.rho);
  return compile(graph, device, options);
}

}  // namespace

void validate(const ExpertLayerConfig& config) {
  need("experts", "experts", config.blocks, 1, most_experts);
  need("experts", "hidden", config.hidden, 12, 768);
  if (config.hidden % config.blocks != 0) {
    fail("experts", std::to_string(config.hidden) + " hidden units cannot be cut into " +
                        std::to_string(config.blocks) + " equal blocks");
  }
}

Value block_vectors(Value h, Value w, int n) {
  const int64_t rows = h.shape()[0];
  const int64_t units = h.shape()[1] / n;
  const int64_t outputs = w.shape()[1];
  const Value parts = transpose(reshape(h, {rows, n, units}), {1, 0, 2});   // [n,B,H/n]
  const Value v = matmul(parts, reshape(w, {int64_t{n}, units, outputs}));  // [n,B,D]
  return transpose(v, {1, 0, 2});                                           // [B,n,D]
}

ExpertLayer expert_layer(const ExpertLayerConfig& config, nn::Params& params, Value x) {
  const int n = config.blocks;
  const Value z = concat({x, nn::fourier_features(x, nn::plane_waves(octaves))}, 1);  // [B,Z]
  const Value h = relu(
      nn::linear(params, "in", z, config.hidden, {.gain = std::numbers::sqrt2_v<float>}));  // [B,H]
  const Value w = params.get("out.weight", {config.hidden, 2}, nn::Init::fan_in(config.hidden));
  const Value vectors = block_vectors(stop_gradient(h), stop_gradient(w), n);  // [B,n,2]
  const Value squares = sum(square(vectors), {2});                             // [B,n,1]
  return {.y = matmul(h, w),
          .vectors = vectors,
          .norms = sqrt(reshape(squares, {x.shape()[0], n})),
          .rho = apply(config.router, nn::linear(params, "router", z, n, {.gain = 0}))};
}

ExpertLayerMap::ExpertLayerMap(const ExpertLayerConfig& config, int points, const Device& device,
                               const CompileOptions& options)
    : points_(points), program_(program_of(config, points, device, options)) {}

void ExpertLayerMap::load(const io::SafeTensors& weights) {
  for (const std::string& name : program_.state_names()) {
    program_.write(name, weights.at(name).span());
  }
}

void ExpertLayerMap::run(std::span<const float> x) {
  program_.write("x", x);
  program_.run();
}

}  // namespace rivulet::models
