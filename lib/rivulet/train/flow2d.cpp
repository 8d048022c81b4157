#include "rivulet/train/flow2d.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/mlp2d.h"
#include "rivulet/train/adamw.h"
#include "rivulet/train/couplings.h"
#include "rivulet/train/ema.h"
#include "rivulet/train/schedule.h"

namespace rivulet::train {
namespace {

using models::Method;

constexpr int64_t warmup_steps = 100;
const std::string averages_prefix = "ema.";

// Purposes of the random streams of a step.
enum : uint64_t { noise_stream, times_stream, data_stream, coupling_stream };

int64_t bootstrap_rows(const Flow2dConfig& config) {
  if (!models::has_self_consistency(config.method)) return 0;
  const auto rows = std::lround(config.bootstrap * static_cast<float>(config.batch));
  return std::clamp<int64_t>(rows, 0, config.batch - 1);
}

/// The training step: forward, backward, AdamW and averages. Returns the names of the weights.
std::vector<std::string> build(Graph& graph, const Flow2dConfig& config) {
  const int64_t batch = config.batch;
  const int64_t bootstrap = bootstrap_rows(config);
  nn::Params params(graph, config.seed);
  const nn::Mlp2dConfig net{.width = config.width, .depth = config.depth};
  const auto over = [net](nn::Params& weights) -> models::Velocity {
    return [net, &weights](Value x, Value t, Value d) { return nn::mlp2d(net, weights, x, t, d); };
  };

  models::FlowBatch rows{.x0 = graph.input("x0", {batch, 2}),
                         .x1 = graph.input("x1", {batch, 2}),
                         .t = graph.input("t", {batch, 1}),
                         .d = graph.input("d", {batch, 1}),
                         .split = {},
                         .bootstrap = bootstrap};
  if (config.method == Method::split_mean_flow && bootstrap > 0) {
    rows.split = graph.input("split", {bootstrap, 1});
  }
  const Value learning_rate = graph.input("learning_rate", {});
  const Value ema_decay = graph.input("ema_decay", {});

  const models::Velocity v = over(params);
  (void)v(rows.x0, rows.t, rows.d);  // makes the weights, whose averages the loss may need
  nn::Params averages = params.copy_states(averages_prefix);
  const float weight =
      config.self_weight > 0 ? config.self_weight : models::usual_self_weight(config.method);
  const models::FlowLoss loss = models::loss(config.method, v, over(averages), rows, weight);
  const AdamW optimiser{.beta2 = 0.99F, .weight_decay = config.weight_decay, .clip = 1};
  const AdamWStep step = adamw(optimiser, params, loss.total, learning_rate);
  update_averages(averages, step.params, ema_decay, step.finite);

  graph.output("loss", loss.total);
  graph.output("flow_loss", loss.flow);
  graph.output("self_loss", loss.self);
  graph.output("gradient_norm", step.gradient_norm);
  graph.output("finite", step.finite);
  std::vector<std::string> names;
  for (const nn::Param& param : params.all()) names.push_back(param.name);
  return names;
}

}  // namespace

void validate(const Flow2dConfig& config) {
  need("flow2d", "width", config.width, 8, 512);
  need("flow2d", "depth", config.depth, 1, 8);
  need("flow2d", "batch", config.batch, 16, 4096);
  need("flow2d", "learning rate", config.learning_rate, 0.0F, 1.0F);
  need("flow2d", "weight decay", config.weight_decay, 0.0F, 1.0F);
  need("flow2d", "bootstrap", config.bootstrap, 0.0F, 0.9F);
  need("flow2d", "EMA decay", config.ema_decay, 0.0F, 0.99999F);
  need<int64_t>("flow2d", "schedule steps", config.schedule_steps, 1, 1'000'000'000);
  need<int64_t>("flow2d", "reflow after", config.reflow_after, 0, 1'000'000'000);
  need("flow2d", "self weight", config.self_weight, 0.0F, 1000.0F);
  if (static_cast<int>(config.method) >= models::method_count) fail("flow2d", "unknown method");
}

struct Flow2dTrainer::Impl {
  Impl(const Flow2dConfig& given, data::Target2d shape, const Device& on,
       const CompileOptions& options)
      : config((validate(given), given)),
        target(std::move(shape)),
        graph(std::make_unique<Graph>()),
        names(build(*graph, config)),
        program(compile(*graph, on, options)) {
    const auto rows = static_cast<size_t>(config.batch);
    x0.resize(rows * 2);
    x1.resize(rows * 2);
    t.resize(rows);
    d.resize(rows);
    if (config.method == Method::split_mean_flow) {
      split.resize(static_cast<size_t>(bootstrap_rows(config)));
    }
    if (config.method == Method::reflow) {
      couplings.emplace(config, Rng(config.seed).fork(coupling_stream), on, options);
    }
  }

  void draw() {
    const Rng rng = Rng(config.seed, 1).fork(static_cast<uint64_t>(steps));
    Rng noise = rng.fork(noise_stream);
    if (couplings && couplings->complete()) {
      couplings->draw(noise, x0, x1);
    } else {
      noise.normal(x0);
      Rng data = rng.fork(data_stream);
      target.sample(data, x1);
    }
    Rng times = rng.fork(times_stream);
    models::draw_times(config.method, times, t, d, split, bootstrap_rows(config));
  }

  void feed() {
    const Schedule schedule{
        .peak = config.learning_rate, .warmup = warmup_steps, .total = config.schedule_steps};
    const float rate = learning_rate(schedule, steps);
    const float decay = warm_decay(config.ema_decay, steps);
    program.write("x0", x0);
    program.write("x1", x1);
    program.write("t", t);
    program.write("d", d);
    if (!split.empty()) program.write("split", split);
    program.write("learning_rate", {&rate, 1});
    program.write("ema_decay", {&decay, 1});
  }

  Flow2dConfig config;
  data::Target2d target;
  std::unique_ptr<Graph> graph;
  std::vector<std::string> names;  // of the weights
  Program program;
  std::vector<float> x0, x1, t, d, split;
  std::optional<Couplings> couplings;  // reflow only
  int64_t steps = 0;
};

Flow2dTrainer::Flow2dTrainer(const Flow2dConfig& config, data::Target2d target,
                             const Device& device, const CompileOptions& options)
    : impl_(std::make_unique<Impl>(config, std::move(target), device, options)) {}
Flow2dTrainer::Flow2dTrainer(Flow2dTrainer&&) noexcept = default;
Flow2dTrainer& Flow2dTrainer::operator=(Flow2dTrainer&&) noexcept = default;
Flow2dTrainer::~Flow2dTrainer() = default;

float Flow2dTrainer::step() {
  Impl& self = *impl_;
  if (self.couplings && self.steps >= self.config.reflow_after && !self.couplings->complete()) {
    if (!self.couplings->begun()) {
      Weights teacher;
      averaged(teacher);
      self.couplings->begin(std::move(teacher));
    }
    self.couplings->work();
  }
  self.draw();
  self.feed();
  self.program.run();
  const float loss = self.program.scalar("loss");
  if (self.program.scalar("finite") == 0 || !std::isfinite(loss)) {
    fail("training", "the loss is not finite at step " + std::to_string(self.steps) +
                         "; try a lower learning rate than " +
                         std::to_string(self.config.learning_rate));
  }
  ++self.steps;
  return loss;
}

int64_t Flow2dTrainer::steps() const { return impl_->steps; }
const Flow2dConfig& Flow2dTrainer::config() const { return impl_->config; }
const data::Target2d& Flow2dTrainer::target() const { return impl_->target; }
float Flow2dTrainer::flow_loss() const { return impl_->program.scalar("flow_loss"); }
float Flow2dTrainer::self_loss() const { return impl_->program.scalar("self_loss"); }
const Graph& Flow2dTrainer::graph() const { return *impl_->graph; }
Program& Flow2dTrainer::program() { return impl_->program; }
const Program& Flow2dTrainer::program() const { return impl_->program; }

void Flow2dTrainer::averaged(Weights& out) const {
  out.tensors.resize(impl_->names.size());
  for (size_t i = 0; i < impl_->names.size(); ++i) {
    const std::span<const float> values = impl_->program.read(averages_prefix + impl_->names[i]);
    out.tensors[i].assign(values.begin(), values.end());
  }
  out.step = impl_->steps;
}

void Flow2dTrainer::set_learning_rate(float learning_rate) {
  Flow2dConfig changed = impl_->config;
  changed.learning_rate = learning_rate;
  validate(changed);
  impl_->config = changed;
}

void Flow2dTrainer::set_ema_decay(float decay) {
  Flow2dConfig changed = impl_->config;
  changed.ema_decay = decay;
  validate(changed);
  impl_->config = changed;
}

// Checkpoints.

namespace {

const std::string training_prefix = "training/";

Tensor tensor_of(const Program& program, const std::string& name) {
  const std::span<const float> values = program.read(name);
  return {program.shape(name), {values.begin(), values.end()}};
}

}  // namespace

io::SafeTensors Flow2dTrainer::checkpoint() const {
  const Impl& self = *impl_;
  io::SafeTensors file;
  file.metadata = flow2d_card(self.config, self.target, self.steps);
  for (const std::string& name : self.names) {
    file.tensors.push_back({name, tensor_of(self.program, averages_prefix + name)});
  }
  for (const std::string& name : self.program.state_names()) {
    file.tensors.push_back({training_prefix + name, tensor_of(self.program, name)});
  }
  if (self.couplings) self.couplings->save(training_prefix, file);
  return file;
}

Flow2dTrainer::Flow2dTrainer(const io::SafeTensors& checkpoint, const Device& device,
                             const CompileOptions& options)
    : Flow2dTrainer(flow2d_config(checkpoint), flow2d_target(checkpoint), device, options) {
  Impl& self = *impl_;
  self.steps = flow2d_step(checkpoint);
  for (const std::string& name : self.program.state_names()) {
    self.program.write(name, checkpoint.at(training_prefix + name).span());
  }
  if (self.couplings) self.couplings->restore(training_prefix, checkpoint);
}

}  // namespace rivulet::train
