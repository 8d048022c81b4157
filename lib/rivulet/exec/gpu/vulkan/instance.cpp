#include "rivulet/exec/gpu/vulkan/instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "rivulet/exec/gpu/vulkan/abilities.h"
#include "rivulet/exec/gpu/vulkan/disk.h"

#include "rivulet/core/error.h"

namespace rivulet::exec::gpu::vulkan {
namespace {

constexpr uint32_t version = VK_API_VERSION_1_2;
constexpr uint32_t threads = 256;      // of a group, at most
constexpr uint32_t shared = 16 << 10;  // bytes that it shares

struct Family {
  uint32_t index;
  bool clock;
};

std::optional<Family> compute_family(VkPhysicalDevice physical) {
  uint32_t count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, families.data());
  const auto computes = [](const VkQueueFamilyProperties& family) {
    return (family.queueFlags & VK_QUEUE_COMPUTE_BIT) != 0;
  };
  const auto found = std::ranges::find_if(families, computes);
  if (found == families.end()) return std::nullopt;
  return Family{static_cast<uint32_t>(found - families.begin()), found->timestampValidBits == 64};
}

int64_t own_memory(VkPhysicalDevice physical) {
  VkPhysicalDeviceMemoryProperties memory;
  vkGetPhysicalDeviceMemoryProperties(physical, &memory);
  VkDeviceSize most = 0;
  for (uint32_t i = 0; i < memory.memoryHeapCount; ++i) {
    const VkMemoryHeap& heap = memory.memoryHeaps[i];
    if ((heap.flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0) most = std::max(most, heap.size);
  }
  return static_cast<int64_t>(most);
}

FloatControls controls_of(VkPhysicalDevice physical) {
  VkPhysicalDeviceFloatControlsProperties floats{};
  floats.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  properties.pNext = &floats;
  vkGetPhysicalDeviceProperties2(physical, &properties);
  return {.denormals = floats.shaderDenormPreserveFloat32 == VK_TRUE,
          .specials = floats.shaderSignedZeroInfNanPreserveFloat32 == VK_TRUE};
}

std::optional<CardInfo> info_of(VkInstance instance, VkPhysicalDevice physical) {
  CardInfo info{.physical = physical};
  vkGetPhysicalDeviceProperties(physical, &info.properties);
  const auto family = compute_family(physical);
  const uint32_t api = info.properties.apiVersion;
  const VkPhysicalDeviceLimits& limits = info.properties.limits;
  const bool small =
      limits.maxComputeWorkGroupInvocations < threads || limits.maxComputeSharedMemorySize < shared;
  if (!family || api < version || small) return std::nullopt;
  info.name = info.properties.deviceName;
  info.software = info.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
  info.memory = own_memory(physical);
  info.driver = fmt::format("Vulkan {}.{}", VK_API_VERSION_MAJOR(api), VK_API_VERSION_MINOR(api));
  info.family = family->index;
  info.clock = family->clock && limits.timestampPeriod > 0;
  info.controls = controls_of(physical);
  // Kernels that are shown are those that every card can run.
  if (!shows_kernels()) info.abilities = abilities_of(instance, physical, limits);
  return info;
}

}  // namespace

void check(VkResult result, const std::string& card, const char* call) {
  switch (result) {
    case VK_SUCCESS:
      return;
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_OUT_OF_HOST_MEMORY:
      throw DeviceError(
          fmt::format("[gpu] {} has too little memory left ({}): close what else uses it, or take "
                      "a smaller batch",
                      card, call));
    case VK_ERROR_DEVICE_LOST:
      throw DeviceError(fmt::format("[gpu] {} was lost ({})", card, call));
    default:
      throw DeviceError(
          fmt::format("[gpu] {}: {} failed with {}", card, call, static_cast<int>(result)));
  }
}

Instance::Instance() : trouble_(load()) {
  if (trouble_.empty()) list();
  if (trouble_.empty() && cards_.empty()) {
    trouble_ = "no card here has a driver for Vulkan 1.2 (mesa-vulkan-drivers has some)";
  }
}

Instance::~Instance() {
  if (instance_ != VK_NULL_HANDLE) vkDestroyInstance(instance_, nullptr);
}

std::string Instance::load() {
  if (volkInitialize() != VK_SUCCESS) return "Vulkan is not installed (libvulkan1 is its loader)";
  if (volkGetInstanceVersion() < version) return "Vulkan's loader is older than version 1.2";
  const VkApplicationInfo application{.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
                                      .pNext = nullptr,
                                      .pApplicationName = "rivulet",
                                      .applicationVersion = 0,
                                      .pEngineName = "rivulet",
                                      .engineVersion = 0,
                                      .apiVersion = version};
  const VkInstanceCreateInfo create{.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
                                    .pNext = nullptr,
                                    .flags = 0,
                                    .pApplicationInfo = &application,
                                    .enabledLayerCount = 0,
                                    .ppEnabledLayerNames = nullptr,
                                    .enabledExtensionCount = 0,
                                    .ppEnabledExtensionNames = nullptr};
  const VkResult result = vkCreateInstance(&create, nullptr, &instance_);
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER) return "no card here has a driver for Vulkan";
  if (result != VK_SUCCESS) {
    return fmt::format("Vulkan does not start (error {})", static_cast<int>(result));
  }
  volkLoadInstance(instance_);
  return {};
}

void Instance::list() {
  uint32_t count = 0;
  vkEnumeratePhysicalDevices(instance_, &count, nullptr);
  std::vector<VkPhysicalDevice> found(count);
  vkEnumeratePhysicalDevices(instance_, &count, found.data());
  for (const bool software : {false, true}) {
    for (const VkPhysicalDevice physical : found) {
      const auto info = info_of(instance_, physical);
      if (info && info->software == software) cards_.push_back(*info);
    }
  }
}

std::shared_ptr<const Instance> instance() {
  static const auto one = std::make_shared<const Instance>();
  return one;
}

}  // namespace rivulet::exec::gpu::vulkan
