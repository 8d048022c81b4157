#include "rivulet/exec/plan/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
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
      if (commit.how != Commit::How::in_place) continue;
      of(commit.value) = {.kind = Place::Kind::state, .state = commit.state};
    }
  }

  void place(const Stage& stage, int now) {
    if (const auto* alias = std::get_if<Alias>(&stage.work)) {
      release_if_done(alias->of, now);
      return;
    }
    reuse(now);
    for (const int node : stage.writes) {
      Place& place = of(node);
      if (place.kind == Place::Kind::state) continue;
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
    resting_.push_back({.until = now + limits_.rest, .offset = of(root).offset});
    size_[at(root)] = 0;
  }

  /// Gives back what has rested.
  void reuse(int now) {
    for (; !resting_.empty() && resting_.front().until < now; resting_.pop_front()) {
      fit_.give_back(resting_.front().offset);
    }
  }

  struct Resting {
    int until;  ///< this stage, and with it
    int64_t offset;
  };

  const Graph& graph_;
  const Limits& limits_;
  std::span<const Stage> stages_;
  std::vector<int> last_use_;
  std::vector<int64_t> size_;  // held in the arena now; 0 when given back or away
  FirstFit fit_;
  std::deque<Resting> resting_;
  Places result_;
};

/// Decides which new values are written where their states lie.
class Committing {
 public:
  Committing(const Graph& graph, std::span<const Stage> stages)
      : stages_(stages),
        roots_(roots_of(graph, stages)),
        written_(roots_.size(), never),
        last_read_(roots_.size(), never),
        needed_(roots_.size()) {
    const int end = static_cast<int>(stages.size());
    for (int s = 0; s < end; ++s) {
      for (const int node : stages[at(s)].writes) written_[at(node)] = s;
      for (const int node : stages[at(s)].reads) last_read_[at(roots_[at(node)])] = s;
    }
    for (const Output& output : graph.outputs()) needed_[at(roots_[at(output.value)])] = true;
    for (const Update& update : graph.updates()) {
      const size_t root = at(roots_[at(update.value)]);
      needed_[root] = needed_[root] || graph.node(static_cast<int>(root)).op == Op::state;
    }
    first_group_ = end;
    const auto is_group = [](const Stage& stage) {
      return std::holds_alternative<Cluster>(stage.work) ||
             std::holds_alternative<Alias>(stage.work);
    };
    while (first_group_ > 0 && is_group(stages[at(first_group_ - 1)])) --first_group_;
  }

  /// The value that takes the place of the state, or never: one goes to one state only.
  int take(const Update& update) {
    const int root = roots_[at(update.value)];
    if (!may_take(root, update.state)) return never;
    needed_[at(root)] = true;
    return root;
  }

 private:
  [[nodiscard]] bool may_take(int root, int state) const {
    const int stage = written_[at(root)];
    if (needed_[at(root)] || needed_[at(state)] || stage < first_group_) return false;
    if (last_read_[at(state)] > stage) return false;
    const Stage& group = stages_[at(stage)];
    const bool reads = std::ranges::find(group.reads, state) != group.reads.end();
    return !reads ||
           std::ranges::find(group.in_place, std::pair(state, root)) != group.in_place.end();
  }

  std::span<const Stage> stages_;
  std::vector<int> roots_;
  std::vector<int> written_;    // by root: the stage that writes it
  std::vector<int> last_read_;  // by root
  std::vector<bool> needed_;    // by root: when the run has ended
  int first_group_;             // from it on there are only fused groups
};

}  // namespace

std::vector<Commit> commits_of(const Graph& graph, std::span<const Stage> stages,
                               std::span<const SliceUpdate> patches) {
  Committing committing(graph, stages);
  std::vector<Commit> commits;
  for (const Update& update : graph.updates()) {
    Commit commit{.state = update.state, .value = update.value, .how = Commit::How::copy};
    const auto patch = std::ranges::find(patches, update.state, &SliceUpdate::out);
    if (patch != patches.end()) {
      commit.value = update.state;
      commit.how = Commit::How::patch;
      commit.patch = *patch;
    } else if (const int value = committing.take(update); value != never) {
      commit.value = value;
      commit.how = Commit::How::in_place;
    }
    commits.push_back(commit);
  }
  return commits;
}

int first_write(std::span<const Stage> stages, std::span<const Commit> commits) {
  const auto writes_state = [&](const Stage& stage) {
    return std::ranges::any_of(commits, [&](const Commit& commit) {
      return commit.how == Commit::How::in_place &&
             std::ranges::find(stage.writes, commit.value) != stage.writes.end();
    });
  };
  return static_cast<int>(std::ranges::find_if(stages, writes_state) - stages.begin());
}

Places place_all(const Graph& graph, const Limits& limits, std::span<const Stage> stages,
                 std::span<const Commit> commits) {
  return Placing(graph, limits, stages, commits).take();
}

std::string to_text(const Graph& graph, const Commit& commit) {
  const std::string& name = graph.node(commit.state).name;
  switch (commit.how) {
    case Commit::How::in_place:
      return fmt::format("update \"{}\" <- %{} in place", name, commit.value);
    case Commit::How::copy:
      return fmt::format("update \"{}\" <- %{} by copying", name, commit.value);
    case Commit::How::patch:
      break;
  }
  const Copy::Part& part = commit.patch.part;
  return fmt::format("update \"{}\" from {} on <- %{} [{}]", name, to_text(commit.patch.at),
                     part.node, to_text(view_of(part.from)));
}

}  // namespace rivulet::exec::plan
