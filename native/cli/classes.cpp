#include "cli/classes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "rivulet/core/error.h"

namespace rivulet::cli {
namespace {

size_t position(const std::vector<std::string>& names, const std::string& name,
                const std::string& what) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    fail("class", fmt::format("there is no {} '{}', only {}", what, name, fmt::join(names, ", ")));
  }
  return static_cast<size_t>(found - names.begin());
}

}  // namespace

ClassChoice class_choice(std::span<const data::Attribute> attributes, const std::string& text) {
  if (attributes.empty()) fail("class", "this model has no labels");
  const size_t equals = text.find('=');
  size_t attribute = 0;
  if (equals != std::string::npos) {
    std::vector<std::string> names;
    for (const data::Attribute& known : attributes) names.push_back(known.name);
    attribute = position(names, text.substr(0, equals), "attribute");
  } else if (attributes.size() > 1) {
    fail("class", "say of which attribute '" + text + "' is, as in " + attributes[0].name + "=" +
                      attributes[0].values[0]);
  }
  std::vector<std::string> values = attributes[attribute].values;
  values.emplace_back("any");
  const std::string name = equals == std::string::npos ? text : text.substr(equals + 1);
  return {
      .attribute = attribute,
      .value = static_cast<int>(position(values, name, "value of " + attributes[attribute].name))};
}

}  // namespace rivulet::cli
