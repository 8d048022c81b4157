#include "rivulet/exec/gpu/vulkan/abilities.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "rivulet/exec/gpu/matrix_tile.h"

namespace rivulet::exec::gpu::vulkan {
namespace {

constexpr const char* subgroup_extension = VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME;
constexpr const char* matrix_extension = "VK_KHR_cooperative_matrix";
constexpr uint32_t most_threads = 256;  // of a group

// Of the latter, by its names.
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

bool has_extension(VkPhysicalDevice physical, const char* name) {
  uint32_t count = 0;
  vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> known(count);
  vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, known.data());
  return std::ranges::any_of(known, [&](const VkExtensionProperties& extension) {
    return std::strcmp(extension.extensionName, name) == 0;
  });
}

/// How many threads of a subgroup kernels can ask for and shuffle values among; or 0.
int subgroup_of(VkPhysicalDevice physical) {
  if (!has_extension(physical, subgroup_extension)) return 0;
  if (!AbilityRequest(true, false).granted_by(physical)) return 0;
  VkPhysicalDeviceSubgroupSizeControlProperties sizes{};
  sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES;
  VkPhysicalDeviceSubgroupProperties usual{};
  usual.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
  usual.pNext = &sizes;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  properties.pNext = &usual;
  vkGetPhysicalDeviceProperties2(physical, &properties);
  const uint32_t size = usual.subgroupSize;
  const bool given = (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0 &&
                     size >= sizes.minSubgroupSize && size <= sizes.maxSubgroupSize &&
                     most_threads <= size * sizes.maxComputeWorkgroupSubgroups;
  const bool shuffles = (usual.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0 &&
                        (usual.supportedOperations & VK_SUBGROUP_FEATURE_SHUFFLE_BIT) != 0;
  return given && shuffles ? static_cast<int>(size) : 0;
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

/// The largest that tiles can be made of, of a card with such subgroups.
MatrixUnit unit_of(VkInstance instance, VkPhysicalDevice physical, int subgroup, int64_t shared) {
  if (!has_extension(physical, matrix_extension)) return {};
  if (!AbilityRequest(true, true).granted_by(physical)) return {};
  MatrixUnit best;
  const auto work = [](const MatrixUnit& unit) { return unit.m * unit.n * unit.k; };
  for (const CooperativeMatrixProperties& shape : shapes_of(instance, physical)) {
    const MatrixUnit unit{.m = static_cast<int>(shape.m_size),
                          .n = static_cast<int>(shape.n_size),
                          .k = static_cast<int>(shape.k_size)};
    const bool fits = of_halves(shape) && MatrixTile::takes({subgroup, unit}, shared);
    if (fits && work(unit) > work(best)) best = unit;
  }
  return best;
}

}  // namespace

AbilityRequest::AbilityRequest(bool subgroups, bool matrices)
    : wants_subgroups_(subgroups), wants_matrices_(matrices), subgroups_{}, memory_{}, matrices_{} {
  subgroups_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES;
  memory_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  matrices_.sType = cooperative_matrix_features;
  if (subgroups) {
    extensions_.push_back(subgroup_extension);
    first_ = &subgroups_;
  }
  if (matrices) {
    extensions_.push_back(matrix_extension);
    memory_.pNext = first_;
    matrices_.pNext = &memory_;
    first_ = &matrices_;
  }
}

bool AbilityRequest::granted_by(VkPhysicalDevice physical) {
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = first_;
  vkGetPhysicalDeviceFeatures2(physical, &features);
  const bool subgroups = (subgroups_.subgroupSizeControl & subgroups_.computeFullSubgroups) != 0;
  const bool matrices =
      (memory_.vulkanMemoryModel & memory_.shaderFloat16 & matrices_.matrices) != 0;
  return (subgroups || !wants_subgroups_) && (matrices || !wants_matrices_);
}

void AbilityRequest::add_to(VkDeviceCreateInfo& create) {
  subgroups_.subgroupSizeControl = VK_TRUE;
  subgroups_.computeFullSubgroups = VK_TRUE;
  memory_.vulkanMemoryModel = VK_TRUE;
  memory_.shaderFloat16 = VK_TRUE;
  matrices_.matrices = VK_TRUE;
  create.pNext = first_;
  create.enabledExtensionCount = static_cast<uint32_t>(extensions_.size());
  create.ppEnabledExtensionNames = extensions_.data();
}

Abilities abilities_of(VkInstance instance, VkPhysicalDevice physical,
                       const VkPhysicalDeviceLimits& limits) {
  Abilities abilities{.subgroup = subgroup_of(physical)};
  if (abilities.subgroup == 0) return {};
  abilities.unit =
      unit_of(instance, physical, abilities.subgroup, limits.maxComputeSharedMemorySize);
  return abilities;
}

void want_subgroups(VkPipelineShaderStageCreateInfo& stage,
                    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo& size, int threads) {
  size = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO,
          .pNext = nullptr,
          .requiredSubgroupSize = static_cast<uint32_t>(threads)};
  stage.flags |= VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
  stage.pNext = &size;
}

}  // namespace rivulet::exec::gpu::vulkan
