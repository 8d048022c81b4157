#include "kernel_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include "kernel_player.h"

namespace rivulet::testing {
namespace {

using namespace exec::gpu;

constexpr int64_t longest_block = 1 << 22;
constexpr int most_blocks = 8;

class Machine final : public exec::Executable {
 public:
  Machine(const exec::Planned& program, Tape tape, std::shared_ptr<Blocks> blocks,
          std::set<std::string>& begun)
      : tape_(std::move(tape)), blocks_(std::move(blocks)) {
    for (const exec::plan::Stage& stage : program.plan.stages) {
      if (std::holds_alternative<exec::plan::Reference>(stage.work)) wrong("the host has to help");
    }
    inputs_.resize(at(tape_.inputs));
    results_.resize(at(tape_.results));
    for (int i = 0; i < program.graph.size(); ++i) upload_leaf(program.graph, i, begun);
  }

  void write(int node, std::span<const float> values) override {
    std::ranges::copy(values, leaf(node).begin());
  }
  std::span<float> input(int node) override { return leaf(node); }
  [[nodiscard]] std::span<const float> read(int node) const override {
    const Spot* spot = find(tape_.result_spots, node);
    if (spot == nullptr) return const_cast<Machine*>(this)->leaf(node);
    if (spot->block == Spot::results)
      return std::span(results_).subspan(at(spot->offset), at(spot->floats));
    return blocks_->of(*spot);
  }

  void begin() override {
    std::ranges::fill(blocks_->card.front().values, std::numeric_limits<float>::quiet_NaN());
  }
  void run(int /*stage*/) override {}
  void commit() override {
    std::vector<const Command*> all;
    const auto append = [&](const std::vector<Command>& more) {
      for (const Command& command : more) all.push_back(&command);
    };
    append(tape_.begin);
    for (const auto& stage : tape_.stages) append(stage);
    append(tape_.end);
    std::swap(blocks_->inputs, inputs_);
    std::swap(blocks_->results, results_);
    for (const auto& batch : batches_of(std::move(all))) {
      for (auto command = batch.rbegin(); command != batch.rend(); ++command) {
        std::visit([&](const auto& one) { run_one(one); }, **command);
      }
    }
    std::swap(blocks_->inputs, inputs_);
    std::swap(blocks_->results, results_);
  }

  [[nodiscard]] int64_t arena_bytes() const override { return 0; }
  [[nodiscard]] int64_t leaf_bytes() const override { return 0; }

 private:
  static const Spot* find(const std::vector<std::pair<int, Spot>>& spots, int node) {
    const auto found = std::ranges::find(spots, node, &std::pair<int, Spot>::first);
    return found == spots.end() ? nullptr : &found->second;
  }

  [[nodiscard]] std::span<float> leaf(int node) {
    const Spot* spot = find(tape_.input_spots, node);
    if (spot != nullptr) return std::span(inputs_).subspan(at(spot->offset), at(spot->floats));
    return blocks_->of(tape_.spots[at(node)]);
  }

  void upload_leaf(const Graph& graph, int index, std::set<std::string>& begun) {
    const Node& node = graph.node(index);
    const Spot& spot = tape_.spots[at(index)];
    if (kind_of(node.op) != OpKind::leaf || node.op == Op::input || spot.block == Spot::none)
      return;
    if (node.op == Op::state && !begun.insert(node.name).second) return;
    const std::span<float> values = blocks_->of(spot);
    std::ranges::fill(values, node.scalar);
    if (node.tensor >= 0) std::ranges::copy(graph.tensor(node.tensor).span(), values.begin());
    if (node.op == Op::state) graph.first(node.first)(values);
  }

  void run_one(const Dispatch& dispatch) {
    const PlacedKernel& placed = tape_.kernels[at(dispatch.kernel)];
    run_groups(placed.kernel, dispatch, placed.blocks, *blocks_);
  }
  void run_one(const Move& move) {
    std::ranges::copy(blocks_->of(move.from), blocks_->of(move.to).begin());
  }

  Tape tape_;
  std::shared_ptr<Blocks> blocks_;
  std::vector<float> inputs_;
  std::vector<float> results_;
};

std::vector<std::unique_ptr<exec::Executable>> load(std::span<const exec::Planned> programs,
                                                    const Abilities& abilities) {
  Layout layout;
  std::vector<Tape> tapes;
  for (const exec::Planned& program : programs) {
    tapes.push_back(write_tape(program, layout, {longest_block, most_blocks, abilities}));
  }
  const auto blocks = std::make_shared<Blocks>();
  for (const int64_t floats : layout.blocks) blocks->card.emplace_back(floats);
  std::set<std::string> begun;
  std::vector<std::unique_ptr<exec::Executable>> all;
  for (size_t i = 0; i < programs.size(); ++i) {
    all.push_back(std::make_unique<Machine>(programs[i], std::move(tapes[i]), blocks, begun));
  }
  return all;
}

}  // namespace

void play(const Kernel& kernel, std::span<std::vector<float>> operands) {
  Blocks memory;
  Dispatch dispatch{.kernel = 0, .places = {}, .touched = {}};
  std::vector<int> blocks;
  for (const std::vector<float>& operand : operands) {
    const auto floats = static_cast<int64_t>(operand.size());
    blocks.push_back(static_cast<int>(blocks.size()));
    memory.card.emplace_back(floats).values = operand;
    dispatch.places.push_back(0);
    dispatch.touched.push_back({{blocks.back(), 0, floats}, true});
  }
  run_groups(kernel, dispatch, blocks, memory);
  for (size_t i = 0; i < operands.size(); ++i) operands[i] = memory.card[i].values;
}

const Device* kernel_machine() {
  static const Device device = kernel_machine_with({});
  return &device;
}

Device kernel_machine_with(const Abilities& abilities) {
  return {.name = "machine",
          .description = "kernels of cards, line by line",
          .limits = [](const CompileOptions& /*options*/) { return limits(); },
          .load =
              [abilities](std::span<const exec::Planned> programs, const CompileOptions& options) {
                return load(programs, options.static_states
                                          ? abilities
                                          : Abilities{.subgroup = abilities.subgroup});
              },
          .software = true,
          .rounds = abilities.unit.m > 0,
          .own_memory = true};
}

}  // namespace rivulet::testing
