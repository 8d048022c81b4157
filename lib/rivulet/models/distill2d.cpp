#include "rivulet/models/distill2d.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"
#include "rivulet/nn/mlp2d.h"

namespace rivulet::models {
namespace {

constexpr uint64_t centres_seed = 20;

nn::Mlp2dConfig net_of(const Distill2dConfig& config) {
  return {.width = config.width, .depth = config.depth};
}

/// Weights are states of a program.
std::vector<std::string> names_of(const nn::Params& params) {
  std::vector<std::string> names;
  for (const nn::Param& param : params.all()) names.push_back(param.name);
  return names;
}

void write(Program& program, std::span<const std::string> names, const io::SafeTensors& weights) {
  for (const std::string& name : names) program.write(name, weights.at(name).span());
}

void write(Program& program, const char* name, float value) {
  program.write(name, std::span<const float>(&value, 1));
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

Mixture2d mixture2d(const Distill2dConfig& config, const data::Target2d& target) {
  if (config.gaussian) return {.centres = {0, 0}, .deviation = 1};
  Mixture2d data{.centres = {}, .deviation = config.deviation};
  for (const data::Point& mode : target.modes()) {
    data.centres.insert(data.centres.end(), {mode.x, mode.y});
  }
  if (!data.centres.empty()) return data;
  data.centres.resize(static_cast<size_t>(2 * config.centres));
  Rng rng(centres_seed);
  target.sample(rng, data.centres);
  return data;
}

void Mixture2d::sample(Rng& rng, std::span<float> xy) const {
  rng.normal(xy);
  for (size_t i = 0; i < xy.size(); i += 2) {
    const size_t k = rng.below(static_cast<uint32_t>(centres.size() / 2));
    for (size_t axis = 0; axis < 2; ++axis) {
      xy[i + axis] = centres[2 * k + axis] + deviation * xy[i + axis];
    }
  }
}

float Mixture2d::spread() const { return std::hypot(spread_of(centres), deviation); }

float spread_of(std::span<const float> xy) {
  const auto n = static_cast<double>(xy.size()) / 2;
  double squares = 0;
  std::array<double, 2> sums{};
  for (size_t i = 0; i < xy.size(); ++i) {
    sums[i % 2] += xy[i];
    squares += static_cast<double>(xy[i]) * xy[i];
  }
  const double off = (sums[0] * sums[0] + sums[1] * sums[1]) / (n * n);
  return static_cast<float>(std::sqrt(std::max(squares / n - off, 0.0) / 2));
}

Distill2dSampler::Distill2dSampler(const Distill2dConfig& config, int points, const Device& device,
                                   const CompileOptions& options)
    : program_([&] {
        validate(config);
        Graph graph;
        nn::Params weights(graph, 1);
        graph.output("samples", generator2d(config, weights, graph.input("z", {points, 2})));
        names_ = names_of(weights);
        return compile(graph, device, options);
      }()) {}

void Distill2dSampler::load(const io::SafeTensors& weights) { write(program_, names_, weights); }

std::span<const float> Distill2dSampler::run(std::span<const float> z) {
  program_.write("z", z);
  program_.run();
  return program_.read("samples");
}

Distill2dMap::Distill2dMap(const Distill2dConfig& config, const data::Target2d& target, int points,
                           const Device& device, const CompileOptions& options)
    : program_([&] {
        validate(config);
        Graph graph;
        nn::Params weights(graph, 1);
        const Value x_t = graph.input(input::x, {points, 2});
        const Level level{.abar = graph.input("abar", {1, 1}),
                          .bbar = graph.input("bbar", {1, 1}),
                          .t = graph.input(input::t, {1, 1})};
        const Mixture2d data = mixture2d(config, target);
        const EpsPrediction phi = mixture_teacher(data.centres, 2, data.deviation);
        graph.output("teacher", phi(x_t, level));
        graph.output("fake", fake2d(config, weights, x_t, level));
        names_ = names_of(weights);
        return compile(graph, device, options);
      }()) {}

void Distill2dMap::load(const io::SafeTensors& weights) { write(program_, names_, weights); }

void Distill2dMap::run(std::span<const float> x_t, float u) {
  const NoiseLevel level = cosine_level(u);
  program_.write(input::x, x_t);
  write(program_, "abar", level.abar);
  write(program_, "bbar", level.bbar);
  write(program_, input::t, 1 - u);
  program_.run();
}

}  // namespace rivulet::models
