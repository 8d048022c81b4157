#include <algorithm>
#include <cctype>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/exec/gpu/devices.h"
#include "rivulet/exec/program.h"

namespace rivulet {
namespace {

/// `named`: also those that are never taken unless they are named.
std::vector<const Device*> list(bool named) {
  std::vector<const Device*> all{&cpu_device()};
  for (const Device& card : exec::gpu::gpu_devices()) {
    if (named || !(card.software || card.rounds)) all.push_back(&card);
  }
  all.insert(all.begin() + std::ranges::count(all, false, &Device::software), &reference_device());
  return all;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// The first real card, or the first that has these words in its name, with which descriptions
/// begin.
const Device* find_card(std::string_view words) {
  for (const Device& card : exec::gpu::gpu_devices()) {
    if (words.empty() && card.software) continue;
    const std::string name = lower_case(card.description.substr(0, card.description.find(": ")));
    if (name.find(lower_case(words)) != std::string::npos) return &card;
  }
  return nullptr;
}

}  // namespace

std::span<const Device* const> devices() {
  static const std::vector<const Device*> all = list(false);
  return all;
}

std::span<const Device* const> all_devices() {
  static const std::vector<const Device*> all = list(true);
  return all;
}

std::string no_gpu() {
  const auto cards = exec::gpu::gpu_devices();
  if (cards.empty()) return exec::gpu::no_gpu();
  if (!cards.front().software) return {};
  return "no card here is real, only played by the processor (" + cards.front().name +
         " takes that all the same)";
}

const Device& device(std::string_view name) {
  for (const Device* own : {&cpu_device(), &reference_device()}) {
    if (own->name == name) return *own;  // without a look for cards
  }
  std::string known;
  for (const Device* candidate : all_devices()) {
    if (candidate->name == name) return *candidate;
    known += (known.empty() ? "" : ", ") + candidate->name;
  }
  const bool card = name == "gpu" || name.starts_with("gpu:");
  if (card) {
    const Device* found = find_card(name.substr(std::min<size_t>(name.size(), 4)));
    if (found != nullptr) return *found;
  }
  std::string why = "no device named " + std::string(name);
  if (const std::string reason = no_gpu(); card && !reason.empty()) why += ": " + reason;
  fail("device", why + "; there are: " + known);
}

}  // namespace rivulet
