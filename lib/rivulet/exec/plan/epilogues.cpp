#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include "rivulet/exec/plan/groups.h"

namespace rivulet::exec::plan {
namespace {

size_t at(int node) { return static_cast<size_t>(node); }

void set_epilogue(Work& work, Epilogue then) {
  if (auto* product = std::get_if<Product>(&work)) {
    product->then = std::move(then);
  } else if (auto* grouped = std::get_if<GroupedProduct>(&work)) {
    grouped->then = std::move(then);
  }
}

/// Places are those in the list of work. A product may come later, where all that the group reads
/// is there, and the group earlier.
class Epilogues {
 public:
  Epilogues(const Outline& outline, Grouped& grouped)
      : outline_(outline),
        work_(grouped.work),
        writer_(outline.live.size()),
        readers_(outline.live.size()),
        kept_(outline.kept),
        gone_(grouped.work.size()),
        after_(grouped.work.size()) {
    for (size_t i = 0; i < work_.size(); ++i) {
      const Stage stage = stage_of(outline.graph, work_[i]);
      for (const int node : stage.writes) writer_[at(node)] = i;
      results_.push_back(stage.writes.size() == 1 ? stage.writes.front() : never);
      for (const int node : stage.reads) readers_[at(node)].push_back(i);
    }
    for (const SliceUpdate& patch : grouped.patches) {
      kept_[at(patch.part.node)] = true;
      kept_[at(patch.at.node)] = true;
    }
  }

  void fuse() {
    const size_t end = outline_.graph.updates().empty() ? work_.size() : before_last_groups();
    for (size_t group = 0; group < end; ++group) {
      if (const std::optional<Fit> fit = fit_of(group)) join(group, *fit);
    }
    std::vector<Work> all;
    for (size_t i = 0; i < work_.size(); ++i) {
      if (!gone_[i]) all.push_back(std::move(work_[i]));
      std::ranges::move(after_[i], std::back_inserter(all));
    }
    work_ = std::move(all);
  }

 private:
  struct Fit {
    size_t product;
    View in_group;  ///< where the group has each of its numbers
    size_t place;   ///< after which both can be done
  };

  /// How many there are before those that are fused groups to the end.
  [[nodiscard]] size_t before_last_groups() const {
    const auto is_group = [](const Work& work) {
      return std::holds_alternative<Cluster>(work) || std::holds_alternative<Alias>(work);
    };
    return static_cast<size_t>(std::find_if_not(work_.rbegin(), work_.rend(), is_group).base() -
                               work_.begin());
  }

  /// The last of the products that this group could be part of.
  [[nodiscard]] std::optional<Fit> fit_of(size_t group) const {
    const auto* cluster = std::get_if<Cluster>(&work_[group]);
    if (cluster == nullptr || cluster->row > 0) return {};
    const std::vector<int> reads = stage_of(outline_.graph, *cluster).reads;
    Fit fit{.product = 0, .in_group = {}, .place = 0};
    int result = never;
    for (const int node : reads) {
      const size_t writer = writer_[at(node)];
      fit.place = std::max(fit.place, writer);
      if (epilogue_of(work_[writer]) == nullptr || gone_[writer]) continue;
      if (result != never && writer < fit.product) continue;
      if (results_[writer] != node || !outline_.limits.takes_group(work_[writer], *cluster))
        continue;
      const std::optional<View> place_in_group = place_of(*cluster, node);
      if (!place_in_group) continue;
      fit.product = writer;
      fit.in_group = *place_in_group;
      result = node;
    }
    const auto needs_it_later = [&](size_t reader) {
      return reader == group || reader > fit.place;
    };
    if (result == never || !std::ranges::all_of(readers_[at(result)], needs_it_later)) return {};
    return fit;
  }

  void join(size_t group, const Fit& fit) {
    const int result = results_[fit.product];
    Epilogue then{.group = std::make_shared<const Cluster>(std::get<Cluster>(work_[group])),
                  .place = fit.in_group,
                  .stored = kept_[at(result)] || readers_[at(result)].size() > 1};
    const Stage stage = stage_of(outline_.graph, *then.group);
    for (const int node : stage.reads) std::ranges::replace(readers_[at(node)], group, fit.place);
    for (const int node : stage.writes) writer_[at(node)] = fit.place;
    writer_[at(result)] = fit.place;
    set_epilogue(work_[fit.product], std::move(then));
    after_[fit.place].push_back(std::move(work_[fit.product]));
    gone_[fit.product] = gone_[group] = true;
  }

  /// Where the group has each element of that node, if it reads every one once and for one of its
  /// own.
  [[nodiscard]] std::optional<View> place_of(const Cluster& cluster, int node) const {
    if (outline_.graph.node(node).shape.numel() != cluster.numel) return {};
    const View* view = nullptr;
    for (const Instruction& instruction : cluster.code) {
      for (const Operand& operand : instruction.operands) {
        const auto* memory = std::get_if<Memory>(&operand);
        if (memory == nullptr || memory->node != node) continue;
        if (view != nullptr && !(*view == memory->view)) return {};
        view = &memory->view;
      }
    }
    return view == nullptr ? std::nullopt : view->inverse();
  }

  const Outline& outline_;
  std::vector<Work>& work_;
  std::vector<int> results_;                  // by place: the only one
  std::vector<size_t> writer_;                // by node
  std::vector<std::vector<size_t>> readers_;  // by node
  std::vector<bool> kept_;                    // by node
  std::vector<bool> gone_;                    // by place: what has become part of another
  std::vector<std::vector<Work>> after_;      // by place
};

}  // namespace

void fuse_epilogues(const Outline& outline, Grouped& grouped) {
  Epilogues(outline, grouped).fuse();
}

}  // namespace rivulet::exec::plan
