// What cards may do beyond Vulkan 1.2, and how it is asked for: threads of a subgroup that read
// each other's values (VK_EXT_subgroup_size_control, so that it is known which they are), and units
// that multiply small matrices (VK_KHR_cooperative_matrix).
#pragma once

#include <volk.h>

#include <vector>

#include "rivulet/exec/gpu/lower.h"

namespace rivulet::exec::gpu::vulkan {

/// Those of a card that kernels can use.
[[nodiscard]] Abilities abilities_of(VkInstance instance, VkPhysicalDevice physical,
                                     const VkPhysicalDeviceLimits& limits);

/// Features and extensions, to ask whether a card has them, and to open it with them.
class AbilityRequest {
 public:
  AbilityRequest(bool subgroups, bool matrices);
  AbilityRequest(const AbilityRequest&) = delete;  // its parts point to each other
  AbilityRequest& operator=(const AbilityRequest&) = delete;

  /// Whether the card has all of its features.
  [[nodiscard]] bool granted_by(VkPhysicalDevice physical);
  /// While this lives.
  void add_to(VkDeviceCreateInfo& create);

 private:
  /// VkPhysicalDeviceCooperativeMatrixFeaturesKHR, which Debian 12's headers do not have yet.
  struct MatrixFeatures {
    VkStructureType sType;
    void* pNext;
    VkBool32 matrices;
    VkBool32 robust_access;
  };

  void wish();

  bool wants_subgroups_;
  bool wants_matrices_;
  VkPhysicalDeviceSubgroupSizeControlFeatures subgroups_;
  VkPhysicalDeviceVulkan12Features memory_;
  MatrixFeatures matrices_;
  void* first_ = nullptr;
  std::vector<const char*> extensions_;
};

/// A stage whose subgroups have so many threads: `size` is what it points to.
void want_subgroups(VkPipelineShaderStageCreateInfo& stage,
                    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo& size, int threads);

}  // namespace rivulet::exec::gpu::vulkan
