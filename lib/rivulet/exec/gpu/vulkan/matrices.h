// Units of cards that multiply small matrices: VK_KHR_cooperative_matrix.
#pragma once

#include <volk.h>

#include "rivulet/exec/gpu/kernel.h"

namespace rivulet::exec::gpu::vulkan {

/// The unit that kernels of a card may use; none where it has none, or none that they can use.
[[nodiscard]] MatrixUnit matrix_unit_of(VkInstance instance, VkPhysicalDevice physical,
                                        const VkPhysicalDeviceLimits& limits);

/// What a card that has one is opened with.
class MatrixRequest {
 public:
  MatrixRequest();
  MatrixRequest(const MatrixRequest&) = delete;  // its parts point to each other
  MatrixRequest& operator=(const MatrixRequest&) = delete;

  /// While this lives.
  void add_to(VkDeviceCreateInfo& create) const;

 private:
  friend MatrixUnit matrix_unit_of(VkInstance instance, VkPhysicalDevice physical,
                                   const VkPhysicalDeviceLimits& limits);

  /// VkPhysicalDeviceCooperativeMatrixFeaturesKHR, which Debian 12's headers do not have yet.
  struct Features {
    VkStructureType sType;
    void* pNext;
    VkBool32 matrices;
    VkBool32 robust_access;
  };

  [[nodiscard]] bool answered() const;

  Features matrices_;
  VkPhysicalDeviceSubgroupSizeControlFeatures subgroups_;
  VkPhysicalDeviceVulkan12Features memory_;
};

/// A stage whose subgroups are as large as `unit` wants them: `size` is what it points to.
void want_subgroups(VkPipelineShaderStageCreateInfo& stage,
                    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo& size,
                    const MatrixUnit& unit);

}  // namespace rivulet::exec::gpu::vulkan
