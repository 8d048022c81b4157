// Vulkan's cards as devices.
#include "rivulet/exec/gpu/devices.h"

#include <fmt/format.h>

#include <mutex>

#include "rivulet/core/error.h"
#include "rivulet/exec/gpu/lower.h"
#include "rivulet/exec/gpu/vulkan/executable.h"

namespace rivulet::exec::gpu {
namespace {

/// A card that is opened with the first program on it, and again when it was lost. It stays open
/// for the kernels that it has compiled.
class SharedCard {
 public:
  explicit SharedCard(size_t index) : index_(index) {}

  [[nodiscard]] std::shared_ptr<const vulkan::Card> open() {
    const std::scoped_lock lock(mutex_);
    if (!card_ || card_->lost()) {
      const auto vulkan = vulkan::instance();
      card_ = std::make_shared<const vulkan::Card>(vulkan, vulkan->cards()[index_]);
    }
    return card_;
  }

 private:
  size_t index_;
  std::mutex mutex_;
  std::shared_ptr<const vulkan::Card> card_;
};

std::string description(const vulkan::CardInfo& info) {
  return fmt::format("{}: {}, {} MB, {} MB in one piece{}", info.name, info.driver,
                     info.memory >> 20, info.properties.limits.maxStorageBufferRange >> 20,
                     info.software ? ", played by the processor" : "");
}

std::vector<Device> list() {
  std::vector<Device> devices;
  const auto cards = vulkan::instance()->cards();
  for (size_t i = 0; i < cards.size(); ++i) {
    auto card = std::make_shared<SharedCard>(i);
    devices.push_back(
        {.name = fmt::format("gpu:{}", i),
         .description = description(cards[i]),
         .limits = [](const CompileOptions& /*options*/) { return limits(); },
         .load =
             [card](std::span<const Planned> programs, const CompileOptions& /*options*/) {
               return vulkan::executables(card->open(), programs);
             },
         .software = cards[i].software,
         .own_memory = true});
  }
  return devices;
}

}  // namespace

std::span<const Device> gpu_devices() {
  static const std::vector<Device> all = list();
  return all;
}

std::string no_gpu() { return vulkan::instance()->trouble(); }

}  // namespace rivulet::exec::gpu
