#include "rivulet/exec/program.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/memory.h"
#include "rivulet/exec/executable.h"
#include "rivulet/exec/plan/expand.h"
#include "rivulet/exec/plan/plan.h"

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

/// The graph that is planned: what the device lacks, composed of other ops.
struct Expanded {
  Expanded(const Graph& given, const Device& device, const CompileOptions& options)
      : limits(device.limits(options)),
        composed(exec::plan::expand(given, limits)),
        graph(composed ? *composed : given) {}

  exec::plan::Limits limits;
  std::unique_ptr<Graph> composed;
  const Graph& graph;
};

/// Of all values that are kept in memory.
int64_t planned_bytes(std::span<const exec::Planned> programs) {
  int64_t floats = 0;
  int64_t arena = 0;
  std::set<std::string_view> states;
  for (const auto& [graph, plan] : programs) {
    arena = std::max(arena, plan.places.arena);
    for (int i = 0; i < graph.size(); ++i) {
      if (plan.places.places[static_cast<size_t>(i)].kind != exec::plan::Place::Kind::leaf)
        continue;
      const Node& node = graph.node(i);
      if (node.op != Op::state || states.insert(node.name).second) floats += node.shape.numel();
    }
  }
  return (floats + arena) * static_cast<int64_t>(sizeof(float));
}

void check_states(std::span<const Graph* const> graphs) {
  std::map<std::string_view, Shape> shapes;
  for (const Graph* graph : graphs) {
    for (const Node& node : graph->nodes()) {
      if (node.op != Op::state) continue;
      const Shape& known = shapes.try_emplace(node.name, node.shape).first->second;
      if (!(known == node.shape)) {
        fail("compile",
             "the state " + node.name + " is " + known.str() + " and " + node.shape.str());
      }
    }
  }
}

}  // namespace

struct Program::Impl {
  Impl(const Graph& graph, exec::plan::Plan plan, std::unique_ptr<exec::Executable> loaded)
      : slots(named_slots(graph)),
        executable(std::move(loaded)),
        stages(std::move(plan.stages)),
        first_write(plan.first_write) {
    for (const exec::plan::Stage& stage : stages) flops += stage.flops;
  }

  const Slot& slot(std::string_view name) const {
    const auto found = slots.find(name);
    if (found == slots.end())
      fail("program", "no input, state or output named " + std::string(name));
    return found->second;
  }

  std::map<std::string, Slot, std::less<>> slots;
  std::unique_ptr<exec::Executable> executable;
  std::vector<exec::plan::Stage> stages;
  int first_write;  // what is run up to there may be dropped
  int next = 0;     // stage to run next; 0: no run begun
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
  impl_->executable->write(slot.node, data);
}

std::span<float> Program::input(std::string_view name) {
  const Slot& slot = impl_->slot(name);
  if (slot.kind != Slot::Kind::input) fail("program", std::string(name) + " is no input");
  return impl_->executable->input(slot.node);
}

std::span<const float> Program::read(std::string_view name) const {
  return impl_->executable->read(impl_->slot(name).node);
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

bool Program::run_some(int stages) {
  int& next = impl_->next;
  const int count = static_cast<int>(impl_->stages.size());
  if (next == 0) impl_->executable->begin();
  const auto goes_on = [&] { return stages > 0 || next > impl_->first_write; };
  for (; next < count && goes_on(); --stages, ++next) impl_->executable->run(next);
  if (next < count) {
    impl_->executable->flush();
    return false;
  }
  impl_->executable->commit();
  next = 0;
  return true;
}

void Program::run() {
  cancel();
  (void)run_some(static_cast<int>(impl_->stages.size()));
}

void Program::cancel() { impl_->next = 0; }

std::span<const exec::plan::Stage> Program::stages() const { return impl_->stages; }
int64_t Program::flops() const { return impl_->flops; }
int64_t Program::arena_bytes() const { return impl_->executable->arena_bytes(); }
int64_t Program::state_bytes() const { return impl_->executable->leaf_bytes(); }

std::vector<double> Program::run_timed() {
  using Clock = std::chrono::steady_clock;
  cancel();
  impl_->executable->begin();
  std::vector<double> seconds = impl_->executable->run_timed();
  if (!seconds.empty()) return seconds;
  for (size_t i = 0; i < impl_->stages.size(); ++i) {
    const auto begin = Clock::now();
    impl_->executable->run(static_cast<int>(i));
    impl_->executable->flush();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  impl_->executable->commit();
  return seconds;
}

Program compile(const Graph& graph, const Device& device, const CompileOptions& options) {
  const Graph* const alone = &graph;
  return std::move(compile_together({&alone, 1}, device, options).front());
}

std::vector<Program> compile_together(std::span<const Graph* const> graphs, const Device& device,
                                      const CompileOptions& options) {
  check_states(graphs);
  std::deque<Expanded> expanded;
  std::deque<exec::plan::Plan> plans;
  std::vector<exec::Planned> planned;
  for (const Graph* graph : graphs) {
    const Expanded& of = expanded.emplace_back(*graph, device, options);
    planned.push_back({of.graph, plans.emplace_back(exec::plan::plan(of.graph, of.limits))});
  }
  if (!device.own_memory || device.software) need_memory("memory", planned_bytes(planned));
  std::vector<std::unique_ptr<exec::Executable>> loaded = device.load(planned, options);
  std::vector<Program> programs;
  programs.reserve(planned.size());
  for (size_t i = 0; i < planned.size(); ++i) {
    programs.push_back(Program(std::make_unique<Program::Impl>(
        planned[i].graph, std::move(plans[i]), std::move(loaded[i]))));
  }
  return programs;
}

std::string plan_text(const Graph& graph, const Device& device, const CompileOptions& options) {
  const Expanded expanded(graph, device, options);
  return exec::plan::to_text(expanded.graph, exec::plan::plan(expanded.graph, expanded.limits));
}

}  // namespace rivulet
