#include "rivulet/models/distill2d.h"

#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/mlp2d.h"

namespace rivulet::models {
namespace {

constexpr uint64_t centres_seed = 20;

nn::Mlp2dConfig net_of(const Distill2dConfig& config) {
  return {.width = config.width, .depth = config.depth};
}

}  // namespace

void validate(const Distill2dConfig& config) {
  constexpr auto where = "distill2d";
  need(where, "width", config.width, 8, 512);
  need(where, "depth", config.depth, 1, 8);
  need(where, "start", config.start, 0.05F, 6.0F);
  need(where, "centres", config.centres, 1, 4096);
  need(where, "deviation", config.deviation, 0.01F, 1.0F);
}

Value generator2d(const Distill2dConfig& config, nn::Params& weights, Value z) {
  const Value none = z.graph->fill({1, 1}, 0);
  return config.start * z + nn::mlp2d(net_of(config), weights, z, none, none);
}

Value fake2d(const Distill2dConfig& config, nn::Params& weights, Value x_t, const Level& level) {
  const Value variance = square(config.start * level.abar) + square(level.bbar);
  const Value none = x_t.graph->fill({1, 1}, 0);
  return level.bbar / variance * x_t + nn::mlp2d(net_of(config), weights, x_t, level.t, none);
}

std::vector<float> teacher_centres(const Distill2dConfig& config, const data::Target2d& target) {
  std::vector<float> centres;
  for (const data::Point& mode : target.modes()) {
    centres.push_back(mode.x);
    centres.push_back(mode.y);
  }
  if (!centres.empty()) return centres;
  centres.resize(static_cast<size_t>(2 * config.centres));
  Rng rng(centres_seed);
  target.sample(rng, centres);
  return centres;
}

void sample_mixture(std::span<const float> centres, float deviation, Rng& rng,
                    std::span<float> xy) {
  rng.normal(xy);
  for (size_t i = 0; i < xy.size(); i += 2) {
    const size_t k = rng.below(static_cast<uint32_t>(centres.size() / 2));
    for (size_t axis = 0; axis < 2; ++axis) {
      xy[i + axis] = centres[2 * k + axis] + deviation * xy[i + axis];
    }
  }
}

}  // namespace rivulet::models
