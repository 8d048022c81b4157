#include "rivulet/train/nets.h"

#include <algorithm>

#include "rivulet/core/error.h"

namespace rivulet::train {

Nets::Net::Net(Graph& graph, uint64_t seed, const Beginning& beginning)
    : name(beginning.group),
      weights(graph, seed, state_prefix(name), beginning.file),
      averages(weights.copy_states(std::string(averages_prefix))) {}

Nets::Nets(Graph& graph, uint64_t seed, std::span<const Beginning> groups) {
  for (const Beginning& group : groups) nets_.emplace_back(graph, seed, group);
}

Nets::Net& Nets::find(std::string_view group) {
  const auto found = std::ranges::find(nets_, group, &Net::name);
  if (found == nets_.end()) fail("trainer", "there is no net '" + std::string(group) + "'");
  return *found;
}

std::string state_prefix(std::string_view group) {
  return group.empty() ? std::string() : std::string(group) + ".";
}

}  // namespace rivulet::train
