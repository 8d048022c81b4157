#include "rivulet/exec/gpu/vulkan/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/exec/gpu/vulkan/abilities.h"

namespace rivulet::exec::gpu::vulkan {

Buffer::Buffer(const Card& card, Memory memory, int64_t bytes) : card_(&card), bytes_(bytes) {
  VkBufferCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  create.size = static_cast<VkDeviceSize>(std::max<int64_t>(bytes, 4));
  create.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT |
                 VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT;
  card.check(vkCreateBuffer(card.device(), &create, nullptr, &buffer_), "creating a buffer");
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements(card.device(), buffer_, &needs);
  VkMemoryAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocate.allocationSize = needs.size;
  allocate.memoryTypeIndex = card.memory_type(needs.memoryTypeBits, memory);
  VkResult result = vkAllocateMemory(card.device(), &allocate, nullptr, &memory_);
  if (result == VK_SUCCESS) result = vkBindBufferMemory(card.device(), buffer_, memory_, 0);
  if (result == VK_SUCCESS && memory != Memory::card) {
    void* mapped = nullptr;
    result = vkMapMemory(card.device(), memory_, 0, VK_WHOLE_SIZE, 0, &mapped);
    data_ = static_cast<std::byte*>(mapped);
    if (data_ != nullptr) std::memset(data_, 0, static_cast<size_t>(create.size));
  }
  if (result != VK_SUCCESS) {
    const Buffer freed = std::move(*this);  // no destructor runs for what was not constructed
    card.check(result, fmt::format("a buffer of {} MB", bytes >> 20).c_str());
  }
}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(card_, other.card_);
  std::swap(buffer_, other.buffer_);
  std::swap(memory_, other.memory_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Buffer::~Buffer() {
  if (card_ == nullptr) return;
  vkDestroyBuffer(card_->device(), buffer_, nullptr);
  vkFreeMemory(card_->device(), memory_, nullptr);
}

Card::Card(std::shared_ptr<const Instance> instance, const CardInfo& info)
    : instance_(std::move(instance)), info_(info), disk_(DiskCache::named("pipelines")) {
  vkGetPhysicalDeviceMemoryProperties(info.physical, &memory_);
  try {
    open();
    make_layouts();
    load_pipelines();
  } catch (...) {
    close();
    throw;
  }
}

Card::~Card() {
  keep_pipelines();
  close();
}

void Card::close() {
  if (device_ == VK_NULL_HANDLE) return;
  for (const auto& [kernel, pipeline] : pipelines_) vkDestroyPipeline(device_, pipeline, nullptr);
  vkDestroyPipelineCache(device_, pipeline_cache_, nullptr);
  vkDestroyPipelineLayout(device_, layout_, nullptr);
  vkDestroyDescriptorSetLayout(device_, set_layout_, nullptr);
  for (const VkFence fence : fences_) vkDestroyFence(device_, fence, nullptr);
  vkDestroyDevice(device_, nullptr);
}

void Card::open() {
  const float priority = 1;
  VkDeviceQueueCreateInfo queue{};
  queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue.queueFamilyIndex = info_.family;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  VkDeviceCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  create.queueCreateInfoCount = 1;
  create.pQueueCreateInfos = &queue;
  AbilityRequest request(info_.abilities.subgroup > 0, info_.abilities.unit.m > 0);
  request.add_to(create);
  check(vkCreateDevice(info_.physical, &create, nullptr, &device_), "opening it");
  vkGetDeviceQueue(device_, info_.family, 0, &queue_);
}

/// One layout for all kernels: where operands begin, and the blocks of memory.
void Card::make_layouts() {
  std::vector<VkDescriptorSetLayoutBinding> bindings(static_cast<size_t>(blocks()) + 1);
  for (size_t i = 0; i < bindings.size(); ++i) {
    bindings[i] = {.binding = static_cast<uint32_t>(i),
                   .descriptorType = i == 0 ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC
                                            : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                   .descriptorCount = 1,
                   .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
                   .pImmutableSamplers = nullptr};
  }
  VkDescriptorSetLayoutCreateInfo set{};
  set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
  set.bindingCount = static_cast<uint32_t>(bindings.size());
  set.pBindings = bindings.data();
  check(vkCreateDescriptorSetLayout(device_, &set, nullptr, &set_layout_), "creating a layout");
  VkPipelineLayoutCreateInfo layout{};
  layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  layout.setLayoutCount = 1;
  layout.pSetLayouts = &set_layout_;
  check(vkCreatePipelineLayout(device_, &layout, nullptr, &layout_), "creating a layout");
}

int Card::blocks() const {
  return std::min(most_blocks, static_cast<int>(limits().maxPerStageDescriptorStorageBuffers));
}

int64_t Card::longest_block() const {
  return std::min<int64_t>(limits().maxStorageBufferRange / sizeof(float),
                           std::numeric_limits<int32_t>::max());
}

uint32_t Card::memory_type(uint32_t allowed, Memory memory) const {
  constexpr uint32_t local = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
  constexpr uint32_t host =
      VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  constexpr uint32_t cached = host | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
  const auto wishes = memory == Memory::card     ? std::array<uint32_t, 2>{local, 0}
                      : memory == Memory::upload ? std::array<uint32_t, 2>{host, host}
                                                 : std::array<uint32_t, 2>{cached, host};
  for (const uint32_t wish : wishes) {
    for (uint32_t i = 0; i < memory_.memoryTypeCount; ++i) {
      const bool fits = (memory_.memoryTypes[i].propertyFlags & wish) == wish;
      if (fits && (allowed >> i & 1) != 0) return i;
    }
  }
  throw DeviceError(fmt::format("[gpu] {} has no memory that the host can reach", info_.name));
}

VkPipeline Card::pipeline(const PlacedKernel& kernel) const {
  const std::scoped_lock lock(pipelines_mutex_);
  const auto found = pipelines_.find(kernel);
  if (found != pipelines_.end()) return found->second;
  return pipelines_.emplace(kernel, compile(kernel)).first->second;
}

VkPipeline Card::compile(const PlacedKernel& kernel) const {
  if (shows_kernels()) show_kernel(wgsl(kernel.kernel, kernel.blocks));
  const std::vector<uint32_t> words = spirv(kernel.kernel, kernel.blocks, info_.controls);
  VkShaderModuleCreateInfo code{};
  code.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  code.codeSize = words.size() * sizeof(uint32_t);
  code.pCode = words.data();
  VkShaderModule module = VK_NULL_HANDLE;
  check(vkCreateShaderModule(device_, &code, nullptr, &module), "reading a kernel");
  VkComputePipelineCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  create.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  create.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  create.stage.module = module;
  create.stage.pName = "main";
  VkPipelineShaderStageRequiredSubgroupSizeCreateInfo size;
  if (const int threads = kernel.kernel.subgroup; threads > 0) {
    want_subgroups(create.stage, size, threads);
  }
  create.layout = layout_;
  VkPipeline pipeline = VK_NULL_HANDLE;
  const VkResult result =
      vkCreateComputePipelines(device_, pipeline_cache_, 1, &create, nullptr, &pipeline);
  vkDestroyShaderModule(device_, module, nullptr);
  check(result, "compiling a kernel");
  return pipeline;
}

void Card::check(VkResult result, const char* call) const {
  if (result == VK_ERROR_DEVICE_LOST) lost_ = true;
  vulkan::check(result, info_.name, call);
}

VkFence Card::free_fence() const {
  if (free_fences_.empty()) {
    VkFenceCreateInfo create{};
    create.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
    VkFence fence = VK_NULL_HANDLE;
    check(vkCreateFence(device_, &create, nullptr, &fence), "creating a fence");
    fences_.push_back(fence);
    free_fences_.push_back(fence);
  }
  const VkFence fence = free_fences_.back();
  free_fences_.pop_back();
  return fence;
}

void Card::submit(VkCommandBuffer commands) const {
  VkSubmitInfo submit{};
  submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  submit.commandBufferCount = 1;
  submit.pCommandBuffers = &commands;
  VkFence fence = VK_NULL_HANDLE;
  {
    const std::scoped_lock lock(queue_mutex_);
    fence = free_fence();
    check(vkQueueSubmit(queue_, 1, &submit, fence), "starting a run");
  }
  check(vkWaitForFences(device_, 1, &fence, VK_TRUE, std::numeric_limits<uint64_t>::max()),
        "a run");
  check(vkResetFences(device_, 1, &fence), "a run");
  const std::scoped_lock lock(queue_mutex_);
  free_fences_.push_back(fence);
}

// The driver's own results, by the card's name and its driver's version.

namespace {

std::string cache_key(const CardInfo& info) {
  std::string key = info.name + fmt::format(" {}", info.properties.driverVersion);
  for (const uint8_t byte : info.properties.pipelineCacheUUID) key += fmt::format(" {:02x}", byte);
  return key;
}

}  // namespace

void Card::load_pipelines() {
  const auto known = disk_.find(cache_key(info_));
  VkPipelineCacheCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO;
  if (known) {
    create.initialDataSize = known->size() * sizeof(uint32_t);
    create.pInitialData = known->data();
    kept_words_ = known->size();
  }
  check(vkCreatePipelineCache(device_, &create, nullptr, &pipeline_cache_), "reading kernels");
}

void Card::keep_pipelines() const {
  size_t bytes = 0;
  vkGetPipelineCacheData(device_, pipeline_cache_, &bytes, nullptr);
  std::vector<uint32_t> words((bytes + sizeof(uint32_t) - 1) / sizeof(uint32_t));
  if (words.size() <= kept_words_) return;
  if (vkGetPipelineCacheData(device_, pipeline_cache_, &bytes, words.data()) == VK_SUCCESS) {
    disk_.keep(cache_key(info_), words);
  }
}

}  // namespace rivulet::exec::gpu::vulkan
