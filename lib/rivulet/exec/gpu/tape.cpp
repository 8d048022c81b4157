#include "rivulet/exec/gpu/tape.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "rivulet/core/error.h"

namespace rivulet::exec::gpu {
namespace {

using plan::Commit;
using plan::Place;

constexpr int64_t line = 64;               // floats, to which values in blocks are aligned
constexpr int64_t much_scratch = 4 << 20;  // floats
constexpr int64_t small_result = 65536;    // floats that are copied to the host after each run

size_t at(int i) { return static_cast<size_t>(i); }
int64_t aligned(int64_t floats) { return (floats + line - 1) / line * line; }

class TapeWriter {
 public:
  TapeWriter(const Planned& program, Layout& layout, const Reach& reach)
      : graph_(program.graph), plan_(program.plan), layout_(layout), reach_(reach) {}

  Tape write() {
    std::vector<Lowered> stages;
    int64_t longest = 0;
    int64_t all = 0;
    for (const plan::Stage& stage : plan_.stages) {
      stages.push_back(lower(stage.work, reach_.abilities));
      longest = std::max(longest, aligned(stages.back().scratch));
      all += aligned(stages.back().scratch);
    }
    // Stages take turns in it, so that one need not wait for another's to be free.
    place(std::max(longest, std::min(all, much_scratch)));
    write_begin();
    for (Lowered& stage : stages) tape_.stages.push_back(commands(std::move(stage)));
    write_end();
    return std::move(tape_);
  }

 private:
  [[nodiscard]] int64_t floats(int node) const { return graph_.node(node).shape.numel(); }

  // Memory. Inputs lie together, so that one copy brings them all.

  void place(int64_t scratch) {
    scratch_ = aligned(plan_.places.arena);
    scratch_turn_ = scratch_;
    staging_ = scratch_ + scratch;
    int64_t& arena = layout_.blocks[at(Spot::arena)];
    arena = std::max(arena, staging_ + staged_floats());
    tape_.spots.resize(plan_.places.places.size());
    const auto place_leaves = [&](bool inputs) {
      for (int i = 0; i < graph_.size(); ++i) {
        const bool leaf = plan_.places.places[at(i)].kind == Place::Kind::leaf;
        if (leaf && (graph_.node(i).op == Op::input) == inputs) tape_.spots[at(i)] = place_leaf(i);
      }
    };
    place_leaves(true);
    place_leaves(false);
    for (const Output& output : graph_.outputs()) place_result(output.value);
    for (int i = 0; i < graph_.size(); ++i) {
      const Place& place = plan_.places.of(i);
      Spot& spot = tape_.spots[at(i)];
      if (place.kind == Place::Kind::arena) spot = {Spot::arena, place.offset, floats(i)};
      if (place.kind == Place::Kind::leaf) spot = tape_.spots[at(plan_.places.root(i))];
      if (place.kind == Place::Kind::state) spot = tape_.spots[at(place.state)];
    }
    check_blocks();
  }

  /// A state may have its place already.
  Spot place_leaf(int i) {
    const Node& node = graph_.node(i);
    if (node.op != Op::state) return take(floats(i));
    const auto known = layout_.states.find(node.name);
    if (known != layout_.states.end()) return known->second;
    return layout_.states.emplace(node.name, take(floats(i))).first->second;
  }

  void place_result(int node) {
    Spot spot{Spot::results, tape_.results, floats(node)};
    if (spot.floats > small_result) {
      spot = take(spot.floats);
    } else {
      tape_.results += aligned(spot.floats);
    }
    tape_.result_spots.emplace_back(node, spot);
  }

  /// The next floats of the last block, or of a new one.
  Spot take(int64_t count) {
    const int64_t size = aligned(count);
    std::vector<int64_t>& blocks = layout_.blocks;
    if (blocks.size() < 2 || blocks.back() + size > reach_.longest_block) blocks.push_back(0);
    const Spot spot{static_cast<int>(blocks.size()) - 1, blocks.back(), count};
    blocks.back() += size;
    return spot;
  }

  void check_blocks() const {
    const int64_t longest = *std::ranges::max_element(layout_.blocks);
    const int64_t megabytes = reach_.longest_block * int64_t{sizeof(float)} / (1 << 20);
    if (longest > reach_.longest_block) {
      throw DeviceError(fmt::format(
          "[gpu] this needs {} MB in one piece, and the card gives {} MB at most: take a "
          "smaller batch",
          longest * int64_t{sizeof(float)} / (1 << 20), megabytes));
    }
    if (layout_.blocks.size() > at(reach_.most_blocks)) {
      throw DeviceError(
          fmt::format("[gpu] the weights fill {} blocks of {} MB, and a kernel reaches {} at most: "
                      "take a smaller model",
                      layout_.blocks.size() - 1, megabytes, reach_.most_blocks - 1));
    }
  }

  [[nodiscard]] const Spot& spot(int node) const { return tape_.spots[at(node)]; }

  // Commands.

  std::vector<Command> commands(Lowered stage) {
    std::vector<Command> commands;
    if (scratch_turn_ + stage.scratch > staging_) scratch_turn_ = scratch_;
    own_scratch_ = {Spot::arena, scratch_turn_, stage.scratch};
    scratch_turn_ += aligned(stage.scratch);
    for (Call& call : stage.calls) {
      if (call.kernel.groups > 0) commands.emplace_back(dispatch(std::move(call)));
    }
    return commands;
  }

  Dispatch dispatch(Call call) {
    Dispatch dispatch{.kernel = 0, .places = {}, .touched = {}};
    std::vector<int> blocks;
    for (const Operand& operand : call.operands) {
      const Spot whole = operand.node == Operand::scratch ? own_scratch_ : spot(operand.node);
      if (whole.block == Spot::none) fail("gpu", fmt::format("%{} has no place", operand.node));
      blocks.push_back(whole.block);
      dispatch.places.push_back(static_cast<int32_t>(whole.offset + operand.offset));
      dispatch.touched.push_back({whole, operand.written});
    }
    dispatch.kernel = number_of({std::move(call.kernel), std::move(blocks)});
    return dispatch;
  }

  int number_of(PlacedKernel kernel) {
    const auto [found, made] = numbers_.try_emplace(kernel, static_cast<int>(tape_.kernels.size()));
    if (made) tape_.kernels.push_back(std::move(kernel));
    return found->second;
  }

  static void move(std::vector<Command>& commands, const Spot& from, const Spot& to) {
    if (from.floats > 0) commands.emplace_back(Move{from, to});
  }

  void write_begin() {
    Spot all{Spot::none, 0, 0};
    for (int i = 0; i < graph_.size(); ++i) {
      if (graph_.node(i).op != Op::input) continue;
      const Spot on_host{Spot::inputs, tape_.inputs, floats(i)};
      tape_.input_spots.emplace_back(i, on_host);
      tape_.inputs += aligned(floats(i));
      if (all.block != spot(i).block) {  // another block begins
        move_inputs(all);
        all = spot(i);
      }
      all.floats = spot(i).offset + floats(i) - all.offset;
    }
    move_inputs(all);
  }

  void move_inputs(const Spot& to) {
    if (to.block == Spot::none) return;
    move(tape_.begin, {Spot::inputs, moved_inputs_, to.floats}, to);
    moved_inputs_ += aligned(to.floats);
  }

  // Results are copied first: they are of the states that the run saw.
  void write_end() {
    for (const auto& [node, kept] : tape_.result_spots) move(tape_.end, spot(node), kept);
    for_each_copy([&](const Commit& commit, int64_t staged) {
      if (staged >= 0) move(tape_.end, spot(commit.value), staging(staged, commit));
    });
    for_each_copy([&](const Commit& commit, int64_t staged) {
      const Spot& from = staged >= 0 ? staging(staged, commit) : spot(commit.value);
      move(tape_.end, from, spot(commit.state));
    });
    for (const Commit& commit : plan_.commits) {
      if (commit.how != Commit::How::patch) continue;
      std::ranges::move(commands(lower_patch(commit.patch)), std::back_inserter(tape_.end));
    }
  }

  [[nodiscard]] Spot staging(int64_t offset, const Commit& commit) const {
    return {Spot::arena, staging_ + offset, floats(commit.state)};
  }

  /// A new value that lies in the memory of another state is read before that is overwritten:
  /// visit(commit, where in the staging memory, or -1).
  template <class Visit>
  int64_t for_each_copy(const Visit& visit) const {
    int64_t staged = 0;
    for (const Commit& commit : plan_.commits) {
      if (commit.how != Commit::How::copy) continue;
      const int root = plan_.places.root(commit.value);
      const bool of_a_state = std::ranges::any_of(plan_.commits, [&](const Commit& other) {
        return other.state == root && &other != &commit;
      });
      visit(commit, of_a_state ? staged : -1);
      if (of_a_state) staged += aligned(floats(commit.state));
    }
    return staged;
  }
  [[nodiscard]] int64_t staged_floats() const {
    return for_each_copy([](const Commit& /*commit*/, int64_t /*staged*/) {});
  }

  const Graph& graph_;
  const plan::Plan& plan_;
  Layout& layout_;
  Reach reach_;
  int64_t scratch_ = 0;  // where in the arena's block
  int64_t staging_ = 0;
  int64_t scratch_turn_ = 0;  // where the next stage's scratch begins
  Spot own_scratch_;          // of the stage that is written
  int64_t moved_inputs_ = 0;
  std::map<PlacedKernel, int> numbers_;
  Tape tape_;
};

constexpr size_t looked_ahead = 64;  // commands that may come earlier

std::vector<Touch> touched_by(const Command& command) {
  if (const auto* dispatch = std::get_if<Dispatch>(&command)) return dispatch->touched;
  const Move& move = std::get<Move>(command);
  return {{move.from, false}, {move.to, true}};
}

bool overlap(const Spot& a, const Spot& b) {
  return a.block == b.block && a.offset < b.offset + b.floats && b.offset < a.offset + a.floats;
}

/// Whether one must not run beside the other.
bool conflict(const std::vector<Touch>& a, const std::vector<Touch>& b) {
  return std::ranges::any_of(a, [&](const Touch& one) {
    return std::ranges::any_of(b, [&](const Touch& other) {
      return (one.written || other.written) && overlap(one.spot, other.spot);
    });
  });
}

}  // namespace

Tape write_tape(const Planned& program, Layout& layout, const Reach& reach) {
  return TapeWriter(program, layout, reach).write();
}

std::vector<std::vector<const Command*>> batches_of(std::vector<const Command*> commands) {
  std::vector<std::vector<const Command*>> batches;
  while (!commands.empty()) {
    const size_t window = std::min(commands.size(), looked_ahead);
    std::vector<const Command*> batch;
    std::vector<const Command*> later;
    std::vector<std::vector<Touch>> before;  // of both
    for (size_t i = 0; i < window; ++i) {
      std::vector<Touch> touched = touched_by(*commands[i]);
      const bool waits = std::ranges::any_of(
          before, [&](const std::vector<Touch>& other) { return conflict(touched, other); });
      (waits ? later : batch).push_back(commands[i]);
      before.push_back(std::move(touched));
    }
    later.insert(later.end(), commands.begin() + static_cast<std::ptrdiff_t>(window),
                 commands.end());
    commands = std::move(later);
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace rivulet::exec::gpu
