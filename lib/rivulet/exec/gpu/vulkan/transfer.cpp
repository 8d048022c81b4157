#include "rivulet/exec/gpu/vulkan/transfer.h"

#include <algorithm>

namespace rivulet::exec::gpu::vulkan {
namespace {

constexpr int64_t piece = 1 << 18;  // floats at once
constexpr int64_t float_bytes = sizeof(float);

VkBufferCopy region(int64_t from, int64_t to, int64_t count) {
  return {.srcOffset = static_cast<VkDeviceSize>(from * float_bytes),
          .dstOffset = static_cast<VkDeviceSize>(to * float_bytes),
          .size = static_cast<VkDeviceSize>(count * float_bytes)};
}

}  // namespace

CommandPool::CommandPool(const Card& card) : card_(card) {
  VkCommandPoolCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  create.queueFamilyIndex = card.info().family;
  card.check(vkCreateCommandPool(card.device(), &create, nullptr, &pool_), "creating commands");
}

CommandPool::~CommandPool() { vkDestroyCommandPool(card_.device(), pool_, nullptr); }

VkCommandBuffer CommandPool::make(bool once) {
  VkCommandBufferAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  allocate.commandPool = pool_;
  allocate.commandBufferCount = 1;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  card_.check(vkAllocateCommandBuffers(card_.device(), &allocate, &commands), "creating commands");
  VkCommandBufferBeginInfo begin{};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  begin.flags = once ? VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT : 0;
  card_.check(vkBeginCommandBuffer(commands, &begin), "recording");
  return commands;
}

void CommandPool::end(VkCommandBuffer commands) const {
  card_.check(vkEndCommandBuffer(commands), "recording");
}

void CommandPool::clear() {
  vkDestroyCommandPool(card_.device(), pool_, nullptr);
  pool_ = VK_NULL_HANDLE;
  VkCommandPoolCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  create.queueFamilyIndex = card_.info().family;
  card_.check(vkCreateCommandPool(card_.device(), &create, nullptr, &pool_), "creating commands");
}

void barrier(VkCommandBuffer commands, Seen seen) {
  constexpr VkPipelineStageFlags device =
      VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
  VkMemoryBarrier memory{};
  memory.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  memory.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  memory.dstAccessMask = VK_ACCESS_UNIFORM_READ_BIT | VK_ACCESS_SHADER_READ_BIT |
                         VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT |
                         VK_ACCESS_TRANSFER_WRITE_BIT;
  VkPipelineStageFlags after = device;
  if (seen == Seen::by_host) {
    memory.dstAccessMask |= VK_ACCESS_HOST_READ_BIT;
    after |= VK_PIPELINE_STAGE_HOST_BIT;
  }
  vkCmdPipelineBarrier(commands, device, after, 0, 1, &memory, 0, nullptr, 0, nullptr);
}

Transfer::Transfer(const Card& card)
    : card_(card),
      pool_(card),
      up_(card, Memory::upload, piece * float_bytes),
      down_(card, Memory::download, piece * float_bytes) {}

void Transfer::run(std::span<const Copy> copies, VkBuffer from) {
  const VkCommandBuffer commands = pool_.make(true);
  for (const Copy& copy : copies) vkCmdCopyBuffer(commands, from, copy.to, 1, &copy.region);
  barrier(commands, Seen::by_host);
  pool_.end(commands);
  card_.submit(commands);
  pool_.clear();
}

void Transfer::clear(std::span<const Buffer> buffers) {
  const VkCommandBuffer commands = pool_.make(true);
  for (const Buffer& buffer : buffers) {
    vkCmdFillBuffer(commands, buffer.handle(), 0, VK_WHOLE_SIZE, 0);
  }
  barrier(commands, Seen::by_host);
  pool_.end(commands);
  card_.submit(commands);
  pool_.clear();
}

void Transfer::upload(const Buffer& to, int64_t offset, std::span<const float> values) {
  while (!values.empty()) {
    if (waiting_ == piece) flush();
    const int64_t count = std::min<int64_t>(static_cast<int64_t>(values.size()), piece - waiting_);
    std::ranges::copy(values.first(static_cast<size_t>(count)),
                      up_.floats(waiting_, count).begin());
    copies_.push_back({to.handle(), region(waiting_, offset, count)});
    waiting_ += count;
    offset += count;
    values = values.subspan(static_cast<size_t>(count));
  }
}

void Transfer::flush() {
  if (copies_.empty()) return;
  run(copies_, up_.handle());
  copies_.clear();
  waiting_ = 0;
}

void Transfer::download(const Buffer& from, int64_t offset, std::span<float> values) {
  flush();
  while (!values.empty()) {
    const int64_t count = std::min<int64_t>(static_cast<int64_t>(values.size()), piece);
    const Copy copy{down_.handle(), region(offset, 0, count)};
    run({&copy, 1}, from.handle());
    std::ranges::copy(down_.floats(0, count), values.begin());
    offset += count;
    values = values.subspan(static_cast<size_t>(count));
  }
}

}  // namespace rivulet::exec::gpu::vulkan
