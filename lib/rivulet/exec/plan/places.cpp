#include "rivulet/exec/plan/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "rivulet/core/error.h"

namespace rivulet::exec::plan {
namespace {

constexpr int never = -1;

size_t at(int node) { return static_cast<size_t>(node); }

/// Whose memory each node is.
std::vector<int> roots_of(const Graph& graph, std::span<const Stage> stages) {
  std::vector<int> roots(at(graph.size()));
  std::iota(roots.begin(), roots.end(), 0);
  for (const Stage& stage : stages) {
    if (const auto* alias = std::get_if<Alias>(&stage.work)) {
      roots[at(alias->out)] = roots[at(alias->of)];
    }
  }
  return roots;
}

/// Offsets in the arena, first fit. Values are few (hundreds), so a sorted list is enough.
class FirstFit {
 public:
  int64_t take(int64_t size) {
    int64_t offset = 0;
    auto place = blocks_.begin();
    for (; place != blocks_.end() && place->offset - offset < size; ++place) {
      offset = place->offset + place->size;
    }
    blocks_.insert(place, {offset, size});
    peak_ = std::max(peak_, offset + size);
    return offset;
  }

  void give_back(int64_t offset) {
    std::erase_if(blocks_, [offset](const Block& block) { return block.offset == offset; });
  }

  [[nodiscard]] int64_t peak() const { return peak_; }

 private:
  struct Block {
    int64_t offset;
    int64_t size;
  };
  std::vector<Block> blocks_;
  int64_t peak_ = 0;
};

/// A value lives from the stage that writes it to the last stage that reads it.
class Placing {
 public:
  Placing(const Graph& graph, const Limits& limits, std::span<const Stage> stages,
          std::span<const Commit> commits)
      : graph_(graph),
        limits_(limits),
        stages_(stages),
        last_use_(at(graph.size()), never),
        size_(last_use_.size()) {
    result_.roots = roots_of(graph, stages);
    result_.places.resize(last_use_.size());
    find_last_uses(commits);
    place_leaves(commits);
    for (int s = 0; s < static_cast<int>(stages.size()); ++s) place(stages[at(s)], s);
    result_.arena = fit_.peak();
  }

  Places take() { return std::move(result_); }

 private:
  [[nodiscard]] Place& of(int node) { return result_.places[at(result_.root(node))]; }
  [[nodiscard]] bool in_arena(int root) const {
    return result_.places[at(root)].kind == Place::Kind::arena;
  }
  [[nodiscard]] int64_t padded(int node) const {
    const int64_t floats = graph_.node(node).shape.numel() + limits_.padding;
    return (floats + limits_.alignment - 1) / limits_.alignment * limits_.alignment;
  }

  void find_last_uses(std::span<const Commit> commits) {
    const int end = static_cast<int>(stages_.size());
    const auto use = [this](int node, int stage) {
      int& last = last_use_[at(result_.root(node))];
      last = std::max(last, stage);
    };
    for (int s = 0; s < end; ++s) {
      for (const int node : stages_[at(s)].reads) use(node, s);
      for (const int node : stages_[at(s)].writes) use(node, s);
    }
    for (const Output& output : graph_.outputs()) use(output.value, end);
    for (const Commit& commit : commits) {
      use(commit.value, end);
      if (commit.how != Commit::How::patch) continue;
      use(commit.patch.part.node, end);
      use(commit.patch.at.node, end);
    }
  }

  void place_leaves(std::span<const Commit> commits) {
    for (int i = 0; i < graph_.size(); ++i) {
      const Op op = graph_.node(i).op;
      const bool written = op == Op::input || op == Op::state;  // by the host
      const bool wanted = written || last_use_[at(i)] != never;
      if (kind_of(op) == OpKind::leaf && wanted) of(i) = {.kind = Place::Kind::leaf};
    }
    for (const Commit& commit : commits) {
      if (commit.how != Commit::How::swap) continue;
      of(commit.value) = {.kind = Place::Kind::next, .state = commit.state};
    }
  }

  void place(const Stage& stage, int now) {
    if (const auto* alias = std::get_if<Alias>(&stage.work)) {
      release_if_done(alias->of, now);
      return;
    }
    for (const int node : stage.writes) {
      Place& place = of(node);
      if (place.kind == Place::Kind::next) continue;
      if (place.kind != Place::Kind::none) fail("plan", fmt::format("%{} is written twice", node));
      place.kind = Place::Kind::arena;
      if (const int donor = shareable(stage, node, now); donor != never) {
        place.offset = of(donor).offset;
        size_[at(node)] = size_[at(donor)];
        size_[at(donor)] = 0;  // given away
      } else {
        size_[at(node)] = padded(node);
        place.offset = fit_.take(size_[at(node)]);
      }
    }
    for (const int node : stage.reads) release_if_done(node, now);
    for (const int node : stage.writes) release_if_done(node, now);
  }

  /// A read of this stage whose memory `node` may take over, or never.
  [[nodiscard]] int shareable(const Stage& stage, int node, int now) const {
    for (const auto& [read, write] : stage.in_place) {
      if (write != node) continue;
      const int donor = result_.root(read);
      if (in_arena(donor) && last_use_[at(donor)] == now && size_[at(donor)] >= padded(node)) {
        return donor;
      }
    }
    return never;
  }

  void release_if_done(int node, int now) {
    const int root = result_.root(node);
    if (!in_arena(root) || last_use_[at(root)] != now || size_[at(root)] == 0) return;
    fit_.give_back(of(root).offset);
    size_[at(root)] = 0;
  }

  const Graph& graph_;
  const Limits& limits_;
  std::span<const Stage> stages_;
  std::vector<int> last_use_;
  std::vector<int64_t> size_;  // held in the arena now; 0 when given back or away
  FirstFit fit_;
  Places result_;
};

}  // namespace

std::vector<Commit> commits_of(const Graph& graph, std::span<const Stage> stages,
                               std::span<const SliceUpdate> patches) {
  const std::vector<int> roots = roots_of(graph, stages);
  std::vector<bool> taken(roots.size(), true);  // or a leaf
  for (const Stage& stage : stages) {
    for (const int node : stage.writes) taken[at(node)] = false;
  }
  for (const Output& output : graph.outputs()) taken[at(roots[at(output.value)])] = true;

  std::vector<Commit> commits;
  for (const Update& update : graph.updates()) {
    const auto patch = std::ranges::find(patches, update.state, &SliceUpdate::out);
    if (patch != patches.end()) {
      commits.push_back({.state = update.state,
                         .value = update.state,
                         .how = Commit::How::patch,
                         .patch = *patch});
      continue;
    }
    const size_t root = at(roots[at(update.value)]);
    commits.push_back({.state = update.state,
                       .value = update.value,
                       .how = taken[root] ? Commit::How::copy : Commit::How::swap});
    taken[root] = true;
  }
  return commits;
}

Places place_all(const Graph& graph, const Limits& limits, std::span<const Stage> stages,
                 std::span<const Commit> commits) {
  return Placing(graph, limits, stages, commits).take();
}

std::string to_text(const Graph& graph, const Commit& commit) {
  const std::string& name = graph.node(commit.state).name;
  switch (commit.how) {
    case Commit::How::swap:
      return fmt::format("update \"{}\" <- %{} by swapping", name, commit.value);
    case Commit::How::copy:
      return fmt::format("update \"{}\" <- %{} by copying", name, commit.value);
    case Commit::How::patch:
      break;
  }
  return fmt::format("update \"{}\" where it lies <- {} from {} on", name,
                     to_text(commit.patch.part), to_text(commit.patch.at));
}

}  // namespace rivulet::exec::plan
