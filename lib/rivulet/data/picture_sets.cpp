#include "rivulet/data/picture_sets.h"

#include <fmt/format.h>

#include <algorithm>

namespace rivulet::data {

const PictureSet* find_picture_set(std::string_view name) {
  const auto* const found = std::ranges::find(picture_sets, name, &PictureSet::name);
  return found == picture_sets.end() ? nullptr : &*found;
}

std::string weights_file(std::string_view kind, std::string_view set) {
  return fmt::format("{}-{}.safetensors", kind, set);
}

std::string sheet_file(std::string_view set, Part part) {
  return fmt::format("{}-{}.png", set, part == Part::train ? "train" : "test");
}

}  // namespace rivulet::data
