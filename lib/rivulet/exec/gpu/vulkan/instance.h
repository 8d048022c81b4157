// Vulkan on this machine, and the cards that it knows.
#pragma once

#include <volk.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rivulet/exec/gpu/lower.h"

namespace rivulet::exec::gpu::vulkan {

/// Throws Error with a sentence for what a card answered.
void check(VkResult result, const std::string& card, const char* call);

struct CardInfo {
  VkPhysicalDevice physical = VK_NULL_HANDLE;
  std::string name = {};
  bool software = false;    ///< the processor plays the card
  int64_t memory = 0;       ///< bytes of the largest heap of its own
  std::string driver = {};  ///< version of Vulkan
  uint32_t family = 0;      ///< of queues that compute
  bool clock = false;       ///< whether they can tell the time
  FloatControls controls = {};
  Abilities abilities = {};
  VkPhysicalDeviceProperties properties = {};
};

/// Vulkan itself. There is one, as long as anything holds it.
class Instance {
 public:
  Instance();
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Real cards first, as Vulkan lists them.
  [[nodiscard]] std::span<const CardInfo> cards() const { return cards_; }
  /// Why there are none, in one sentence; empty where there are.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  [[nodiscard]] std::string load();
  void list();

  VkInstance instance_ = VK_NULL_HANDLE;
  std::vector<CardInfo> cards_;
  std::string trouble_;
};

[[nodiscard]] std::shared_ptr<const Instance> instance();

}  // namespace rivulet::exec::gpu::vulkan
