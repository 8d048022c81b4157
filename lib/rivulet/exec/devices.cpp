#include <array>

#include "rivulet/core/error.h"
#include "rivulet/exec/program.h"

namespace rivulet {

std::span<const Device* const> devices() {
  static const std::array<const Device*, 2> all{&cpu_device(), &reference_device()};
  return all;
}

const Device& device(std::string_view name) {
  std::string known;
  for (const Device* candidate : devices()) {
    if (candidate->name == name) return *candidate;
    known += (known.empty() ? "" : ", ") + candidate->name;
  }
  fail("device", "no device named " + std::string(name) + "; there are: " + known);
}

}  // namespace rivulet
