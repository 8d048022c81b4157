#include "rivulet/exec/gpu/vulkan/executable.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "rivulet/core/error.h"
#include "rivulet/exec/gpu/tape.h"
#include "rivulet/exec/gpu/vulkan/transfer.h"
#include "rivulet/exec/reference/reference.h"
#include "rivulet/exec/step.h"

namespace rivulet::exec::gpu::vulkan {
namespace {

constexpr int64_t float_bytes = sizeof(float);
constexpr size_t most_recordings = 64;

size_t at(int i) { return static_cast<size_t>(i); }

using CardBlocks = std::shared_ptr<const std::vector<Buffer>>;

CardBlocks card_blocks(const Card& card, const Layout& layout) {
  std::vector<Buffer> blocks;
  blocks.reserve(layout.blocks.size());
  for (const int64_t floats : layout.blocks) {
    blocks.emplace_back(card, Memory::card, floats * float_bytes);
  }
  return std::make_shared<const std::vector<Buffer>>(std::move(blocks));
}

/// The blocks that a tape knows: the host's are its own, the card's may be others' too.
struct Blocks {
  Blocks(const Card& card, const Tape& tape, CardBlocks shared)
      : inputs(card, Memory::upload, tape.inputs * float_bytes),
        results(card, Memory::download, tape.results * float_bytes),
        blocks(std::move(shared)) {}

  [[nodiscard]] const Buffer& of(const Spot& spot) const {
    if (spot.block == Spot::inputs) return inputs;
    return spot.block == Spot::results ? results : (*blocks)[at(spot.block)];
  }

  Buffer inputs;
  Buffer results;
  CardBlocks blocks;
};

/// Where the operands of all dispatches begin, and the one descriptor set that binds it and the
/// blocks: each dispatch sees its own part.
class Bindings {
 public:
  Bindings(const Card& card, const Tape& tape, const Blocks& blocks, Transfer& transfer)
      : card_(card) {
    const auto step = static_cast<int64_t>(card.limits().minUniformBufferOffsetAlignment);
    int64_t bytes = 0;
    int64_t longest = 0;
    each_dispatch(tape, [&](const Dispatch& dispatch) {
      const auto size = static_cast<int64_t>((dispatch.places.size() + 3) / 4 * 16);
      offsets_.emplace(&dispatch, static_cast<uint32_t>(bytes));
      bytes += (size + step - 1) / step * step;
      longest = std::max(longest, size);
    });
    longest = std::max<int64_t>(longest, 16);
    places_ = Buffer(card, Memory::card, bytes + longest);
    for (const auto& [dispatch, offset] : offsets_) {
      std::vector<float> bits;
      bits.reserve(dispatch->places.size());
      for (const int32_t place : dispatch->places) bits.push_back(std::bit_cast<float>(place));
      transfer.upload(places_, offset / float_bytes, bits);
    }
    try {
      write_set(blocks, longest);
    } catch (...) {
      vkDestroyDescriptorPool(card_.device(), pool_, nullptr);
      throw;
    }
  }
  ~Bindings() { vkDestroyDescriptorPool(card_.device(), pool_, nullptr); }
  Bindings(const Bindings&) = delete;
  Bindings& operator=(const Bindings&) = delete;

  void bind(VkCommandBuffer commands, const Dispatch& dispatch) const {
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, card_.layout(), 0, 1, &set_,
                            1, &offsets_.at(&dispatch));
  }

 private:
  template <class Visit>
  static void each_dispatch(const Tape& tape, const Visit& visit) {
    const auto in = [&](const std::vector<Command>& commands) {
      for (const Command& command : commands) {
        if (const auto* dispatch = std::get_if<Dispatch>(&command)) visit(*dispatch);
      }
    };
    for (const auto& stage : tape.stages) in(stage);
    in(tape.end);
  }

  void write_set(const Blocks& blocks, int64_t longest) {
    const auto count = static_cast<uint32_t>(blocks.blocks->size());
    const std::array<VkDescriptorPoolSize, 2> sizes{
        {{VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC, 1},
         {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, static_cast<uint32_t>(card_.blocks())}}};
    VkDescriptorPoolCreateInfo pool{};
    pool.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
    pool.maxSets = 1;
    pool.poolSizeCount = static_cast<uint32_t>(sizes.size());
    pool.pPoolSizes = sizes.data();
    card_.check(vkCreateDescriptorPool(card_.device(), &pool, nullptr, &pool_), "binding memory");
    const VkDescriptorSetLayout layout = card_.set_layout();
    VkDescriptorSetAllocateInfo allocate{};
    allocate.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
    allocate.descriptorPool = pool_;
    allocate.descriptorSetCount = 1;
    allocate.pSetLayouts = &layout;
    card_.check(vkAllocateDescriptorSets(card_.device(), &allocate, &set_), "binding memory");

    std::vector<VkDescriptorBufferInfo> buffers{
        {places_.handle(), 0, static_cast<VkDeviceSize>(longest)}};
    for (const Buffer& block : *blocks.blocks)
      buffers.push_back({block.handle(), 0, VK_WHOLE_SIZE});
    std::vector<VkWriteDescriptorSet> writes(count + 1);
    for (uint32_t i = 0; i <= count; ++i) {
      writes[i].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
      writes[i].dstSet = set_;
      writes[i].dstBinding = i;
      writes[i].descriptorCount = 1;
      writes[i].descriptorType =
          i == 0 ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
      writes[i].pBufferInfo = &buffers[i];
    }
    vkUpdateDescriptorSets(card_.device(), count + 1, writes.data(), 0, nullptr);
  }

  const Card& card_;
  std::map<const Dispatch*, uint32_t> offsets_;
  Buffer places_;
  VkDescriptorPool pool_ = VK_NULL_HANDLE;
  VkDescriptorSet set_ = VK_NULL_HANDLE;
};

/// Times between commands, by the card's clock.
class Clock {
 public:
  Clock(const Card& card, uint32_t count) : card_(card), count_(count) {
    VkQueryPoolCreateInfo create{};
    create.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
    create.queryType = VK_QUERY_TYPE_TIMESTAMP;
    create.queryCount = count;
    card.check(vkCreateQueryPool(card.device(), &create, nullptr, &pool_), "reading its clock");
  }
  ~Clock() { vkDestroyQueryPool(card_.device(), pool_, nullptr); }
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  void reset(VkCommandBuffer commands) const { vkCmdResetQueryPool(commands, pool_, 0, count_); }
  void write(VkCommandBuffer commands, uint32_t index) const {
    vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool_, index);
  }
  /// From each to the next.
  [[nodiscard]] std::vector<double> seconds() const {
    std::vector<uint64_t> ticks(count_);
    card_.check(vkGetQueryPoolResults(card_.device(), pool_, 0, count_, count_ * sizeof(uint64_t),
                                      ticks.data(), sizeof(uint64_t),
                                      VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
                "reading its clock");
    const double period = double{card_.limits().timestampPeriod} * 1e-9;
    std::vector<double> seconds;
    for (size_t i = 1; i < ticks.size(); ++i) {
      seconds.push_back(static_cast<double>(ticks[i] - ticks[i - 1]) * period);
    }
    return seconds;
  }

 private:
  const Card& card_;
  uint32_t count_;
  VkQueryPool pool_ = VK_NULL_HANDLE;
};

/// Stages that the card has no kernels for, by reference kernels, on copies in the host's memory.
class HostStages {
 public:
  HostStages(const Graph& graph, const plan::Plan& plan) : copies_(at(graph.size())) {
    std::vector<float*> pointers(at(graph.size()));
    for (const plan::Stage& stage : plan.stages) {
      const auto* reference = std::get_if<plan::Reference>(&stage.work);
      steps_.emplace_back();
      if (reference == nullptr) continue;
      steps_.back() = {reference::step_of(graph, *reference), stage.reads, reference->out};
      for (const int node : stage.reads) copies_[at(node)].resize(count(graph, node));
      copies_[at(reference->out)].resize(count(graph, reference->out));
    }
    for (size_t i = 0; i < copies_.size(); ++i) pointers[i] = copies_[i].data();
    storage_ = Storage(std::move(pointers), nullptr);
  }

  [[nodiscard]] bool has(int stage) const { return steps_[at(stage)].step.run != nullptr; }
  [[nodiscard]] bool any() const {
    return std::ranges::any_of(steps_, [](const HostStep& s) { return s.step.run != nullptr; });
  }

  void run(int stage, const Tape& tape, const Blocks& blocks, Transfer& transfer) {
    const HostStep& host = steps_[at(stage)];
    const auto spot = [&](int node) { return tape.spots[at(node)]; };
    for (const int node : host.reads) {
      transfer.download(blocks.of(spot(node)), spot(node).offset, copies_[at(node)]);
    }
    host.step.run(storage_);
    transfer.upload(blocks.of(spot(host.out)), spot(host.out).offset, copies_[at(host.out)]);
    transfer.flush();
  }

 private:
  struct HostStep {
    Step step;
    std::vector<int> reads;
    int out = -1;
  };
  static size_t count(const Graph& graph, int node) {
    return static_cast<size_t>(graph.node(node).shape.numel());
  }

  std::vector<HostStep> steps_;
  std::vector<std::vector<float>> copies_;
  Storage storage_;
};

class VulkanExecutable final : public Executable {
 public:
  /// `begun`: states that have their first values already. Programs that share blocks share the
  /// way to them: what one of them is given, all see.
  VulkanExecutable(std::shared_ptr<const Card> card, const Planned& program, Tape tape,
                   CardBlocks blocks, std::shared_ptr<Transfer> transfer,
                   std::set<std::string>& begun)
      : card_(std::move(card)),
        tape_(std::move(tape)),
        pipelines_(compile()),
        blocks_(*card_, tape_, std::move(blocks)),
        transfer_(std::move(transfer)),
        bindings_(*card_, tape_, blocks_, *transfer_),
        recordings_(*card_),
        host_(program.graph, program.plan),
        copies_(at(program.graph.size())) {
    for (int i = 0; i < program.graph.size(); ++i) upload_leaf(program.graph, i, begun);
    transfer_->flush();
  }

  void write(int node, std::span<const float> values) override {
    if (const Spot* spot = find(tape_.input_spots, node)) {
      std::ranges::copy(values, blocks_.inputs.floats(spot->offset, spot->floats).begin());
    } else {
      transfer_->upload(blocks_.of(spot_of(node)), spot_of(node).offset, values);
    }
  }

  std::span<float> input(int node) override {
    const Spot* spot = find(tape_.input_spots, node);
    return blocks_.inputs.floats(spot->offset, spot->floats);
  }

  [[nodiscard]] std::span<const float> read(int node) const override {
    const Spot* spot = find(tape_.result_spots, node);
    if (spot != nullptr && spot->block == Spot::results) {
      return blocks_.results.floats(spot->offset, spot->floats);
    }
    if (spot == nullptr) {
      spot = find(tape_.input_spots, node);
      if (spot != nullptr) return blocks_.inputs.floats(spot->offset, spot->floats);
      spot = &spot_of(node);
    }
    std::vector<float>& copy = copies_[at(node)];
    copy.resize(static_cast<size_t>(spot->floats));
    transfer_->download(blocks_.of(*spot), spot->offset, copy);
    return copy;
  }

  void begin() override {
    first_ = next_ = 0;
    begins_ = true;
  }

  void run(int stage) override {
    if (host_.has(stage)) {
      flush();
      host_.run(stage, tape_, blocks_, *transfer_);
      first_ = stage + 1;
    }
    next_ = stage + 1;
  }

  void flush() override { submit(false); }
  void commit() override { submit(true); }

  std::vector<double> run_timed() override {
    const auto count = static_cast<uint32_t>(tape_.stages.size());
    if (!card_->info().clock || count == 0 || host_.any()) return {};
    transfer_->flush();
    const Clock clock(*card_, count + 1);
    CommandPool pool(*card_);
    const VkCommandBuffer commands = pool.make(true);
    clock.reset(commands);
    record_all(commands, tape_.begin);
    clock.write(commands, 0);
    for (uint32_t stage = 0; stage < count; ++stage) {
      record_all(commands, tape_.stages[stage]);
      clock.write(commands, stage + 1);
    }
    record_all(commands, tape_.end);
    pool.end(commands);
    card_->submit(commands);
    return clock.seconds();
  }

  [[nodiscard]] int64_t arena_bytes() const override { return blocks_.blocks->front().bytes(); }
  [[nodiscard]] int64_t leaf_bytes() const override {
    int64_t bytes = 0;
    for (size_t i = 1; i < blocks_.blocks->size(); ++i) bytes += (*blocks_.blocks)[i].bytes();
    return bytes;
  }

 private:
  /// Stages first to last - 1, what comes before the first of a run, and what comes after its last.
  using Part = std::tuple<int, int, bool, bool>;

  static void append(std::vector<const Command*>& all, const std::vector<Command>& more) {
    for (const Command& command : more) all.push_back(&command);
  }

  void record_all(VkCommandBuffer commands, std::vector<const Command*> all) const {
    const auto batches = batches_of(std::move(all));
    for (const auto& batch : batches) {
      for (const Command* command : batch) {
        std::visit([&](const auto& one) { record_one(commands, one); }, *command);
      }
      barrier(commands, &batch == &batches.back() ? Seen::by_host : Seen::by_card);
    }
  }
  void record_all(VkCommandBuffer commands, const std::vector<Command>& all) const {
    std::vector<const Command*> pointers;
    append(pointers, all);
    record_all(commands, std::move(pointers));
  }

  [[nodiscard]] const Spot& spot_of(int node) const { return tape_.spots[at(node)]; }

  static const Spot* find(const std::vector<std::pair<int, Spot>>& spots, int node) {
    const auto found = std::ranges::find(spots, node, &std::pair<int, Spot>::first);
    return found == spots.end() ? nullptr : &found->second;
  }

  [[nodiscard]] std::vector<VkPipeline> compile() const {
    std::vector<VkPipeline> pipelines;
    pipelines.reserve(tape_.kernels.size());
    for (const PlacedKernel& placed : tape_.kernels) {
      pipelines.push_back(card_->pipeline(placed));
    }
    return pipelines;
  }

  void upload_leaf(const Graph& graph, int index, std::set<std::string>& begun) {
    const Node& node = graph.node(index);
    const Spot& spot = spot_of(index);
    if (kind_of(node.op) != OpKind::leaf || node.op == Op::input || spot.block == Spot::none)
      return;
    if (node.op == Op::state && !begun.insert(node.name).second) return;
    if (node.tensor >= 0) {
      transfer_->upload(blocks_.of(spot), spot.offset, graph.tensor(node.tensor).span());
      return;
    }
    std::vector<float> values(static_cast<size_t>(spot.floats), node.scalar);
    if (node.op == Op::state) graph.first(node.first)(values);
    transfer_->upload(blocks_.of(spot), spot.offset, values);
  }

  void submit(bool ends) {
    transfer_->flush();
    const Part part{first_, next_, begins_, ends};
    first_ = next_;
    begins_ = false;
    const auto [first, last, begins, to_the_end] = part;
    if (first == last && !begins && !to_the_end) return;
    auto known = recorded_.find(part);
    if (known == recorded_.end()) {
      if (recorded_.size() >= most_recordings) {
        recorded_.clear();
        recordings_.clear();
      }
      known = recorded_.emplace(part, record(part)).first;
    }
    card_->submit(known->second);
  }

  [[nodiscard]] VkCommandBuffer record(const Part& part) {
    const auto [first, last, begins, ends] = part;
    const VkCommandBuffer commands = recordings_.make(false);
    std::vector<const Command*> all;
    if (begins) append(all, tape_.begin);
    for (int stage = first; stage < last; ++stage) append(all, tape_.stages[at(stage)]);
    if (ends) append(all, tape_.end);
    record_all(commands, std::move(all));
    recordings_.end(commands);
    return commands;
  }

  void record_one(VkCommandBuffer commands, const Dispatch& dispatch) const {
    const auto [x, y] = grid(tape_.kernels[at(dispatch.kernel)].kernel);
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipelines_[at(dispatch.kernel)]);
    bindings_.bind(commands, dispatch);
    vkCmdDispatch(commands, x, y, 1);
  }

  void record_one(VkCommandBuffer commands, const Move& move) const {
    const VkBufferCopy region{
        .srcOffset = static_cast<VkDeviceSize>(move.from.offset * float_bytes),
        .dstOffset = static_cast<VkDeviceSize>(move.to.offset * float_bytes),
        .size = static_cast<VkDeviceSize>(move.from.floats * float_bytes)};
    vkCmdCopyBuffer(commands, blocks_.of(move.from).handle(), blocks_.of(move.to).handle(), 1,
                    &region);
  }

  std::shared_ptr<const Card> card_;
  Tape tape_;
  std::vector<VkPipeline> pipelines_;
  Blocks blocks_;
  std::shared_ptr<Transfer> transfer_;
  Bindings bindings_;
  CommandPool recordings_;
  std::map<Part, VkCommandBuffer> recorded_;
  HostStages host_;
  mutable std::vector<std::vector<float>> copies_;  // that were asked for, by node
  int first_ = 0;  // stages from here to `next_` are to be submitted
  int next_ = 0;
  bool begins_ = false;
};

}  // namespace

std::vector<std::unique_ptr<Executable>> executables(const std::shared_ptr<const Card>& card,
                                                     std::span<const Planned> programs,
                                                     const Abilities& abilities) {
  const Reach reach{card->longest_block(), card->blocks(), abilities};
  Layout layout;
  std::vector<Tape> tapes;
  tapes.reserve(programs.size());
  for (const Planned& program : programs) {
    tapes.push_back(write_tape(program, layout, reach));
  }
  const CardBlocks blocks = card_blocks(*card, layout);
  const auto transfer = std::make_shared<Transfer>(*card);
  transfer->clear(*blocks);
  std::set<std::string> begun;
  std::vector<std::unique_ptr<Executable>> all;
  all.reserve(programs.size());
  for (size_t i = 0; i < programs.size(); ++i) {
    all.push_back(std::make_unique<VulkanExecutable>(card, programs[i], std::move(tapes[i]), blocks,
                                                     transfer, begun));
  }
  return all;
}

}  // namespace rivulet::exec::gpu::vulkan
