#include "rivulet/exec/program.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/exec/memory.h"

namespace rivulet {
namespace {

struct Slot {
  int node;
  Shape shape;
  enum class Kind : uint8_t { input, state, output } kind;
};

std::map<std::string, Slot, std::less<>> named_slots(const Graph& graph) {
  std::map<std::string, Slot, std::less<>> slots;
  for (int i = 0; i < graph.size(); ++i) {
    const Node& node = graph.node(i);
    if (node.op == Op::input) slots[node.name] = {i, node.shape, Slot::Kind::input};
    if (node.op == Op::state) slots[node.name] = {i, node.shape, Slot::Kind::state};
  }
  for (const Output& output : graph.outputs()) {
    const Shape& shape = graph.node(output.value).shape;
    if (!slots.try_emplace(output.name, Slot{output.value, shape, Slot::Kind::output}).second) {
      fail("compile", "an output has the name of an input or state: " + output.name);
    }
  }
  return slots;
}

struct Commit {
  int state;
  int value;
  int64_t count;
};

}  // namespace

struct Program::Impl {
  Impl(const Graph& graph, std::vector<exec::Step> lowered)
      : steps(std::move(lowered)),
        memory(graph, steps),
        slots(named_slots(graph)),
        fresh(static_cast<size_t>(graph.size()), true) {
    for (const Update& update : graph.updates()) {
      const Node& state = graph.node(update.state);
      commits.push_back({update.state, update.value, state.shape.numel()});
    }
    stage_moving_leaves();
    find_leaf_results(graph);
    for (const exec::Step& step : steps) {
      flops += step.flops;
      if (step.bind) step.bind(memory.storage());
    }
  }

  // A new value that lies in another state's own memory must be read before that state changes.
  void stage_moving_leaves() {
    const exec::Storage& at = memory.storage();
    int64_t total = 0;
    for (const Commit& commit : commits) {
      const bool moves = std::ranges::any_of(
          commits, [&](const Commit& other) { return at[commit.value] == at[other.state]; });
      staged.push_back(moves ? total : -1);
      if (moves) total += commit.count;
    }
    staging.resize(static_cast<size_t>(total));
  }

  void commit_updates() {
    const exec::Storage& at = memory.storage();
    for (size_t i = 0; i < commits.size(); ++i) {
      if (staged[i] >= 0)
        std::copy_n(at[commits[i].value], commits[i].count,
                    &staging[static_cast<size_t>(staged[i])]);
    }
    for (size_t i = 0; i < commits.size(); ++i) {
      const Commit& commit = commits[i];
      const float* from =
          staged[i] >= 0 ? &staging[static_cast<size_t>(staged[i])] : at[commit.value];
      std::copy_n(from, commit.count, at[commit.state]);
      fresh[static_cast<size_t>(commit.state)] = true;
    }
  }

  // A result that lies in an input's or a state's own memory (a reshape of it) is copied when a run
  // ends: it stays what it was in that run when the leaf is written again.
  void find_leaf_results(const Graph& graph) {
    const exec::Storage& at = memory.storage();
    for (const Output& output : graph.outputs()) {
      for (const auto& [name, slot] : slots) {
        if (slot.kind == Slot::Kind::output || at[slot.node] != at[output.value]) continue;
        const auto count = static_cast<size_t>(graph.node(output.value).shape.numel());
        leaf_results.emplace_back(output.value, std::vector<float>(count));
        break;
      }
    }
  }

  void keep_leaf_results() {
    for (auto& [node, kept] : leaf_results)
      std::copy_n(memory.storage()[node], kept.size(), kept.data());
  }

  [[nodiscard]] std::span<const float> value(const Slot& slot) const {
    if (slot.kind == Slot::Kind::output) {
      const auto kept = std::ranges::find(leaf_results, slot.node, &LeafResult::first);
      if (kept != leaf_results.end()) return kept->second;
    }
    return {memory.storage()[slot.node], static_cast<size_t>(slot.shape.numel())};
  }

  void finish() {
    keep_leaf_results();
    commit_updates();
  }

  // Before a run's first step: steps that derive something from leaves see those that were set.
  void prepare() {
    for (const exec::Step& step : steps) {
      const auto is_set = [this](int node) { return fresh[static_cast<size_t>(node)]; };
      if (step.prepare && std::ranges::any_of(step.reads, is_set)) step.prepare(memory.storage());
    }
    fresh.assign(fresh.size(), false);
  }

  const Slot& slot(std::string_view name) const {
    const auto found = slots.find(name);
    if (found == slots.end())
      fail("program", "no input, state or output named " + std::string(name));
    return found->second;
  }

  std::vector<exec::Step> steps;
  exec::Memory memory;
  std::map<std::string, Slot, std::less<>> slots;
  std::vector<bool> fresh;  // per node: set since the last run began
  using LeafResult = std::pair<int, std::vector<float>>;
  std::vector<LeafResult> leaf_results;
  std::vector<Commit> commits;
  std::vector<int64_t> staged;  // per commit: offset in `staging`, or -1
  std::vector<float> staging;
  size_t next = 0;  // step to run next; 0: no run begun
  int64_t flops = 0;
};

Program::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

void Program::write(std::string_view name, std::span<const float> data) {
  const Slot& slot = impl_->slot(name);
  if (slot.kind == Slot::Kind::output)
    fail("program", "an output is not written: " + std::string(name));
  if (static_cast<int64_t>(data.size()) != slot.shape.numel()) {
    fail("program", std::string(name) + " has shape " + slot.shape.str() + ", not " +
                        std::to_string(data.size()) + " values");
  }
  std::ranges::copy(data, impl_->memory.storage()[slot.node]);
  if (slot.kind == Slot::Kind::state) impl_->fresh[static_cast<size_t>(slot.node)] = true;
}

std::span<float> Program::input(std::string_view name) {
  const Slot& slot = impl_->slot(name);
  if (slot.kind != Slot::Kind::input) fail("program", std::string(name) + " is no input");
  return {impl_->memory.storage()[slot.node], static_cast<size_t>(slot.shape.numel())};
}

std::span<const float> Program::read(std::string_view name) const {
  return impl_->value(impl_->slot(name));
}

bool Program::contains(std::string_view name) const { return impl_->slots.contains(name); }

std::vector<std::string> Program::state_names() const {
  std::vector<std::string> names;
  for (const auto& [name, slot] : impl_->slots) {
    if (slot.kind == Slot::Kind::state) names.push_back(name);
  }
  return names;
}

Shape Program::shape(std::string_view name) const { return impl_->slot(name).shape; }

bool Program::run_some(int steps) {
  size_t& next = impl_->next;
  if (next == 0) impl_->prepare();
  for (; steps > 0 && next < impl_->steps.size(); --steps, ++next) {
    const exec::Step& step = impl_->steps[next];
    if (step.run) step.run(impl_->memory.storage());
  }
  if (next < impl_->steps.size()) return false;
  impl_->finish();
  next = 0;
  return true;
}

void Program::run() {
  cancel();
  (void)run_some(static_cast<int>(impl_->steps.size()));
}

void Program::cancel() { impl_->next = 0; }

std::span<const exec::Step> Program::steps() const { return impl_->steps; }
int64_t Program::flops() const { return impl_->flops; }
int64_t Program::arena_bytes() const { return impl_->memory.arena_bytes(); }
int64_t Program::state_bytes() const { return impl_->memory.leaf_bytes(); }

std::vector<double> Program::run_timed() {
  using Clock = std::chrono::steady_clock;
  cancel();
  impl_->prepare();
  std::vector<double> seconds;
  for (const exec::Step& step : impl_->steps) {
    const auto begin = Clock::now();
    if (step.run) step.run(impl_->memory.storage());
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  impl_->finish();
  return seconds;
}

Program compile(const Graph& graph, const Device& device, const CompileOptions& options) {
  return Program(std::make_unique<Program::Impl>(graph, device.lower(graph, options)));
}

}  // namespace rivulet
