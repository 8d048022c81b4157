// Floats from the host to a card's memory and back, through small buffers that both see.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "rivulet/exec/gpu/vulkan/card.h"

namespace rivulet::exec::gpu::vulkan {

/// Command buffers that are given back together.
class CommandPool {
 public:
  explicit CommandPool(const Card& card);
  ~CommandPool();
  CommandPool(const CommandPool&) = delete;
  CommandPool& operator=(const CommandPool&) = delete;

  /// Begun.
  [[nodiscard]] VkCommandBuffer make(bool once);
  void end(VkCommandBuffer commands) const;
  /// All that were made are no more.
  void clear();

 private:
  const Card& card_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
};

enum class Seen : uint8_t { by_card, by_host };
/// What was written by transfers or kernels before is seen by those after, or by the host too.
void barrier(VkCommandBuffer commands, Seen seen);

class Transfer {
 public:
  explicit Transfer(const Card& card);

  /// All zeros.
  void clear(std::span<const Buffer> buffers);
  /// Arrives when `flush` returns, or before.
  void upload(const Buffer& to, int64_t offset, std::span<const float> values);
  void flush();
  void download(const Buffer& from, int64_t offset, std::span<float> values);

 private:
  struct Copy {
    VkBuffer to;
    VkBufferCopy region;
  };
  void run(std::span<const Copy> copies, VkBuffer from);

  const Card& card_;
  CommandPool pool_;
  Buffer up_;
  Buffer down_;
  int64_t waiting_ = 0;  // floats in `up_`
  std::vector<Copy> copies_;
};

}  // namespace rivulet::exec::gpu::vulkan
