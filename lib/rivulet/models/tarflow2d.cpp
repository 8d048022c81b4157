#include "rivulet/models/tarflow2d.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"

namespace rivulet::models {
namespace {

Program forward_program(const nn::TarflowConfig& net, int64_t points, const Device& device,
                        const CompileOptions& options) {
  Graph graph;
  nn::Params params(graph, 0);
  const nn::Flowed flowed = nn::tarflow(net, params, graph.input("x", {points, 2, 1}), {});
  graph.output("states", concat(flowed.x, 0));  // [(T+1)*points,2,1]
  graph.output("log_q", nn::log_density(flowed));
  return compile(graph, device, options);
}

/// Blocks T-1..0, each of which takes its input from outside where `enters` is 1.
Program back_program(const nn::TarflowConfig& net, int64_t points, const Device& device,
                     const CompileOptions& options) {
  Graph graph;
  nn::Params params(graph, 0);
  const Value xy = graph.input("xy", {points, 2, 1});
  const Value enters = graph.input("enters", {net.blocks});
  Value at = xy;
  for (int block = net.blocks - 1; block >= 0; --block) {
    const Value here = slice(enters, 0, block, 1);
    at = at + here * (xy - at);
    // The coordinate that steers the block is the same on both sides of it.
    const nn::Affine affine = nn::tarflow_affine(net, params, block, at, {});
    at = at * exp(affine.alpha) + affine.mu;
  }
  graph.output("x", at);
  return compile(graph, device, options);
}

Program conditional_program(const nn::TarflowConfig& net, int64_t points, const Device& device,
                            const CompileOptions& options) {
  Graph graph;
  nn::Params params(graph, 0);
  const Value u = graph.input("u", {points, 1, 1});
  const Value both = concat({u, u}, 1);
  std::vector<Value> mu;
  std::vector<Value> scale;
  for (int block = 0; block < net.blocks; ++block) {
    const nn::Affine affine = nn::tarflow_affine(net, params, block, both, {});
    const int64_t moved = net.backwards(block) ? 0 : 1;
    mu.push_back(slice(affine.mu, 1, moved, 1));
    scale.push_back(exp(slice(affine.alpha, 1, moved, 1)));
  }
  graph.output("mu", concat(mu, 0));
  graph.output("scale", concat(scale, 0));
  return compile(graph, device, options);
}

}  // namespace

nn::TarflowConfig Tarflow2dConfig::net() const {
  return {.tokens = 2,
          .dims = 1,
          .blocks = blocks,
          .layers = {.width = width, .depth = depth, .heads = 1},
          .coupling = coupling,
          .direction = direction,
          .bound = 2,
          .alternate = alternate};
}

void validate(const Tarflow2dConfig& config) {
  need("tarflow", "blocks", config.blocks, 1, 16);
  need("tarflow", "width", config.width, 8, 256);
  need("tarflow", "depth", config.depth, 1, 4);
}

struct Tarflow2dMap::Impl {
  int points;
  int blocks;
  std::vector<std::string> names;  // of the weights
  Program forward;
  Program back;
  Program conditional;
};

Tarflow2dMap::Tarflow2dMap(const Tarflow2dConfig& config, int points, const Device& device,
                           const CompileOptions& options) {
  validate(config);
  need("tarflow", "points", points, 1, 1 << 16);
  const nn::TarflowConfig net = config.net();
  Program forward = forward_program(net, points, device, options);
  std::vector<std::string> names = forward.state_names();
  impl_ = std::make_unique<Impl>(
      Impl{.points = points,
           .blocks = config.blocks,
           .names = std::move(names),
           .forward = std::move(forward),
           .back = back_program(net, points, device, options),
           .conditional = conditional_program(net, points, device, options)});
}
Tarflow2dMap::Tarflow2dMap(Tarflow2dMap&&) noexcept = default;
Tarflow2dMap& Tarflow2dMap::operator=(Tarflow2dMap&&) noexcept = default;
Tarflow2dMap::~Tarflow2dMap() = default;

int Tarflow2dMap::points() const { return impl_->points; }

void Tarflow2dMap::load(const io::SafeTensors& weights) {
  for (const std::string& name : impl_->names) {
    const std::span<const float> values = weights.at(name).span();
    impl_->forward.write(name, values);
    impl_->back.write(name, values);
    impl_->conditional.write(name, values);
  }
}

void Tarflow2dMap::forward(std::span<const float> x, std::span<float> states,
                           std::span<float> log_q) {
  Program& program = impl_->forward;
  program.write("x", x);
  program.run();
  std::ranges::copy(program.read("states"), states.begin());
  std::ranges::copy(program.read("log_q"), log_q.begin());
}

void Tarflow2dMap::back(int from, std::span<float> xy) {
  need("tarflow", "block", from, 0, impl_->blocks);
  if (from == 0) return;
  std::vector<float> enters(static_cast<size_t>(impl_->blocks), 0.0F);
  enters[static_cast<size_t>(from - 1)] = 1;
  Program& program = impl_->back;
  program.write("xy", xy);
  program.write("enters", enters);
  program.run();
  std::ranges::copy(program.read("x"), xy.begin());
}

void Tarflow2dMap::conditionals(std::span<const float> u, std::span<float> mu,
                                std::span<float> scale) {
  Program& program = impl_->conditional;
  program.write("u", u);
  program.run();
  std::ranges::copy(program.read("mu"), mu.begin());
  std::ranges::copy(program.read("scale"), scale.begin());
}

}  // namespace rivulet::models
