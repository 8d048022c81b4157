#include "rivulet/data/palette.h"

#include <algorithm>
#include <functional>
#include <span>

namespace rivulet::data {
namespace {

constexpr int64_t rarest = 50000;    // one pixel in so many
constexpr int64_t least_cover = 99;  // % of the pixels

struct Colour {
  uint32_t rgb;
  int64_t pixels;  // that have it
};

/// Every colour of the pictures that enough pixels have, most frequent first.
std::vector<Colour> frequent_colours(std::span<const uint8_t> rgb) {
  std::vector<uint32_t> counts(size_t{1} << 24);
  for (size_t i = 0; i < rgb.size(); i += 3) {
    ++counts[size_t{rgb[i]} << 16 | size_t{rgb[i + 1]} << 8 | rgb[i + 2]];
  }
  const auto pixels = static_cast<int64_t>(rgb.size() / 3);
  std::vector<Colour> colours;
  for (uint32_t colour = 0; colour < counts.size(); ++colour) {
    const auto count = int64_t{counts[colour]};
    if (count > 0 && count * rarest >= pixels) colours.push_back({colour, count});
  }
  std::ranges::stable_sort(colours, std::greater(), &Colour::pixels);
  return colours;
}

}  // namespace

std::vector<uint8_t> palette_of(const Pictures& pictures) {
  if (pictures.channels != 3) return {};
  std::vector<Colour> colours = frequent_colours(pictures.pixels);
  if (colours.size() > most_palette_colours) colours.resize(most_palette_colours);
  std::vector<uint8_t> palette;
  int64_t covered = 0;
  for (const Colour& colour : colours) {
    covered += colour.pixels;
    for (const int shift : {16, 8, 0}) palette.push_back(static_cast<uint8_t>(colour.rgb >> shift));
  }
  const auto pixels = static_cast<int64_t>(pictures.pixels.size() / 3);
  return covered * 100 >= pixels * least_cover ? palette : std::vector<uint8_t>{};
}

}  // namespace rivulet::data
