#include "rivulet/exec/host.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace rivulet::exec {
namespace {

using plan::Commit;
using plan::Place;

size_t at(int i) { return static_cast<size_t>(i); }

/// Owns everything that a program's steps read and write.
class Memory {
 public:
  Memory(const Graph& graph, const plan::Places& places, std::span<const Step> steps)
      : arena_(places.arena) {
    int64_t scratch = 0;
    for (const Step& step : steps) scratch = std::max(scratch, step.scratch);
    scratch_ = AlignedFloats(scratch);
    std::vector<float*> pointers(places.places.size());
    for (int i = 0; i < graph.size(); ++i) {
      const Place& place = places.places[at(i)];
      if (place.kind == Place::Kind::leaf) pointers[at(i)] = make_leaf(graph, i);
      if (place.kind == Place::Kind::arena) pointers[at(i)] = arena_.data() + place.offset;
    }
    for (int i = 0; i < graph.size(); ++i) {
      const Place& place = places.of(i);
      const int of = place.kind == Place::Kind::state ? place.state : places.root(i);
      pointers[at(i)] = pointers[at(of)];
    }
    storage_ = Storage(std::move(pointers), scratch_.data());
  }

  [[nodiscard]] const Storage& storage() const { return storage_; }
  [[nodiscard]] int64_t arena_bytes() const { return bytes(arena_.size()); }
  [[nodiscard]] int64_t leaf_bytes() const {
    int64_t floats = 0;
    for (const AlignedFloats& leaf : leaves_) floats += leaf.size();
    return bytes(floats);
  }

 private:
  float* make_leaf(const Graph& graph, int index) {
    const Node& node = graph.node(index);
    const AlignedFloats& leaf = leaves_.emplace_back(node.shape.numel());
    if (node.tensor >= 0) std::ranges::copy(graph.tensor(node.tensor).span(), leaf.data());
    if (node.op == Op::fill) std::fill_n(leaf.data(), leaf.size(), node.scalar);
    return leaf.data();
  }

  static int64_t bytes(int64_t floats) { return floats * int64_t{sizeof(float)}; }

  std::vector<AlignedFloats> leaves_;
  AlignedFloats arena_;
  AlignedFloats scratch_;
  Storage storage_;
};

class HostExecutable final : public Executable {
 public:
  HostExecutable(const Graph& graph, const plan::Plan& plan, std::vector<Step> steps)
      : steps_(std::move(steps)),
        memory_(graph, plan.places, steps_),
        commits_(plan.commits),
        fresh_(at(graph.size()), true) {
    for (const Node& node : graph.nodes()) {
      counts_.push_back(static_cast<size_t>(node.shape.numel()));
      is_state_.push_back(node.op == Op::state);
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
    if (is_state_[at(node)]) fresh_[at(node)] = true;
  }

  std::span<float> input(int node) override { return {memory_.storage()[node], counts_[at(node)]}; }

  [[nodiscard]] std::span<const float> read(int node) const override {
    const auto kept = std::ranges::find(leaf_results_, node, &LeafResult::first);
    if (kept != leaf_results_.end()) return kept->second;
    return {memory_.storage()[node], counts_[at(node)]};
  }

  // Steps that derive something from leaves see those that were set.
  void begin() override {
    const auto is_fresh = [this](int node) { return static_cast<bool>(fresh_[at(node)]); };
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].prepare && std::ranges::any_of(reads_[i], is_fresh)) {
        steps_[i].prepare(memory_.storage());
      }
    }
    fresh_.assign(fresh_.size(), false);
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
    for (const Commit& commit : commits_) fresh_[at(commit.state)] = true;
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
  std::vector<bool> is_state_;           // by node
  std::vector<bool> fresh_;              // by node: set since the last run began
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

std::unique_ptr<Executable> host_executable(const Graph& graph, const plan::Plan& plan,
                                            std::vector<Step> steps) {
  return std::make_unique<HostExecutable>(graph, plan, std::move(steps));
}

void write_slice(const plan::SliceUpdate& u, float* x, const Storage& at) {
  const float* part = at[u.part.node] + u.part.offset;
  const float wanted = *(at[u.at.node] + u.at.offset);
  if (!(std::fabs(wanted) <= static_cast<float>(u.n + u.m))) return;  // all of it lies outside
  const auto first = static_cast<int64_t>(wanted);
  const int64_t begin = std::max<int64_t>(0, -first);
  const int64_t end = std::min(u.m, u.n - first);
  if (begin >= end) return;
  for (int64_t i = 0; i < u.outer; ++i) {
    std::copy_n(part + (i * u.m + begin) * u.inner, (end - begin) * u.inner,
                x + (i * u.n + first + begin) * u.inner);
  }
}

}  // namespace rivulet::exec
