// Vulkan's cards as devices.
#include "rivulet/exec/gpu/devices.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

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

std::string description(const vulkan::CardInfo& info, bool halves) {
  std::string text = info.name + (halves ? ", products of halves: " : ": ") + info.driver;
  const MatrixUnit& unit = info.abilities.unit;
  if (halves) return text + fmt::format(", {}x{}x{}", unit.m, unit.n, unit.k);
  return text + fmt::format(", {} MB, {} MB in one piece{}", info.memory >> 20,
                            info.properties.limits.maxStorageBufferRange >> 20,
                            info.software ? ", played by the processor" : "");
}

/// `halves`: models that are not in training multiply by the card's unit for small matrices.
Device device_on(const std::shared_ptr<SharedCard>& card, const vulkan::CardInfo& info,
                 std::string name, bool halves) {
  const auto abilities = [halves, all = info.abilities](const CompileOptions& options) {
    return halves && options.static_states ? all : Abilities{.subgroup = all.subgroup};
  };
  return {.name = std::move(name),
          .description = description(info, halves),
          .limits = [](const CompileOptions& /*options*/) { return limits(); },
          .load =
              [card, abilities](std::span<const Planned> programs, const CompileOptions& options) {
                return vulkan::executables(card->open(), programs, abilities(options));
              },
          .software = info.software,
          .rounds = halves,
          .own_memory = true};
}

std::vector<Device> list() {
  std::vector<Device> devices;
  const auto cards = vulkan::instance()->cards();
  for (size_t i = 0; i < cards.size(); ++i) {
    const auto card = std::make_shared<SharedCard>(i);
    const std::string name = fmt::format("gpu:{}", i);
    devices.push_back(device_on(card, cards[i], name, false));
    if (cards[i].abilities.unit.m > 0)
      devices.push_back(device_on(card, cards[i], name + ":half", true));
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
