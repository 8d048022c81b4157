#include "rivulet/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/train/adamw.h"
#include "rivulet/train/ema.h"
#include "rivulet/train/schedule.h"

namespace rivulet::train {
namespace {

using Clock = std::chrono::steady_clock;

const std::string training_prefix = "training/";
constexpr uint64_t data_stream = 1;
constexpr int64_t most_steps = 1'000'000'000'000;
constexpr int64_t most_turn_steps = 1'000'000;
constexpr double steps_per_copy = 19;  // in time: copies take a twentieth of it

/// After the names of what a program has of each group.
std::string suffix_of(const std::string& group) { return group.empty() ? group : "." + group; }

std::string average_of(const std::string& group, const std::string& weight) {
  return std::string(averages_prefix) + state_prefix(group) + weight;
}

const Group* find_group(const Objective& objective, std::string_view name) {
  const auto found = std::ranges::find(objective.groups, name, &Group::name);
  return found == objective.groups.end() ? nullptr : &*found;
}

bool learns(const Turn& turn, const std::string& group) {
  return std::ranges::find(turn.groups, group) != turn.groups.end();
}

void validate(const Objective& objective) {
  if (objective.turns.empty()) fail("trainer", "the objective has no turns");
  if (objective.groups.empty()) fail("trainer", "the objective has no groups of weights");
  for (const Turn& turn : objective.turns) {
    if (turn.groups.empty()) fail("trainer", "nothing learns in a turn");
    if (turn.steps < 1 || turn.steps > most_turn_steps) {
      fail("trainer", "a turn lasts 1..1000000 steps, not " + std::to_string(turn.steps));
    }
    for (const std::string& group : turn.groups) {
      if (!find_group(objective, group)) fail("trainer", "there is no group '" + group + "'");
    }
  }
  if (!objective.groups.front().averaged) fail("trainer", "the first group is the averaged one");
  const std::string& model = objective.groups.front().name;
  if (std::ranges::none_of(objective.turns, [&](const Turn& t) { return learns(t, model); })) {
    fail("trainer", "the first group, '" + model + "', learns in no turn");
  }
  for (const Group& group : objective.groups) {
    if (group.config) train::validate(*group.config);
  }
}

/// What was asked for while a turn was built.
struct Built {
  std::vector<std::string> losses;
  std::vector<std::vector<std::string>> weights;  // of each group
};

/// What becomes of all weights: of those that are learned, `moved`; those that the network sets
/// itself are updated here.
std::vector<Value> with_set(const nn::Params& weights, std::span<const Value> moved, Value finite) {
  std::vector<Value> all;
  all.reserve(weights.all().size());
  auto learned = moved.begin();
  for (const nn::Param& param : weights.all()) {
    if (param.next.empty()) {
      all.push_back(*learned++);
      continue;
    }
    Value total = param.next.front();
    for (const Value next : std::span(param.next).subspan(1)) total = total + next;
    const Value mean = total * (1.0F / static_cast<float>(param.next.size()));
    all.push_back(select(finite, mean, param.value));
    param.value.graph->update(param.value, all.back());
  }
  return all;
}

/// A training step: forward, backward, AdamW and averages.
Built build(Graph& graph, const Objective& objective, const Turn& turn,
            const TrainerConfig& config) {
  std::vector<Nets::Beginning> groups;
  groups.reserve(objective.groups.size());
  for (const Group& group : objective.groups) groups.push_back({group.name, group.first.get()});
  Nets nets(graph, config.seed, groups);
  const std::vector<Loss> losses = turn.build(graph, nets);
  if (losses.size() < turn.groups.size()) fail("trainer", "the objective gives too few losses");

  std::vector<Gradients> falls;
  falls.reserve(turn.groups.size());
  for (size_t i = 0; i < turn.groups.size(); ++i) {
    falls.push_back(gradients(losses[i].value, nets.weights(turn.groups[i]).learned()));
  }
  Value finite = falls.front().finite;
  for (size_t i = 1; i < falls.size(); ++i) finite = finite * falls[i].finite;
  for (size_t i = 0; i < turn.groups.size(); ++i) {
    const std::string& name = turn.groups[i];
    const TrainerConfig own = find_group(objective, name)->config.value_or(config);
    const nn::Params& weights = nets.weights(name);
    falls[i].finite = finite;  // all move, or none
    const std::vector<Value> moved =
        adamw({.beta1 = own.beta1,
               .beta2 = own.beta2,
               .weight_decay = own.weight_decay,
               .clip = own.clip},
              weights.learned(), falls[i], graph.input("learning_rate" + suffix_of(name), {}),
              suffix_of(name));
    const std::vector<Value> all = with_set(weights, moved, finite);
    const Value decay = graph.input("ema_decay" + suffix_of(name), {});
    if (find_group(objective, name)->averaged) {
      update_averages(nets.averages(name), weights, all, decay, finite);
    }
    graph.output("gradient_norm" + suffix_of(name), falls[i].norm);
  }
  graph.output("finite", finite);

  Built built;
  for (const Loss& loss : losses) {
    graph.output(loss.name, loss.value);
    built.losses.push_back(loss.name);
  }
  for (const Nets::Beginning& group : groups) {
    std::vector<std::string>& weights = built.weights.emplace_back();
    for (const nn::Param& param : nets.weights(group.group).all()) weights.push_back(param.name);
  }
  return built;
}

}  // namespace

Objective simple_objective(Turn turn, io::Card card) {
  Objective objective{.turns = {}, .card = std::move(card)};
  objective.turns.push_back(std::move(turn));
  return objective;
}

struct Trainer::Impl {
  Impl(Objective given, const TrainerConfig& how, const Device& device,
       const CompileOptions& options)
      : objective(std::move(given)),
        config(how),
        weights(objective.groups.size()),
        may_be_lost(device.own_memory) {
    validate(config);
    validate(objective);
    std::vector<const Graph*> all;
    for (const Turn& turn : objective.turns) {
      Graph& graph = graphs.emplace_back();
      all.push_back(&graph);
      Built built = build(graph, objective, turn, config);
      losses.push_back(std::move(built.losses));
      for (size_t g = 0; g < weights.size(); ++g) {
        for (std::string& name : built.weights[g]) {
          if (std::ranges::find(weights[g], name) == weights[g].end()) {
            weights[g].push_back(std::move(name));
          }
        }
      }
    }
    programs = compile_together(all, device, options);
    for (Group& group : objective.groups) group.first.reset();  // the states hold it now
  }

  /// One that has this state: it is the same in all.
  [[nodiscard]] size_t holder(const std::string& state) const {
    const auto found = std::ranges::find_if(
        programs, [&](const Program& program) { return program.contains(state); });
    if (found == programs.end()) fail("trainer", "there is no state '" + state + "'");
    return static_cast<size_t>(found - programs.begin());
  }
  [[nodiscard]] std::span<const float> read(const std::string& state) const {
    return programs[holder(state)].read(state);
  }
  [[nodiscard]] Shape shape(const std::string& state) const {
    return programs[holder(state)].shape(state);
  }
  /// Of all programs, sorted.
  [[nodiscard]] std::set<std::string> states() const {
    std::set<std::string> all;
    for (const Program& program : programs) {
      for (std::string& name : program.state_names()) all.insert(std::move(name));
    }
    return all;
  }

  [[nodiscard]] int64_t cycle() const {
    int64_t length = 0;
    for (const Turn& turn : objective.turns) length += turn.steps;
    return length;
  }

  [[nodiscard]] size_t turn() const {
    int64_t at = steps % cycle();
    size_t i = 0;
    while (at >= objective.turns[i].steps) at -= objective.turns[i++].steps;
    return i;
  }

  /// Steps so far in which a group learned.
  [[nodiscard]] int64_t updates(const std::string& group) const {
    const int64_t whole = steps / cycle();
    int64_t rest = steps % cycle();
    int64_t count = 0;
    for (const Turn& turn : objective.turns) {
      const int64_t part = std::min(rest, turn.steps);
      if (learns(turn, group)) count += whole * turn.steps + part;
      rest -= part;
    }
    return count;
  }

  TrainerConfig& config_of(std::string_view group) {
    if (group.empty()) return config;
    for (Group& one : objective.groups) {
      if (one.name == group && one.config) return *one.config;
    }
    fail("trainer", "no group '" + std::string(group) + "' has a configuration of its own");
  }

  [[nodiscard]] io::Card card() const {
    io::Card card = trainer_card(config);
    for (const Group& group : objective.groups) {
      if (group.config) card.merge(trainer_card(*group.config, group.name));
    }
    card.insert(objective.card.begin(), objective.card.end());
    card["step"] = std::to_string(steps);
    return card;
  }

  void feed(const Turn& turn, Program& program) {
    for (const std::string& name : turn.groups) {
      const TrainerConfig& own = find_group(objective, name)->config.value_or(config);
      const int64_t done = updates(name);
      const float rate = learning_rate({.peak = own.learning_rate,
                                        .warmup = own.warmup,
                                        .total = own.schedule_steps,
                                        .floor = own.floor},
                                       done);
      const float decay = warm_decay(own.ema_decay, done);
      program.write("learning_rate" + suffix_of(name), {&rate, 1});
      program.write("ema_decay" + suffix_of(name), {&decay, 1});
    }
    turn.feed(Rng(config.seed, data_stream).fork(static_cast<uint64_t>(steps)), program);
  }

  [[nodiscard]] Tensor tensor_of(const std::string& state) const {
    const std::span<const float> values = read(state);
    return {shape(state), {values.begin(), values.end()}};
  }

  [[nodiscard]] std::string kept(const std::string& weight) const {
    return average_of(objective.groups.front().name, weight);
  }

  /// The averaged weights.
  [[nodiscard]] io::SafeTensors model() const {
    io::SafeTensors file{.metadata = card(), .tensors = {}};
    for (const std::string& name : weights.front()) {
      file.tensors.push_back({name, tensor_of(kept(name))});
    }
    return file;
  }
  [[nodiscard]] io::SafeTensors whole() const {
    io::SafeTensors file = model();
    for (const std::string& name : states()) {
      file.tensors.push_back({training_prefix + name, tensor_of(name)});
    }
    if (objective.save) objective.save(file);
    return file;
  }
  void copy_if_due() {
    const auto begun = Clock::now();
    if (!copies || begun < next_copy) return;
    copy = whole();
    const auto now = Clock::now();
    next_copy = now + std::chrono::duration_cast<Clock::duration>(steps_per_copy * (now - begun));
  }

  Objective objective;
  TrainerConfig config;
  std::deque<Graph> graphs;                       // of each turn
  std::vector<Program> programs;                  // of each turn
  std::vector<std::vector<std::string>> losses;   // of each turn
  std::vector<std::vector<std::string>> weights;  // of each group
  int64_t steps = 0;
  size_t last = 0;  // the turn of the last step
  bool may_be_lost;
  bool copies = false;
  std::optional<io::SafeTensors> copy;
  Clock::time_point next_copy;
};

Trainer::Trainer(Objective objective, const TrainerConfig& config, const Device& device,
                 const CompileOptions& options)
    : impl_(std::make_unique<Impl>(std::move(objective), config, device, options)) {}
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;
Trainer::~Trainer() = default;

float Trainer::step() {
  Impl& self = *impl_;
  if (self.objective.before_step) self.objective.before_step(*this);
  self.last = self.turn();
  Program& program = self.programs[self.last];
  self.feed(self.objective.turns[self.last], program);
  program.run();
  const float loss = program.scalar(self.losses[self.last].front());
  if (program.scalar("finite") == 0 || !std::isfinite(loss)) {
    fail("training", "the loss is not finite at step " + std::to_string(self.steps) +
                         "; try a lower learning rate than " +
                         std::to_string(self.config.learning_rate));
  }
  ++self.steps;
  self.copy_if_due();
  return loss;
}

int64_t Trainer::steps() const { return impl_->steps; }
const TrainerConfig& Trainer::config(std::string_view group) const {
  return impl_->config_of(group);
}
const Graph& Trainer::graph(size_t turn) const { return impl_->graphs.at(turn); }
Program& Trainer::program(size_t turn) { return impl_->programs.at(turn); }
const Program& Trainer::program(size_t turn) const { return impl_->programs.at(turn); }

float Trainer::gradient_norm() const {
  const std::string& group = impl_->objective.turns[impl_->last].groups.front();
  return program(impl_->last).scalar("gradient_norm" + suffix_of(group));
}

void Trainer::set_learning_rate(float learning_rate, std::string_view group) {
  TrainerConfig changed = config(group);
  changed.learning_rate = learning_rate;
  validate(changed);
  impl_->config_of(group) = changed;
}

void Trainer::set_ema_decay(float decay, std::string_view group) {
  TrainerConfig changed = config(group);
  changed.ema_decay = decay;
  validate(changed);
  impl_->config_of(group) = changed;
}

std::vector<std::pair<std::string, float>> Trainer::losses() const {
  std::vector<std::pair<std::string, float>> losses;
  for (const std::string& name : impl_->losses[impl_->last]) {
    losses.emplace_back(name, program(impl_->last).scalar(name));
  }
  return losses;
}

float Trainer::loss(std::string_view name) const {
  for (const auto& [found, value] : losses()) {
    if (found == name) return value;
  }
  fail("trainer", "the last step has no '" + std::string(name) + "'");
}

int64_t Trainer::parameters() const {
  int64_t count = 0;
  for (const std::string& name : impl_->weights.front()) {
    count += impl_->shape(impl_->kept(name)).numel();
  }
  return count;
}

void Trainer::averaged(Weights& out) const {
  const std::vector<std::string>& names = impl_->weights.front();
  out.tensors.resize(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const std::span<const float> values = impl_->read(impl_->kept(names[i]));
    out.tensors[i].assign(values.begin(), values.end());
  }
  out.step = impl_->steps;
}

io::SafeTensors Trainer::weights() const { return impl_->model(); }

io::SafeTensors Trainer::checkpoint() const {
  try {
    return impl_->whole();
  } catch (const DeviceError&) {
    if (!impl_->copy) throw;
    return *impl_->copy;
  }
}

void Trainer::keep_copies() {
  impl_->copies = impl_->may_be_lost;
  impl_->copy_if_due();
}

void Trainer::restore(const io::SafeTensors& checkpoint) {
  Impl& self = *impl_;
  const int64_t steps = io::card_integer(checkpoint.metadata, "step", 0, most_steps);
  if (io::card_seed(checkpoint.metadata, "seed") != self.config.seed) {
    fail("resume", "the checkpoint was trained with seed " +
                       io::card_text(checkpoint.metadata, "seed") + ", not " +
                       std::to_string(self.config.seed));
  }
  const std::set<std::string> states = self.states();
  for (const std::string& name : states) {
    const Tensor* tensor = checkpoint.find(training_prefix + name);
    if (tensor == nullptr) {
      fail("resume", "the file has no '" + training_prefix + name +
                         "': it holds weights to sample from, or another model");
    }
    if (!(tensor->shape() == self.shape(name))) {
      fail("resume", "'" + name + "' is " + tensor->shape().str() + " in the file, not " +
                         self.shape(name).str());
    }
  }
  if (self.objective.restore) self.objective.restore(checkpoint);
  for (const std::string& name : states) {
    self.programs[self.holder(name)].write(name, checkpoint.at(training_prefix + name).span());
  }
  self.steps = steps;
  self.next_copy = {};  // what was copied is of another past
  self.copy_if_due();
}

}  // namespace rivulet::train
