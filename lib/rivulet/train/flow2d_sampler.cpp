#include <algorithm>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/models/inputs.h"
#include "rivulet/nn/mlp2d.h"
#include "rivulet/train/flow2d.h"

namespace rivulet::train {

struct Flow2dSampler::Impl {
  models::Method method;
  int points;
  std::vector<std::string> names;  // of the weights, in the order of Weights::tensors
  Program program;
  std::vector<float> scratch;

  static Impl make(const Flow2dConfig& config, int points, const Device& device,
                   const CompileOptions& options);
};

Flow2dSampler::Impl Flow2dSampler::Impl::make(const Flow2dConfig& config, int points,
                                              const Device& device, const CompileOptions& options) {
  validate(config);
  if (points < 1) fail("sampler", "needs at least one point, not " + std::to_string(points));
  Graph graph;
  nn::Params params(graph, config.seed);
  const Value x = graph.input(models::input::x, {points, 2});
  const Value t = graph.input(models::input::t, {1, 1});
  const Value d = graph.input(models::input::d, {1, 1});
  const nn::Mlp2dConfig net{.width = config.width, .depth = config.depth};
  graph.output("v", nn::mlp2d(net, params, x, t, d));  // [points,2]
  std::vector<std::string> names;
  for (const nn::Param& param : params.all()) names.push_back(param.name);
  return {.method = config.method,
          .points = points,
          .names = std::move(names),
          .program = compile(graph, device, options),
          .scratch = std::vector<float>(static_cast<size_t>(points) * 2)};
}

Flow2dSampler::Flow2dSampler(const Flow2dConfig& config, int points, const Device& device,
                             const CompileOptions& options)
    : impl_(std::make_unique<Impl>(Impl::make(config, points, device, options))) {}
Flow2dSampler::Flow2dSampler(Flow2dSampler&&) noexcept = default;
Flow2dSampler& Flow2dSampler::operator=(Flow2dSampler&&) noexcept = default;
Flow2dSampler::~Flow2dSampler() = default;

void Flow2dSampler::load(const Weights& weights) {
  if (weights.tensors.size() != impl_->names.size()) {
    fail("sampler", std::to_string(weights.tensors.size()) + " tensors of weights, " +
                        std::to_string(impl_->names.size()) + " needed");
  }
  for (size_t i = 0; i < impl_->names.size(); ++i) {
    impl_->program.write(impl_->names[i], weights.tensors[i]);
  }
}

void Flow2dSampler::load(const io::SafeTensors& checkpoint) {
  for (const std::string& name : impl_->names) {
    impl_->program.write(name, checkpoint.at(name).span());
  }
}

void Flow2dSampler::velocity(std::span<const float> xy, float t, float d, std::span<float> v) {
  if (v.size() != xy.size()) fail("sampler", "as many velocities as points are needed");
  impl_->program.write(models::input::x, xy);
  impl_->program.write(models::input::t, {&t, 1});
  impl_->program.write(models::input::d, {&d, 1});
  impl_->program.run();
  std::ranges::copy(impl_->program.read("v"), v.begin());
}

void Flow2dSampler::advance(std::span<float> xy, int step, int n) {
  if (n < 1 || step < 0 || step >= n) {
    fail("sampler", "there is no step " + std::to_string(step) + " of " + std::to_string(n));
  }
  const auto call = [this](std::span<const float> x, float t, float d, std::span<float> v) {
    velocity(x, t, d, v);
  };
  models::euler_step(impl_->method, call, xy, impl_->scratch, step, n);
}

void Flow2dSampler::sample(std::span<float> xy, int n) {
  for (int i = 0; i < n; ++i) advance(xy, i, n);
}

int Flow2dSampler::points() const { return impl_->points; }

}  // namespace rivulet::train
