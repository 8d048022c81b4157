#include "rivulet/models/picture_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/data/labels.h"
#include "rivulet/io/json.h"
#include "rivulet/models/expert_card.h"

namespace rivulet::models {
namespace {

constexpr size_t most_colours = 256;

void check_name(const std::string& name) {
  if (name.empty() || name.size() > data::max_name_bytes) {
    fail("model card", "a name among its attributes has " + std::to_string(name.size()) +
                           " bytes; 1.." + std::to_string(data::max_name_bytes) + " are allowed");
  }
}

}  // namespace

std::string attributes_text(const std::vector<data::Attribute>& attributes) {
  io::Json list = io::Json::array();
  for (const data::Attribute& attribute : attributes) {
    list.push_back({{"name", attribute.name}, {"values", attribute.values}});
  }
  return list.dump();
}

std::vector<data::Attribute> attributes_of(const std::string& text) {
  std::vector<data::Attribute> attributes;
  try {
    for (const io::Json list = io::Json::parse(text); const io::Json& entry : list.values()) {
      attributes.push_back({.name = entry.at("name").text(), .values = entry.at("values").texts()});
    }
  } catch (const io::JsonError&) {
    fail("model card", "its attributes are not a list of names and values");
  }
  if (attributes.size() > 64) fail("model card", "it lists more than 64 attributes");
  for (const data::Attribute& attribute : attributes) {
    check_name(attribute.name);
    if (attribute.values.empty() || attribute.values.size() > 255) {
      fail("model card", "attribute '" + attribute.name + "' has " +
                             std::to_string(attribute.values.size()) +
                             " values; 1..255 are allowed");
    }
    std::ranges::for_each(attribute.values, check_name);
  }
  return attributes;
}

std::vector<int> classes_of(const std::vector<data::Attribute>& attributes) {
  std::vector<int> classes;
  classes.reserve(attributes.size());
  for (const data::Attribute& attribute : attributes) {
    classes.push_back(static_cast<int>(attribute.values.size()));
  }
  return classes;
}

std::string palette_text(const std::vector<uint8_t>& palette) {
  std::string text;
  for (size_t i = 0; i < palette.size(); ++i) {
    if (i > 0 && i % 3 == 0) text += ' ';
    text += fmt::format("{:02x}", palette[i]);
  }
  return text;
}

std::vector<uint8_t> palette_of(const std::string& text) {
  // Words of six digits with a space between: 7n - 1 bytes.
  const bool whole = text.empty() || (text.size() % 7 == 6 && text.size() < 7 * most_colours);
  if (!whole) {
    fail("model card", "its palette of " + std::to_string(text.size()) +
                           " bytes is no list of at most 256 colours of six digits");
  }
  std::vector<uint8_t> palette;
  for (size_t at = 0; at < text.size(); at += 7) {
    for (const char* digits = text.data() + at; digits != text.data() + at + 6; digits += 2) {
      uint8_t value = 0;
      const auto [stop, error] = std::from_chars(digits, digits + 2, value, 16);
      const bool spaced = at + 6 == text.size() || text[at + 6] == ' ';
      if (error != std::errc{} || stop != digits + 2 || !spaced) {
        fail("model card", "its palette says '" + text.substr(at, 6) + "' for a colour");
      }
      palette.push_back(value);
    }
  }
  return palette;
}

io::Card picture_net_card(const PictureNet& net) {
  io::Card card = {{"architecture", std::string(architecture_of(ModelKind::picture_flow))},
                   {"dataset", net.dataset},
                   {"attributes", attributes_text(net.attributes)},
                   {"side", std::to_string(net.net.side)},
                   {"channels", std::to_string(net.net.channels)},
                   {"patch", std::to_string(net.net.patch)},
                   {"width", std::to_string(net.net.width)},
                   {"depth", std::to_string(net.net.depth)},
                   {"heads", std::to_string(net.net.heads)},
                   {"mlp_ratio", std::to_string(net.net.mlp_ratio)}};
  add_expert_card(card, net.net.experts);
  if (net.net.experts) card["experts.first_block"] = std::to_string(net.net.first_experts);
  if (!net.palette.empty()) card["palette"] = palette_text(net.palette);
  return card;
}

PictureNet picture_net(const io::Card& card, ModelKind kind) {
  check_architecture(card, kind);
  const auto integer = [&](const char* key) {
    return static_cast<int>(io::card_integer(card, key, 1, 4096));
  };
  PictureNet net{.net = {.side = integer("side"),
                         .channels = integer("channels"),
                         .patch = integer("patch"),
                         .width = integer("width"),
                         .depth = integer("depth"),
                         .heads = integer("heads"),
                         .mlp_ratio = integer("mlp_ratio")},
                 .dataset = io::card_text(card, "dataset"),
                 .attributes = attributes_of(io::card_text(card, "attributes")),
                 .palette = {}};
  net.net.classes = classes_of(net.attributes);
  net.net.experts = expert_config(card);
  if (net.net.experts) {
    net.net.first_experts = static_cast<int>(io::card_integer(card, "experts.first_block", 0, 31));
  }
  if (card.contains("palette")) net.palette = palette_of(card.at("palette"));
  if (!net.palette.empty() && net.net.channels != 3) io::bad_card(card, "palette");
  nn::validate(net.net);
  return net;
}

}  // namespace rivulet::models
