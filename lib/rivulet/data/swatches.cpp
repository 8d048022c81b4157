#include "rivulet/data/swatches.h"

#include <algorithm>
#include <iterator>

namespace rivulet::data {
namespace {

struct Swatch {
  std::string_view attribute;
  std::string_view value;
  uint32_t rgb = 0;
};

/// What native/avatars/make.mjs draws with.
constexpr Swatch avatars[] = {
    {"hair colour", "black", 0x221E2B},  {"hair colour", "brown", 0x4F2B13},
    {"hair colour", "auburn", 0xA8431F}, {"hair colour", "blond", 0xEDC55D},
    {"hair colour", "silver", 0xC3C9D4}, {"hair colour", "blue", 0x3F78D8},
    {"hair colour", "pink", 0xEF6AA7},   {"hair colour", "teal", 0x1F9E93},
    {"skin", "fair", 0xFBDCC2},          {"skin", "peach", 0xF0BD90},
    {"skin", "tan", 0xD69A62},           {"skin", "brown", 0xAC6D3F},
    {"skin", "deep", 0x70422B},          {"clothing", "red", 0xD23A3F},
    {"clothing", "orange", 0xF28B36},    {"clothing", "yellow", 0xF6D04D},
    {"clothing", "green", 0x43A65A},     {"clothing", "blue", 0x3566CF},
    {"clothing", "purple", 0x8450C8},    {"clothing", "white", 0xF3F3EF},
    {"clothing", "black", 0x30313D},     {"background", "sky", 0xBFE1F6},
    {"background", "mint", 0xC6EDD0},    {"background", "peach", 0xFFD9BD},
    {"background", "rose", 0xFBCFDC},    {"background", "lilac", 0xD8CEF4},
    {"background", "cream", 0xFAF1CB}};

}  // namespace

std::optional<uint32_t> colour_of(std::string_view attribute, std::string_view value) {
  const auto* const found = std::ranges::find_if(
      avatars, [&](const Swatch& s) { return s.attribute == attribute && s.value == value; });
  if (found == std::end(avatars)) return std::nullopt;
  return found->rgb;
}

}  // namespace rivulet::data
