#include "rivulet/models/experts2d.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"

namespace rivulet::models {
namespace {

/// `parts`: experts can be silenced from outside.
detail::CompiledExperts2d compiled(const Experts2dConfig& config, int points, const Device& device,
                                   const CompileOptions& options, bool parts) {
  validate(config);
  Graph graph;
  nn::Params params(graph, 1);
  nn::MoeTrace trace;
  if (parts) trace.enabled = graph.input("enabled", {1, config.experts.routed()});
  const Value x = graph.input(input::x, {points, 2});
  const Value t = graph.input(input::t, {points, 1});
  const Value d = graph.fill({points, 1}, 0);
  graph.output("v", nn::mlp2d(config.net(), params, x, t, d, &trace));
  graph.output("scores", trace.layers[0].scores);
  graph.output("gates", trace.layers[0].gates);
  std::vector<std::string> names;
  for (const nn::Param& param : params.all()) names.push_back(param.name);
  return {std::move(names), compile(graph, device, options)};
}

/// Every routed expert speaks, as loudly as the router says.
Experts2dConfig all_of(Experts2dConfig config) {
  nn::MoeConfig& experts = config.experts;
  experts.chosen = experts.experts;
  experts.gate = nn::GateNorm::none;
  experts.choice = nn::Choice::top_k;
  experts.balance = nn::Balance::none;
  return config;
}

void write(detail::CompiledExperts2d& of, const io::SafeTensors& weights) {
  for (const std::string& name : of.names) of.program.write(name, weights.at(name).span());
}

void run_at(Program& program, std::span<const float> xy, std::span<const float> t) {
  program.write(input::x, xy);
  program.write(input::t, t);
  program.run();
}

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

}  // namespace

nn::Mlp2dConfig Experts2dConfig::net() const {
  return {.width = width, .depth = 2, .experts = experts};
}

void validate(const Experts2dConfig& config) {
  nn::validate(config.experts);
  need("experts2d", "width", config.width, 8, 512);
}

std::string expert_tensor(std::string_view of) { return "hidden.1.moe." + std::string(of); }

Experts2dMap::Experts2dMap(const Experts2dConfig& config, int points, const Device& device,
                           const CompileOptions& options)
    : of_(compiled(config, points, device, options, false)) {}

void Experts2dMap::load(const io::SafeTensors& weights) { write(of_, weights); }

void Experts2dMap::run(std::span<const float> xy, std::span<const float> t) {
  run_at(of_.program, xy, t);
}

Experts2dParts::Experts2dParts(const Experts2dConfig& config, int points, const Device& device,
                               const CompileOptions& options)
    : experts_(config.experts.routed()),
      of_(compiled(all_of(config), points, device, options, true)) {}

void Experts2dParts::load(const io::SafeTensors& weights) { write(of_, weights); }

Experts2dParts::Parts Experts2dParts::run(std::span<const float> xy, std::span<const float> t) {
  std::vector<float> enabled(static_cast<size_t>(experts_), 0.0F);
  of_.program.write("enabled", enabled);
  run_at(of_.program, xy, t);
  Parts parts{
      .base = copy(of_.program.read("v")), .scores = copy(of_.program.read("scores")), .adds = {}};
  for (float& on : enabled) {
    on = 1;
    of_.program.write("enabled", enabled);
    of_.program.run();
    on = 0;
    const std::span<const float> v = of_.program.read("v");
    for (size_t i = 0; i < v.size(); ++i) parts.adds.push_back(v[i] - parts.base[i]);
  }
  return parts;
}

std::vector<float> true_velocity(std::span<const float> data, std::span<const float> xy,
                                 std::span<const float> t) {
  std::vector<float> out(xy.size());
  std::vector<double> logits(data.size() / 2);
  for (size_t i = 0; i < t.size(); ++i) {
    const double time = t[i];
    const double spread = 1 - time;  // of x_t about t x_1
    double most = -INFINITY;
    for (size_t j = 0; j < logits.size(); ++j) {
      const double dx = (xy[2 * i] - time * data[2 * j]) / spread;
      const double dy = (xy[2 * i + 1] - time * data[2 * j + 1]) / spread;
      logits[j] = -(dx * dx + dy * dy) / 2;
      most = std::max(most, logits[j]);
    }
    double sum = 0;
    double x1 = 0;
    double y1 = 0;
    for (size_t j = 0; j < logits.size(); ++j) {
      const double weight = std::exp(logits[j] - most);
      sum += weight;
      x1 += weight * data[2 * j];
      y1 += weight * data[2 * j + 1];
    }
    // x_1 - x_0 = (x_1 - x_t) / (1 - t)
    out[2 * i] = static_cast<float>((x1 / sum - xy[2 * i]) / spread);
    out[2 * i + 1] = static_cast<float>((y1 / sum - xy[2 * i + 1]) / spread);
  }
  return out;
}

}  // namespace rivulet::models
