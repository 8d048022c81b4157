#include "rivulet/exec/memory.h"

#include <algorithm>
#include <cstdint>

#include "rivulet/core/error.h"

namespace rivulet::exec {
namespace {

constexpr int64_t line = 16;  // floats in a 64-byte cache line
constexpr int never = -1;

int64_t padded(int64_t floats) { return (floats + over_read + line - 1) / line * line; }

bool is_leaf(const Node& node) {
  return node.op == Op::input || node.op == Op::state || node.op == Op::constant ||
         node.op == Op::fill;
}

// Offsets in the arena, first fit. Values are few (hundreds), so a sorted list is enough.
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

// Lives from the step that writes a value to the last step that reads it.
class ArenaPlan {
 public:
  ArenaPlan(const Graph& graph, std::span<const Step> steps)
      : graph_(graph),
        root_(static_cast<size_t>(graph.size())),
        last_use_(root_.size(), never),
        size_(root_.size()),
        offset_(root_.size(), never) {
    for (int i = 0; i < graph.size(); ++i) root_[static_cast<size_t>(i)] = i;
    for (const Step& step : steps) {
      if (step.alias_of >= 0) root_[static_cast<size_t>(step.writes.at(0))] = root(step.alias_of);
    }
    find_last_uses(steps);
    for (int s = 0; s < static_cast<int>(steps.size()); ++s)
      place(steps[static_cast<size_t>(s)], s);
  }

  [[nodiscard]] int root(int node) const { return root_[static_cast<size_t>(node)]; }
  /// Of a value in the arena, or -1.
  [[nodiscard]] int64_t offset(int node) const { return offset_[static_cast<size_t>(root(node))]; }
  [[nodiscard]] int64_t peak() const { return fit_.peak(); }

 private:
  void find_last_uses(std::span<const Step> steps) {
    const int end = static_cast<int>(steps.size());
    const auto use = [this](int node, int step) {
      int& last = last_use_[static_cast<size_t>(root(node))];
      last = std::max(last, step);
    };
    for (int s = 0; s < end; ++s) {
      const Step& step = steps[static_cast<size_t>(s)];
      for (const int node : step.reads) use(node, s);
      for (const int node : step.writes) use(node, s);
    }
    for (const Output& output : graph_.outputs()) use(output.value, end);
    for (const Update& update : graph_.updates()) use(update.value, end);
  }

  void place(const Step& step, int now) {
    if (step.alias_of >= 0) {
      release_if_done(step.alias_of, now);
      return;
    }
    for (const int node : step.writes) {
      const auto n = static_cast<size_t>(node);
      if (offset_[n] != never) fail("plan", "node " + std::to_string(node) + " is written twice");
      const int donor = shareable(step, node, now);
      if (donor >= 0) {
        offset_[n] = offset_[static_cast<size_t>(donor)];
        size_[n] = size_[static_cast<size_t>(donor)];
        size_[static_cast<size_t>(donor)] = 0;  // given away
      } else {
        size_[n] = padded(graph_.node(node).shape.numel());
        offset_[n] = fit_.take(size_[n]);
      }
    }
    for (const int node : step.reads) release_if_done(node, now);
    for (const int node : step.writes) release_if_done(node, now);
  }

  // A read of this step whose memory `node` may take over, or -1.
  [[nodiscard]] int shareable(const Step& step, int node, int now) const {
    for (const auto& [read, write] : step.in_place) {
      if (write != node) continue;
      const int donor = root(read);
      const auto d = static_cast<size_t>(donor);
      if (offset_[d] != never && last_use_[d] == now &&
          size_[d] >= padded(graph_.node(node).shape.numel())) {
        return donor;
      }
    }
    return -1;
  }

  void release_if_done(int node, int now) {
    const auto n = static_cast<size_t>(root(node));
    if (offset_[n] == never || last_use_[n] != now || size_[n] == 0) return;
    fit_.give_back(offset_[n]);
    size_[n] = 0;
  }

  const Graph& graph_;
  std::vector<int> root_;
  std::vector<int> last_use_;
  std::vector<int64_t> size_;  // held in the arena now; 0 when given back or away
  std::vector<int64_t> offset_;
  FirstFit fit_;
};

}  // namespace

AlignedFloats::AlignedFloats(int64_t count)
    : raw_(static_cast<size_t>(count + over_read + line)), size_(count) {
  const auto address = reinterpret_cast<std::uintptr_t>(raw_.data());
  const auto skip = (64 - address % 64) % 64 / sizeof(float);
  data_ = raw_.data() + skip;
}

void Memory::make_leaves(const Graph& graph, std::span<const Step> steps,
                         std::vector<float*>& pointers) {
  std::vector<bool> wanted(pointers.size());
  for (const Step& step : steps) {
    for (const int node : step.reads) wanted[static_cast<size_t>(node)] = true;
    if (step.alias_of >= 0) wanted[static_cast<size_t>(step.alias_of)] = true;
  }
  for (const Output& output : graph.outputs()) wanted[static_cast<size_t>(output.value)] = true;
  for (const Update& update : graph.updates()) wanted[static_cast<size_t>(update.value)] = true;
  for (int i = 0; i < graph.size(); ++i) {
    const Node& node = graph.node(i);
    const bool host_writes = node.op == Op::input || node.op == Op::state;
    if (!is_leaf(node) || (!host_writes && !wanted[static_cast<size_t>(i)])) continue;
    AlignedFloats& leaf = leaves_.emplace_back(node.shape.numel());
    if (node.tensor >= 0) std::ranges::copy(graph.tensor(node.tensor).span(), leaf.data());
    if (node.op == Op::fill) std::fill_n(leaf.data(), leaf.size(), node.scalar);
    pointers[static_cast<size_t>(i)] = leaf.data();
  }
}

Memory::Memory(const Graph& graph, std::span<const Step> steps) {
  std::vector<float*> pointers(static_cast<size_t>(graph.size()));
  make_leaves(graph, steps, pointers);
  const ArenaPlan plan(graph, steps);
  arena_ = AlignedFloats(plan.peak());
  int64_t scratch = 0;
  for (const Step& step : steps) scratch = std::max(scratch, step.scratch);
  scratch_ = AlignedFloats(scratch);
  for (int i = 0; i < graph.size(); ++i) {
    float*& pointer = pointers[static_cast<size_t>(i)];
    if (pointer != nullptr) continue;
    if (plan.offset(i) >= 0) {
      pointer = arena_.data() + plan.offset(i);
    } else {
      pointer = pointers[static_cast<size_t>(plan.root(i))];
    }
  }
  storage_ = Storage(std::move(pointers), scratch_.data());
}

int64_t Memory::leaf_bytes() const {
  int64_t floats = 0;
  for (const AlignedFloats& leaf : leaves_) floats += leaf.size();
  return floats * int64_t{sizeof(float)};
}

}  // namespace rivulet::exec
