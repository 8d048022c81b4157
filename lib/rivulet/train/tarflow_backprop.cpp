#include "rivulet/train/tarflow_backprop.h"

#include <algorithm>
#include <array>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"
#include "rivulet/nn/tarflow_block.h"

namespace rivulet::train {
namespace {

using nn::Direction;

struct Weight {
  std::string name;
  std::vector<float> value;
  std::vector<float> gradient;  // of the last run
};

Value labels_of(Graph& graph, const nn::TarflowConfig& config, int64_t batch) {
  return models::labels_input(graph, batch, config.classes);
}

Shape shape_of(const nn::TarflowConfig& config, int64_t batch) {
  return {batch, config.tokens, config.dims};
}

void output_gradients(Graph& graph, const nn::Params& params, std::span<const Value> gradients) {
  for (size_t i = 0; i < params.all().size(); ++i) {
    graph.output("d " + params.all()[i].name, gradients[i]);
  }
}

Program whole_step(const nn::TarflowConfig& config, int64_t batch, const Device& device,
                   const CompileOptions& options) {
  Graph graph;
  nn::Params params(graph, 0);
  const Value x = graph.input("x", shape_of(config, batch));
  const Value loss =
      nn::tarflow_loss(nn::tarflow(config, params, x, labels_of(graph, config, batch)));
  graph.output("loss", loss);
  output_gradients(graph, params, grad(loss, params.values()));
  return compile(graph, device, options);
}

/// A block's tokens, and what its alpha adds to the loss.
Program forward_step(const nn::TarflowConfig& config, int block, int64_t batch,
                     const Device& device, const CompileOptions& options) {
  Graph graph;
  nn::Params params(graph, 0);
  const Value from = graph.input("from", shape_of(config, batch));
  const nn::Passed passed = nn::tarflow_block(config, params, block, Direction::to_noise, from,
                                              labels_of(graph, config, batch));
  graph.output("to", passed.to);
  graph.output("loss", sum(passed.alpha) / static_cast<float>(from.shape().numel()));
  return compile(graph, device, options);
}

/// A block on the way back: leaves through which gradients reach what it was given, and its
/// results.
struct Again {
  std::vector<Value> leaves;
  nn::Passed passed;
};

/// Half of each token passes unchanged, so the network that inverts is the one whose gradient is
/// wanted: it is evaluated once. What it was given is inverted before gradients are taken, so that
/// they reach `to` by what steers alone.
Again from_halves(const nn::TarflowConfig& config, nn::Params& params, int block, Value to,
                  Value labels) {
  const nn::Affine affine = nn::tarflow_affine(config, params, block, to, labels);
  const Value from = stop_gradient(nn::coupled(Direction::to_data, to, affine));
  return {.leaves = {from, to},
          .passed = {.to = nn::coupled(Direction::to_noise, from, affine), .alpha = affine.alpha}};
}

Again from_tokens(const nn::TarflowConfig& config, nn::Params& params, int block, Value from,
                  Value labels) {
  return {.leaves = {from},
          .passed = nn::tarflow_block(config, params, block, Direction::to_noise, from, labels)};
}

/// Gradients of a block from that of what it made, `g`; of what it was given: "from" and "d from".
Program backward_step(const nn::TarflowConfig& config, int block, int64_t batch, Kept kept,
                      const Device& device, const CompileOptions& options) {
  Graph graph;
  nn::Params params(graph, 0);
  const Shape shape = shape_of(config, batch);
  const Value labels = labels_of(graph, config, batch);
  const Value g = graph.input("g", shape);
  Again again;
  if (kept == Kept::inputs) {
    again = from_tokens(config, params, block, graph.input("from", shape), labels);
  } else if (config.given == nn::Given::half_of_a_token) {
    again = from_halves(config, params, block, graph.input("to", shape), labels);
  } else {
    const Value to = graph.input("to", shape);
    const nn::Passed back =
        nn::tarflow_block(config, params, block, Direction::to_data, to, labels);
    again = from_tokens(config, params, block, stop_gradient(back.to), labels);
  }
  if (kept == Kept::nothing) graph.output("from", again.leaves.front());
  const std::array<Value, 2> results{again.passed.to, again.passed.alpha};
  const float share = 1.0F / static_cast<float>(shape.numel());
  const std::array<Value, 2> cotangents{g, graph.fill(again.passed.alpha.shape(), share)};
  std::vector<Value> wrt = params.values();
  wrt.insert(wrt.end(), again.leaves.begin(), again.leaves.end());
  const std::vector<Value> gradients = vjp(results, cotangents, wrt);
  output_gradients(graph, params, gradients);
  Value given = gradients[params.all().size()];
  if (again.leaves.size() > 1) given = given + gradients.back();
  graph.output("d from", given);
  return compile(graph, device, options);
}

std::vector<Weight> first_weights(const nn::TarflowConfig& config, uint64_t seed) {
  Graph graph;
  nn::Params params(graph, seed);
  (void)nn::tarflow(config, params, graph.input("x", shape_of(config, 1)),
                    labels_of(graph, config, 1));
  std::vector<Weight> weights;
  for (const nn::Param& param : params.all()) {
    const Tensor first = first_value(graph, param.value.node());
    weights.push_back({.name = param.name,
                       .value = {first.span().begin(), first.span().end()},
                       .gradient = std::vector<float>(first.span().size())});
  }
  return weights;
}

}  // namespace

struct TarflowBackprop::Impl {
  nn::TarflowConfig config;
  int64_t batch;
  Kept kept;
  std::vector<Weight> weights;
  // One each, or one for blocks of even and one for those of odd number, that read backwards.
  std::vector<Program> forward = {};
  std::vector<Program> backward = {};
  std::vector<float> tokens = {};  // between two blocks
  std::vector<float> g = {};       // their gradient
  std::vector<std::vector<float>> inputs = {};

  Weight& weight(std::string_view name);
  [[nodiscard]] size_t of(int block) const { return static_cast<size_t>(block) % forward.size(); }
  void take_turn(Program& program, int block, std::span<const float> labels);
  void keep_gradients(const Program& program, int block);
  float whole(std::span<const float> x, std::span<const float> labels);
  float there(std::span<const float> x, std::span<const float> labels);
  void back(std::span<const float> labels);
  /// f(weight, its name in the programs), of the weights of a block.
  template <typename F>
  void each_weight(int block, const F& f) {
    const std::string prefix = "block." + std::to_string(block) + ".";
    const std::string shared = "block." + std::to_string(of(block)) + ".";
    for (Weight& weight : weights) {
      if (weight.name.starts_with(prefix)) f(weight, shared + weight.name.substr(prefix.size()));
    }
  }
};

Weight& TarflowBackprop::Impl::weight(std::string_view name) {
  const auto found = std::ranges::find(weights, name, &Weight::name);
  if (found == weights.end()) fail("tarflow", "there is no weight '" + std::string(name) + "'");
  return *found;
}

/// A program becomes that of this block.
void TarflowBackprop::Impl::take_turn(Program& program, int block, std::span<const float> labels) {
  each_weight(block, [&](const Weight& weight, const std::string& name) {
    if (program.contains(name)) program.write(name, weight.value);
  });
  models::write_labels(program, labels);
}

void TarflowBackprop::Impl::keep_gradients(const Program& program, int block) {
  each_weight(block, [&](Weight& weight, const std::string& name) {
    std::ranges::copy(program.read("d " + name), weight.gradient.begin());
  });
}

float TarflowBackprop::Impl::whole(std::span<const float> x, std::span<const float> labels) {
  Program& program = forward.front();
  for (const Weight& weight : weights) {
    if (program.contains(weight.name)) program.write(weight.name, weight.value);
  }
  models::write_labels(program, labels);
  program.write("x", x);
  program.run();
  return program.scalar("loss");
}

float TarflowBackprop::Impl::there(std::span<const float> x, std::span<const float> labels) {
  std::ranges::copy(x, tokens.begin());
  double loss = 0;
  for (int block = 0; block < config.blocks; ++block) {
    Program& program = forward[of(block)];
    take_turn(program, block, labels);
    if (kept == Kept::inputs) inputs[static_cast<size_t>(block)] = tokens;
    program.write("from", tokens);
    program.run();
    loss += double{program.scalar("loss")};
    std::ranges::copy(program.read("to"), tokens.begin());
  }
  const auto share = 1 / static_cast<float>(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    loss += 0.5 * double{tokens[i]} * double{tokens[i]} * double{share};
    g[i] = tokens[i] * share;
  }
  return static_cast<float>(loss);
}

void TarflowBackprop::Impl::back(std::span<const float> labels) {
  for (int block = config.blocks - 1; block >= 0; --block) {
    Program& program = backward[of(block)];
    take_turn(program, block, labels);
    if (kept == Kept::inputs) program.write("from", inputs[static_cast<size_t>(block)]);
    if (kept == Kept::nothing) program.write("to", tokens);
    program.write("g", g);
    program.run();
    std::ranges::copy(program.read("d from"), g.begin());
    if (kept == Kept::nothing) std::ranges::copy(program.read("from"), tokens.begin());
    keep_gradients(program, block);
  }
}

TarflowBackprop::TarflowBackprop(const nn::TarflowConfig& config, int64_t batch, Kept kept,
                                 uint64_t seed, const Device& device, const CompileOptions& options)
    : impl_(std::make_unique<Impl>(Impl{.config = config,
                                        .batch = batch,
                                        .kept = kept,
                                        .weights = first_weights(config, seed)})) {
  Impl& self = *impl_;
  if (kept == Kept::activations) {
    self.forward.push_back(whole_step(config, batch, device, options));
    return;
  }
  const int kinds = std::min(config.alternate ? 2 : 1, config.blocks);
  for (int block = 0; block < kinds; ++block) {
    self.forward.push_back(forward_step(config, block, batch, device, options));
    self.backward.push_back(backward_step(config, block, batch, kept, device, options));
  }
  self.tokens.resize(static_cast<size_t>(shape_of(config, batch).numel()));
  self.g.resize(self.tokens.size());
  if (kept == Kept::inputs) self.inputs.assign(static_cast<size_t>(config.blocks), self.tokens);
}
TarflowBackprop::TarflowBackprop(TarflowBackprop&&) noexcept = default;
TarflowBackprop& TarflowBackprop::operator=(TarflowBackprop&&) noexcept = default;
TarflowBackprop::~TarflowBackprop() = default;

std::vector<std::string> TarflowBackprop::names() const {
  std::vector<std::string> names;
  for (const Weight& weight : impl_->weights) names.push_back(weight.name);
  return names;
}

void TarflowBackprop::write(std::string_view name, std::span<const float> values) {
  Weight& weight = impl_->weight(name);
  if (values.size() != weight.value.size()) {
    fail("tarflow", std::to_string(values.size()) + " numbers for '" + weight.name + "' of " +
                        std::to_string(weight.value.size()));
  }
  std::ranges::copy(values, weight.value.begin());
}

float TarflowBackprop::run(std::span<const float> x, std::span<const float> labels) {
  Impl& self = *impl_;
  if (self.kept == Kept::activations) return self.whole(x, labels);
  const float loss = self.there(x, labels);
  self.back(labels);
  return loss;
}

std::span<const float> TarflowBackprop::gradient(std::string_view name) const {
  if (impl_->kept == Kept::activations) {
    return impl_->forward.front().read("d " + std::string(name));
  }
  return impl_->weight(name).gradient;
}

int64_t TarflowBackprop::bytes() const {
  const Impl& self = *impl_;
  int64_t bytes = 0;
  for (const Program& program : self.forward) bytes += program.arena_bytes();
  for (const Program& program : self.backward) bytes += program.arena_bytes();
  size_t floats = self.tokens.size() + self.g.size();
  for (const std::vector<float>& input : self.inputs) floats += input.size();
  // In the ordinary step they are results of the program.
  if (self.kept != Kept::activations) {
    for (const Weight& weight : self.weights) floats += weight.gradient.size();
  }
  return bytes + static_cast<int64_t>(floats * sizeof(float));
}

}  // namespace rivulet::train
