#include "rivulet/exec/host.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>

namespace rivulet::exec {
namespace {

using plan::Commit;
using plan::Place;

size_t at(int i) { return static_cast<size_t>(i); }

std::span<float> span_of(const AlignedFloats& floats) { return {floats.data(), at(floats.size())}; }

/// A state, and how often it was set: what others derive of it is stale then.
struct State {
  AlignedFloats values;
  uint64_t version = 1;
};

/// What programs that never run at once have in common.
class Shared {
 public:
  Shared(int64_t arena, int64_t scratch) : arena_(arena), scratch_(scratch) {}

  [[nodiscard]] float* arena() const { return arena_.data(); }
  [[nodiscard]] float* scratch() const { return scratch_.data(); }
  State& state(const Graph& graph, const Node& node) {
    const auto [found, is_new] = states_.try_emplace(node.name);
    State& state = found->second;
    if (is_new) {
      state.values = AlignedFloats(node.shape.numel());
      graph.first(node.first)(span_of(state.values));
    }
    return state;
  }

 private:
  std::map<std::string, State> states_;
  AlignedFloats arena_;
  AlignedFloats scratch_;
};

/// Everything that a program's steps read and write.
class Memory {
 public:
  Memory(const Graph& graph, const plan::Places& places, std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)), arena_(places.arena), states_(at(graph.size())) {
    std::vector<float*> pointers(places.places.size());
    for (int i = 0; i < graph.size(); ++i) {
      const Place& place = places.places[at(i)];
      if (place.kind == Place::Kind::leaf) pointers[at(i)] = make_leaf(graph, i);
      if (place.kind == Place::Kind::arena) pointers[at(i)] = shared_->arena() + place.offset;
    }
    for (int i = 0; i < graph.size(); ++i) {
      const Place& place = places.of(i);
      const int of = place.kind == Place::Kind::state ? place.state : places.root(i);
      pointers[at(i)] = pointers[at(of)];
    }
    storage_ = Storage(std::move(pointers), shared_->scratch());
  }

  [[nodiscard]] const Storage& storage() const { return storage_; }
  /// Of a node that is one; null otherwise.
  [[nodiscard]] State* state(int node) const { return states_[at(node)]; }
  [[nodiscard]] int64_t arena_bytes() const { return bytes(arena_); }
  [[nodiscard]] int64_t leaf_bytes() const {
    int64_t floats = 0;
    for (const AlignedFloats& leaf : leaves_) floats += leaf.size();
    for (const State* state : states_) floats += state != nullptr ? state->values.size() : 0;
    return bytes(floats);
  }

 private:
  float* make_leaf(const Graph& graph, int index) {
    const Node& node = graph.node(index);
    if (node.op == Op::state) {
      states_[at(index)] = &shared_->state(graph, node);
      return states_[at(index)]->values.data();
    }
    const AlignedFloats& leaf = leaves_.emplace_back(node.shape.numel());
    if (node.tensor >= 0) std::ranges::copy(graph.tensor(node.tensor).span(), leaf.data());
    if (node.op == Op::fill) std::ranges::fill(span_of(leaf), node.scalar);
    return leaf.data();
  }

  static int64_t bytes(int64_t floats) { return floats * int64_t{sizeof(float)}; }

  std::shared_ptr<Shared> shared_;
  int64_t arena_;  // floats of it that this program uses
  std::vector<AlignedFloats> leaves_;
  std::vector<State*> states_;  // by node
  Storage storage_;
};

class HostExecutable final : public Executable {
 public:
  HostExecutable(const Planned& program, std::vector<Step> steps, std::shared_ptr<Shared> shared)
      : steps_(std::move(steps)),
        memory_(program.graph, program.plan.places, std::move(shared)),
        commits_(program.plan.commits),
        seen_(at(program.graph.size()), 0) {
    const auto& [graph, plan] = program;
    for (const Node& node : graph.nodes()) {
      counts_.push_back(static_cast<size_t>(node.shape.numel()));
    }
    for (const plan::Stage& stage : plan.stages) reads_.push_back(stage.reads);
    find_staged(plan.places);
    find_leaf_results(graph, plan.places);
    for (const Step& step : steps_) {
      if (step.bind) step.bind(memory_.storage());
    }
  }

  void write(int node, std::span<const float> values) override {
    std::ranges::copy(values, memory_.storage()[node]);
    if (State* state = memory_.state(node)) ++state->version;
  }

  std::span<float> input(int node) override { return {memory_.storage()[node], counts_[at(node)]}; }

  [[nodiscard]] std::span<const float> read(int node) const override {
    const auto kept = std::ranges::find(leaf_results_, node, &LeafResult::first);
    if (kept != leaf_results_.end()) return kept->second;
    return {memory_.storage()[node], counts_[at(node)]};
  }

  // Steps that derive something from leaves see those that were set.
  void begin() override {
    const auto version = [this](int node) {
      const State* state = memory_.state(node);
      return state != nullptr ? state->version : 1;
    };
    const auto is_fresh = [&](int node) { return seen_[at(node)] != version(node); };
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].prepare && std::ranges::any_of(reads_[i], is_fresh)) {
        steps_[i].prepare(memory_.storage());
      }
    }
    for (size_t i = 0; i < seen_.size(); ++i) seen_[i] = version(static_cast<int>(i));
  }

  void run(int stage) override {
    const Step& step = steps_[at(stage)];
    if (step.run) step.run(memory_.storage());
  }

  void commit() override {
    const Storage& storage = memory_.storage();
    for (auto& [node, kept] : leaf_results_) std::copy_n(storage[node], kept.size(), kept.data());
    copy_updates();
    for (const Commit& commit : commits_) {
      if (commit.how == Commit::How::patch) {
        write_slice(commit.patch, storage[commit.state], storage);
      }
    }
    for (const Commit& commit : commits_) ++memory_.state(commit.state)->version;
  }

  [[nodiscard]] int64_t arena_bytes() const override { return memory_.arena_bytes(); }
  [[nodiscard]] int64_t leaf_bytes() const override { return memory_.leaf_bytes(); }

 private:
  // A new value that lies in the memory of another state must be read before that is overwritten.
  void find_staged(const plan::Places& places) {
    size_t total = 0;
    for (const Commit& commit : commits_) {
      const int root = places.root(commit.value);
      const bool staged = std::ranges::any_of(
          commits_, [&](const Commit& other) { return other.state == root && &other != &commit; });
      const bool copies = commit.how == Commit::How::copy && staged;
      staged_.push_back(copies ? static_cast<std::ptrdiff_t>(total) : -1);
      if (copies) total += counts_[at(commit.state)];
    }
    staging_.resize(total);
  }

  void copy_updates() {
    const Storage& storage = memory_.storage();
    for (size_t i = 0; i < commits_.size(); ++i) {
      if (staged_[i] < 0) continue;
      std::copy_n(storage[commits_[i].value], counts_[at(commits_[i].state)],
                  staging_.begin() + staged_[i]);
    }
    for (size_t i = 0; i < commits_.size(); ++i) {
      const Commit& commit = commits_[i];
      if (commit.how != Commit::How::copy) continue;
      const float* from = staged_[i] < 0 ? storage[commit.value] : staging_.data() + staged_[i];
      std::copy_n(from, counts_[at(commit.state)], storage[commit.state]);
    }
  }

  // A result that lies in an input's or a state's own memory is copied when a run ends: it stays
  // what it was in that run when the leaf is written again.
  void find_leaf_results(const Graph& graph, const plan::Places& places) {
    for (const Output& output : graph.outputs()) {
      const Op op = graph.node(places.root(output.value)).op;
      const bool again =
          std::ranges::find(leaf_results_, output.value, &LeafResult::first) != leaf_results_.end();
      if ((op != Op::input && op != Op::state) || again) continue;
      leaf_results_.emplace_back(output.value, std::vector<float>(counts_[at(output.value)]));
    }
  }

  std::vector<Step> steps_;
  Memory memory_;
  std::vector<Commit> commits_;
  std::vector<size_t> counts_;           // of elements, by node
  std::vector<std::vector<int>> reads_;  // by step
  std::vector<uint64_t> seen_;           // by node: version of a state when the last run began
  using LeafResult = std::pair<int, std::vector<float>>;
  std::vector<LeafResult> leaf_results_;
  std::vector<std::ptrdiff_t> staged_;  // by commit: offset in `staging_`, or -1
  std::vector<float> staging_;
};

}  // namespace

AlignedFloats::AlignedFloats(int64_t count)
    : raw_(static_cast<size_t>(count + over_read + 16)), size_(count) {
  const auto address = reinterpret_cast<std::uintptr_t>(raw_.data());
  const auto skip = (64 - address % 64) % 64 / sizeof(float);
  data_ = raw_.data() + skip;
}

std::vector<std::unique_ptr<Executable>> host_executables(
    std::span<const Planned> programs,
    const std::function<std::vector<Step>(const Planned& program)>& steps_of) {
  std::vector<std::vector<Step>> steps;
  int64_t arena = 0;
  int64_t scratch = 0;
  for (const Planned& program : programs) {
    arena = std::max(arena, program.plan.places.arena);
    for (const Step& step : steps.emplace_back(steps_of(program))) {
      scratch = std::max(scratch, step.scratch);
    }
  }
  const auto shared = std::make_shared<Shared>(arena, scratch);
  std::vector<std::unique_ptr<Executable>> executables;
  for (size_t i = 0; i < programs.size(); ++i) {
    executables.push_back(
        std::make_unique<HostExecutable>(programs[i], std::move(steps[i]), shared));
  }
  return executables;
}

void copy_layout(float* to, const plan::Layout& to_layout, const float* from,
                 const plan::Layout& from_layout) {
  const Shape& shape = to_layout.shape;
  if (shape.numel() == 0) return;
  // Axes that are one run in both copy as one.
  int64_t run = 1;
  int outer_rank = shape.rank();
  while (outer_rank > 0) {
    const auto axis = static_cast<size_t>(outer_rank - 1);
    const bool unit = shape[outer_rank - 1] == 1;
    if (!unit && (to_layout.stride[axis] != run || from_layout.stride[axis] != run)) break;
    run *= shape[outer_rank - 1];
    --outer_rank;
  }
  const bool strided = run == 1 && outer_rank > 0;  // the innermost axis moves: loop over it
  const int64_t count = strided ? shape[outer_rank - 1] : run;
  const int64_t to_step = strided ? to_layout.stride[static_cast<size_t>(outer_rank - 1)] : 1;
  const int64_t from_step = strided ? from_layout.stride[static_cast<size_t>(outer_rank - 1)] : 1;
  if (strided) --outer_rank;

  std::array<int64_t, Shape::max_rank> index{};
  float* target = to + to_layout.offset;
  const float* source = from + from_layout.offset;
  while (true) {
    if (strided) {
      for (int64_t i = 0; i < count; ++i) target[i * to_step] = source[i * from_step];
    } else {
      std::memcpy(target, source, static_cast<size_t>(count) * sizeof(float));
    }
    int axis = outer_rank - 1;
    for (; axis >= 0; --axis) {
      const auto a = static_cast<size_t>(axis);
      target += to_layout.stride[a];
      source += from_layout.stride[a];
      if (++index[a] < shape[axis]) break;
      target -= to_layout.stride[a] * shape[axis];
      source -= from_layout.stride[a] * shape[axis];
      index[a] = 0;
    }
    if (axis < 0) return;
  }
}

void write_slice(const plan::SliceUpdate& update, float* x, const Storage& at) {
  plan::Layout to = update.part.to;
  plan::Layout from = update.part.from;
  const auto axis = static_cast<size_t>(update.axis);
  const int64_t n = update.shape[update.axis];
  const int64_t m = to.shape[update.axis];
  const float wanted = *(at[update.at.node] + update.at.offset);
  if (!(std::fabs(wanted) <= static_cast<float>(n + m))) return;  // all of it lies outside
  const auto first = static_cast<int64_t>(wanted);
  const int64_t begin = std::max<int64_t>(0, -first);
  const int64_t end = std::min(m, n - first);
  if (begin >= end) return;
  to.shape[update.axis] = from.shape[update.axis] = end - begin;
  to.offset += (first + begin) * to.stride[axis];
  from.offset += begin * from.stride[axis];
  copy_layout(x, to, at[update.part.node], from);
}

}  // namespace rivulet::exec
