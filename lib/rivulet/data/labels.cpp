#include "rivulet/data/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "rivulet/core/error.h"
#include "rivulet/io/json.h"

namespace rivulet::data {
namespace {

using io::Json;

Attribute attribute_of(const Json& entry) {
  Attribute attribute{.name = entry.at("name").text(), .values = entry.at("values").texts()};
  const bool unnamed =
      attribute.name.empty() || std::ranges::any_of(attribute.values, &std::string::empty);
  if (unnamed || attribute.values.empty() || attribute.values.size() > max_label_values) {
    fail("labels", fmt::format("attribute '{}' has {} values (1 to {}, none without a name)",
                               attribute.name, attribute.values.size(), max_label_values));
  }
  const auto too_long = [](const std::string& name) { return name.size() > max_name_bytes; };
  if (too_long(attribute.name) || std::ranges::any_of(attribute.values, too_long)) {
    fail("labels", fmt::format("a name in attribute '{}' is longer than {} bytes",
                               attribute.name.substr(0, 40), max_name_bytes));
  }
  return attribute;
}

}  // namespace

std::vector<Attribute> parse_attributes(std::string_view json) {
  std::vector<Attribute> attributes;
  try {
    const Json list = Json::parse(json);
    if (!list.is_array()) fail("labels", "the attributes are not a list");
    if (list.values().size() > max_attributes) {
      fail("labels",
           fmt::format("{} attributes (at most {})", list.values().size(), max_attributes));
    }
    std::ranges::transform(list.values(), std::back_inserter(attributes), attribute_of);
  } catch (const io::JsonError&) {
    fail("labels", R"(not a list like [{"name": "hair", "values": ["short", "long"]}])");
  }
  return attributes;
}

std::string attributes_json(std::span<const Attribute> attributes) {
  Json list = Json::array();
  for (const auto& [name, values] : attributes) {
    list.push_back({{"name", name}, {"values", values}});
  }
  return list.dump();
}

std::vector<Attribute> numbered_attributes(std::span<const uint8_t> labels, size_t k) {
  std::vector<Attribute> attributes(k);
  for (size_t i = 0; i < k; ++i) {
    size_t most = 0;
    for (size_t at = i; at < labels.size(); at += k) most = std::max<size_t>(most, labels[at]);
    if (most >= max_label_values) {
      fail("labels", fmt::format("a label of {} (0 to {})", most, max_label_values - 1));
    }
    attributes[i].name = k == 1 ? "class" : fmt::format("label {}", i + 1);
    for (size_t value = 0; value <= most; ++value) {
      attributes[i].values.push_back(std::to_string(value));
    }
  }
  return attributes;
}

void check_labels(const Pictures& set) {
  const size_t k = set.attributes.size();
  if (set.labels.size() != static_cast<size_t>(set.count()) * k) {
    fail("labels", fmt::format("{} labels for {} pictures with {} attributes", set.labels.size(),
                               set.count(), k));
  }
  for (size_t i = 0; i < set.labels.size(); ++i) {
    const Attribute& attribute = set.attributes[i % k];
    if (set.labels[i] >= attribute.values.size()) {
      fail("labels", fmt::format("picture {} has {} {}, but there are {} values", i / k,
                                 attribute.name, set.labels[i], attribute.values.size()));
    }
  }
}

}  // namespace rivulet::data
