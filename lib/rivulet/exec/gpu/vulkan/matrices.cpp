#include "rivulet/exec/gpu/vulkan/matrices.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "rivulet/exec/gpu/matrix_tile.h"

namespace rivulet::exec::gpu::vulkan {
namespace {

constexpr std::array extensions{"VK_KHR_cooperative_matrix",
                                VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME};

// Of the extension, by its names.
constexpr auto cooperative_matrix_features = static_cast<VkStructureType>(1000506000);
constexpr auto cooperative_matrix_properties = static_cast<VkStructureType>(1000506001);
constexpr uint32_t component_float16 = 0;
constexpr uint32_t component_float32 = 1;
constexpr uint32_t scope_subgroup = 3;
struct CooperativeMatrixProperties {
  VkStructureType sType;
  void* pNext;
  uint32_t m_size;
  uint32_t n_size;
  uint32_t k_size;
  uint32_t a_type;
  uint32_t b_type;
  uint32_t c_type;
  uint32_t result_type;
  VkBool32 saturating;
  uint32_t scope;
};
using GetProperties = VkResult(VKAPI_PTR*)(VkPhysicalDevice, uint32_t*,
                                           CooperativeMatrixProperties*);

bool has_extensions(VkPhysicalDevice physical) {
  uint32_t count = 0;
  vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> known(count);
  vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, known.data());
  return std::ranges::all_of(extensions, [&](const char* name) {
    return std::ranges::any_of(known, [&](const VkExtensionProperties& extension) {
      return std::strcmp(extension.extensionName, name) == 0;
    });
  });
}

/// How many threads of a subgroup kernels can ask for, or 0.
int subgroup_of(VkPhysicalDevice physical) {
  VkPhysicalDeviceSubgroupSizeControlProperties sizes{};
  sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES;
  VkPhysicalDeviceSubgroupProperties usual{};
  usual.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
  usual.pNext = &sizes;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  properties.pNext = &usual;
  vkGetPhysicalDeviceProperties2(physical, &properties);
  const bool given = (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0 &&
                     usual.subgroupSize >= sizes.minSubgroupSize &&
                     usual.subgroupSize <= sizes.maxSubgroupSize;
  return given ? static_cast<int>(usual.subgroupSize) : 0;
}

std::vector<CooperativeMatrixProperties> shapes_of(VkInstance instance, VkPhysicalDevice physical) {
  const auto get = reinterpret_cast<GetProperties>(
      vkGetInstanceProcAddr(instance, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR"));
  uint32_t count = 0;
  if (get == nullptr || get(physical, &count, nullptr) != VK_SUCCESS) return {};
  std::vector<CooperativeMatrixProperties> shapes(count);
  for (CooperativeMatrixProperties& shape : shapes) shape.sType = cooperative_matrix_properties;
  if (get(physical, &count, shapes.data()) < VK_SUCCESS) return {};
  shapes.resize(count);
  return shapes;
}

bool of_halves(const CooperativeMatrixProperties& shape) {
  return shape.a_type == component_float16 && shape.b_type == component_float16 &&
         shape.c_type == component_float32 && shape.result_type == component_float32 &&
         shape.scope == scope_subgroup;
}

}  // namespace

MatrixRequest::MatrixRequest() : matrices_{}, subgroups_{}, memory_{} {
  memory_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  memory_.vulkanMemoryModel = VK_TRUE;
  memory_.shaderFloat16 = VK_TRUE;
  subgroups_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES;
  subgroups_.pNext = &memory_;
  subgroups_.subgroupSizeControl = VK_TRUE;
  subgroups_.computeFullSubgroups = VK_TRUE;
  matrices_.sType = cooperative_matrix_features;
  matrices_.pNext = &subgroups_;
  matrices_.matrices = VK_TRUE;
}

/// After a card was asked what it has.
bool MatrixRequest::answered() const {
  return (memory_.vulkanMemoryModel & memory_.shaderFloat16 & subgroups_.subgroupSizeControl &
          subgroups_.computeFullSubgroups & matrices_.matrices) == VK_TRUE;
}

void MatrixRequest::add_to(VkDeviceCreateInfo& create) const {
  create.pNext = &matrices_;
  create.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
  create.ppEnabledExtensionNames = extensions.data();
}

MatrixUnit matrix_unit_of(VkInstance instance, VkPhysicalDevice physical,
                          const VkPhysicalDeviceLimits& limits) {
  MatrixRequest request;
  if (!has_extensions(physical)) return {};
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &request.matrices_;
  vkGetPhysicalDeviceFeatures2(physical, &features);
  if (!request.answered()) return {};
  MatrixUnit best;
  const auto work = [](const MatrixUnit& unit) { return unit.m * unit.n * unit.k; };
  for (const CooperativeMatrixProperties& shape : shapes_of(instance, physical)) {
    const MatrixUnit unit{.m = static_cast<int>(shape.m_size),
                          .n = static_cast<int>(shape.n_size),
                          .k = static_cast<int>(shape.k_size),
                          .subgroup = subgroup_of(physical)};
    const bool fits =
        of_halves(shape) && MatrixTile::takes(unit, limits.maxComputeSharedMemorySize);
    if (fits && work(unit) > work(best)) best = unit;
  }
  return best;
}

void want_subgroups(VkPipelineShaderStageCreateInfo& stage,
                    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo& size,
                    const MatrixUnit& unit) {
  size = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO,
          .pNext = nullptr,
          .requiredSubgroupSize = static_cast<uint32_t>(unit.subgroup)};
  stage.flags |= VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
  stage.pNext = &size;
}

}  // namespace rivulet::exec::gpu::vulkan
