// The few colours of drawn pictures.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/data/palette.h"

using namespace rivulet;

namespace {

using Bytes = std::vector<uint8_t>;

/// One row of pictures of one pixel: `count` times each colour.
struct Run {
  int count;
  Bytes rgb;
};
data::Pictures pixels_of(const std::vector<Run>& runs) {
  data::Pictures set{
      .name = {}, .side = 1, .channels = 3, .pixels = {}, .attributes = {}, .labels = {}};
  for (const Run& run : runs) {
    for (int i = 0; i < run.count; ++i) {
      set.pixels.insert(set.pixels.end(), run.rgb.begin(), run.rgb.end());
    }
  }
  return set;
}

}  // namespace

TEST_CASE("palette: all colours of drawn pictures, most frequent first, the smallest of equals") {
  const data::Pictures set =
      pixels_of({{2, {9, 9, 9}}, {5, {255, 0, 1}}, {2, {0, 170, 60}}, {1, {0, 0, 0}}});
  CHECK(data::palette_of(set) == Bytes{255, 0, 1, 0, 170, 60, 9, 9, 9, 0, 0, 0});
}

TEST_CASE("palette: a colour of less than one pixel in 50,000 is none of the set") {
  const data::Pictures at = pixels_of({{49'999, {1, 2, 3}}, {1, {4, 5, 6}}});
  CHECK(data::palette_of(at) == Bytes{1, 2, 3, 4, 5, 6});
  const data::Pictures below = pixels_of({{50'000, {1, 2, 3}}, {1, {4, 5, 6}}});
  CHECK(data::palette_of(below) == Bytes{1, 2, 3});
}

TEST_CASE("palette: what counting each colour of a cube of 125, on both sides of cells, finds") {
  Rng rng(7);
  std::map<std::array<uint8_t, 3>, int> counts;
  for (uint8_t i = 0; i < 125; ++i) {
    const auto level = [](int nth) { return static_cast<uint8_t>(126 + nth % 5); };
    counts[{level(i), level(i / 5), level(i / 25)}] = 1 + static_cast<int>(rng.below(9));
  }
  std::vector<Run> runs;
  for (const auto& [rgb, count] : counts) runs.push_back({count, {rgb[0], rgb[1], rgb[2]}});
  const Bytes palette = data::palette_of(pixels_of(runs));
  std::ranges::sort(runs, {}, [](const Run& run) {
    return std::tuple(-run.count, run.rgb[0], run.rgb[1], run.rgb[2]);
  });
  Bytes expected;
  for (const Run& run : runs) expected.insert(expected.end(), run.rgb.begin(), run.rgb.end());
  CHECK(palette == expected);
}

TEST_CASE("palette: 256 colours at most, and 99 % of the pixels at least") {
  const auto colour = [](int i) {
    return Bytes{static_cast<uint8_t>(i % 256), 0, uint8_t(i / 256)};
  };
  std::vector<Run> runs;
  for (int i = 0; i < 256; ++i) runs.push_back({99, colour(i)});
  for (int i = 256; i < 512; ++i) runs.push_back({1, colour(i)});
  const Bytes palette = data::palette_of(pixels_of(runs));
  CHECK(palette.size() == 256 * 3);
  CHECK(palette[0] == 0);
  CHECK(palette[255 * 3] == 255);
  runs.push_back({1, colour(512)});
  CHECK(data::palette_of(pixels_of(runs)).empty());
}

TEST_CASE("palette: grey pictures, none at all, and photographs have none") {
  data::Pictures set = pixels_of({{4, {1, 1, 1}}});
  set.channels = 1;
  CHECK(data::palette_of(set).empty());
  CHECK(data::palette_of(pixels_of({})).empty());
  data::Pictures noise = pixels_of({{4096, {0, 0, 0}}});
  Rng rng(1);
  for (uint8_t& value : noise.pixels) value = static_cast<uint8_t>(rng.below(256));
  CHECK(data::palette_of(noise).empty());
}

TEST_CASE("snapping restores a flat picture from under noise") {
  const Bytes palette = {255, 255, 255, 0, 0, 0, 200, 40, 40, 210, 60, 50, 40, 60, 200};
  Rng rng(5);
  std::vector<float> flat;
  for (int pixel = 0; pixel < 256; ++pixel) {
    const size_t colour = pixel < 120 ? 0 : (pixel < 200 ? 2 : 4);  // 3 is much like 2, and absent
    for (size_t c = 0; c < 3; ++c) {
      flat.push_back(static_cast<float>(palette[3 * colour + c]) / 127.5F - 1);
    }
  }
  std::vector<float> noisy = flat;
  for (float& value : noisy) value += 0.05F * rng.normal();
  data::snap_to_palette(noisy, palette);
  int wrong = 0;
  for (size_t i = 0; i < flat.size(); i += 3) wrong += noisy[i] != flat[i] ? 1 : 0;
  CHECK(wrong <= 4);

  std::vector<float> again = flat;
  data::snap_to_palette(again, palette);
  CHECK(again == flat);
  data::snap_to_palette(again, {});
  CHECK(again == flat);
  CHECK_THROWS_AS(data::snap_to_palette(again, Bytes{1, 2}), Error);
}
