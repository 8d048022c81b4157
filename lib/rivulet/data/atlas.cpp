#include "rivulet/data/atlas.h"

#include <fmt/format.h>

#include <algorithm>

#include "rivulet/core/error.h"
#include "rivulet/data/labels.h"
#include "rivulet/io/json.h"

namespace rivulet::data {
namespace {

using io::Json;

int whole(const Json& json, const char* key, int low, int high) {
  const Json& value = json.at(key);
  if (!value.is_integer() || value.integer() < low || value.integer() > high) {
    fail("atlas", fmt::format("{} is {:.40} ({} to {})", key, value.dump(), low, high));
  }
  return static_cast<int>(value.integer());
}

struct Head {
  std::string name;
  int side = 0;
  int channels = 0;
  int count = 0;
  std::vector<Attribute> attributes;
  io::Bytes labels;
};

Head parse_head(std::string_view text) {
  constexpr int most = io::max_picture_side * io::max_picture_side;
  try {
    const Json json = Json::parse(text);
    return {.name = json.at("name").text(),
            .side = whole(json, "side", 1, io::max_picture_side),
            .channels = whole(json, "channels", 1, 3),
            .count = whole(json, "count", 1, most),
            .attributes = parse_attributes(json.at("attributes").dump()),
            .labels = io::from_base64url(json.at("labels").text())};
  } catch (const io::JsonError&) {
    fail("atlas", "the description is not what is expected");
  }
}

}  // namespace

Atlas to_atlas(const Pictures& set, int columns) {
  check_labels(set);
  const io::Image rgb = contact_sheet(set.pixels, set.side, set.channels, columns);
  io::Image sheet{.width = rgb.width, .height = rgb.height, .channels = set.channels, .pixels = {}};
  sheet.pixels.resize(rgb.pixels.size() / 3 * static_cast<size_t>(set.channels));
  convert_pixels(rgb.pixels, 3, sheet.pixels, set.channels);
  const Json json = {{"name", set.name},
                     {"side", set.side},
                     {"channels", set.channels},
                     {"count", set.count()},
                     {"attributes", Json::parse(attributes_json(set.attributes))},
                     {"labels", io::base64url(std::as_bytes(std::span(set.labels)))}};
  return {.sheet = io::encode_png(sheet), .json = json.dump() + '\n'};
}

Pictures from_atlas(std::span<const std::byte> sheet, std::string_view json) {
  Head head = parse_head(json);
  Pictures set = cut_sheet(io::decode_png(sheet, head.channels), head.side, head.channels);
  if (head.count > set.count()) {
    fail("atlas", fmt::format("{} pictures on a sheet of {}", head.count, set.count()));
  }
  set.name = std::move(head.name);
  set.pixels.resize(static_cast<size_t>(head.count * set.numel()));
  set.attributes = std::move(head.attributes);
  set.labels.resize(head.labels.size());
  std::ranges::transform(head.labels, set.labels.begin(), std::to_integer<uint8_t>);
  check_labels(set);
  return set;
}

Pictures selected(const Pictures& set, std::span<const int64_t> indices) {
  Pictures some{.name = set.name,
                .side = set.side,
                .channels = set.channels,
                .pixels = {},
                .attributes = set.attributes,
                .labels = {}};
  for (const int64_t i : indices) {
    if (i < 0 || i >= set.count()) {
      fail("pictures", fmt::format("there is no picture {} of {}", i, set.count()));
    }
    const auto picture = set.picture(i);
    const auto labels = set.labels_of(i);
    some.pixels.insert(some.pixels.end(), picture.begin(), picture.end());
    some.labels.insert(some.labels.end(), labels.begin(), labels.end());
  }
  return some;
}

}  // namespace rivulet::data
