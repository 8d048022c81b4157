// An opened card: its queue, its memory, and the pipelines that it has compiled.
#pragma once

#include <volk.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "rivulet/exec/gpu/tape.h"
#include "rivulet/exec/gpu/vulkan/disk.h"
#include "rivulet/exec/gpu/vulkan/instance.h"

namespace rivulet::exec::gpu::vulkan {

/// Where a buffer lies, and which way its contents go.
enum class Memory : uint8_t { card, upload, download };

class Card;

/// A piece of memory of a card.
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Card& card, Memory memory, int64_t bytes);
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  [[nodiscard]] VkBuffer handle() const { return buffer_; }
  [[nodiscard]] int64_t bytes() const { return bytes_; }
  /// What the host sees of it; not of `Memory::card`.
  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::span<float> floats(int64_t offset, int64_t count) const {
    return {reinterpret_cast<float*>(data_) + offset, static_cast<size_t>(count)};
  }

 private:
  const Card* card_ = nullptr;
  VkBuffer buffer_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  std::byte* data_ = nullptr;
  int64_t bytes_ = 0;
};

class Card {
 public:
  /// Blocks of memory that a kernel can reach.
  static constexpr int most_blocks = 8;

  Card(std::shared_ptr<const Instance> instance, const CardInfo& info);
  ~Card();
  Card(const Card&) = delete;
  Card& operator=(const Card&) = delete;

  [[nodiscard]] const CardInfo& info() const { return info_; }
  [[nodiscard]] const VkPhysicalDeviceLimits& limits() const { return info_.properties.limits; }
  [[nodiscard]] VkDevice device() const { return device_; }
  [[nodiscard]] VkDescriptorSetLayout set_layout() const { return set_layout_; }
  [[nodiscard]] VkPipelineLayout layout() const { return layout_; }
  /// How many blocks there may be, and the longest of them in floats.
  [[nodiscard]] int blocks() const;
  [[nodiscard]] int64_t longest_block() const;

  /// Compiled once, kept as long as the card.
  [[nodiscard]] VkPipeline pipeline(const PlacedKernel& kernel) const;
  /// Runs commands, and waits for them. Those of other threads go in between.
  void submit(VkCommandBuffer commands) const;
  void check(VkResult result, const char* call) const;
  /// It answers no more; another may be opened in its place.
  [[nodiscard]] bool lost() const { return lost_; }

 private:
  friend class Buffer;
  void open();
  void make_layouts();
  [[nodiscard]] uint32_t memory_type(uint32_t allowed, Memory memory) const;
  [[nodiscard]] VkPipeline compile(const PlacedKernel& kernel) const;
  /// One that nobody waits for. Under the lock of the queue.
  [[nodiscard]] VkFence free_fence() const;
  void load_pipelines();
  void keep_pipelines() const;
  void close();

  std::shared_ptr<const Instance> instance_;
  CardInfo info_;
  VkPhysicalDeviceMemoryProperties memory_{};
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  VkDescriptorSetLayout set_layout_ = VK_NULL_HANDLE;
  VkPipelineLayout layout_ = VK_NULL_HANDLE;
  VkPipelineCache pipeline_cache_ = VK_NULL_HANDLE;
  DiskCache disk_;
  size_t kept_words_ = 0;
  mutable std::atomic<bool> lost_ = false;
  // Programs of several threads share a card: neither a kernel that is compiled nor a run that is
  // awaited keeps others from theirs.
  mutable std::mutex queue_mutex_;
  mutable std::vector<VkFence> fences_;
  mutable std::vector<VkFence> free_fences_;
  mutable std::mutex pipelines_mutex_;
  mutable std::map<PlacedKernel, VkPipeline> pipelines_;
};

}  // namespace rivulet::exec::gpu::vulkan
