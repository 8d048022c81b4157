#include "rivulet/ui/labs/ddcm_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "rivulet/core/error.h"
#include "rivulet/io/deflate.h"
#include "rivulet/io/png.h"

namespace rivulet::ui {
namespace {

/// Means of the pixels under each cell of a side x side grid over the middle square.
Pixels averaged(const io::Image& image, int side) {
  const int whole = std::min(image.width, image.height);
  const int left = (image.width - whole) / 2;
  const int top = (image.height - whole) / 2;
  const auto edge = [&](int i) { return static_cast<int>(int64_t{i} * whole / side); };
  Pixels out;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int x1 = std::max(edge(x + 1), edge(x) + 1);  // at least one: small files are enlarged
      const int y1 = std::max(edge(y + 1), edge(y) + 1);
      for (int c = 0; c < 3; ++c) {
        int64_t sum = 0;
        for (int v = edge(y); v < y1; ++v) {
          for (int u = edge(x); u < x1; ++u) {
            sum += image.pixels[(static_cast<size_t>(top + v) * static_cast<size_t>(image.width) +
                                 static_cast<size_t>(left + u)) *
                                    3 +
                                static_cast<size_t>(c)];
          }
        }
        const int64_t count = int64_t{x1 - edge(x)} * (y1 - edge(y));
        out.push_back(static_cast<uint8_t>((sum + count / 2) / count));
      }
    }
  }
  return out;
}

}  // namespace

Pixels fitted_picture(std::span<const std::byte> png, int side) {
  const io::Image file = io::decode_png(png, 4);
  io::Image image{.width = file.width, .height = file.height, .channels = 3, .pixels = {}};
  image.pixels.resize(file.pixels.size() / 4 * 3);
  data::convert_pixels(file.pixels, 4, image.pixels, 3);
  return averaged(image, side);
}

std::string picture_text(std::span<const uint8_t> pixels, int side) {
  return io::base64url(io::encode_png(
      {.width = side, .height = side, .channels = 3, .pixels = {pixels.begin(), pixels.end()}}));
}

Pixels picture_of_text(std::string_view text, int side) {
  io::Image image = io::decode_png(io::from_base64url(text), 3, side);
  if (image.width != side || image.height != side) {
    fail("picture", fmt::format("a picture of {} x {} pixels, not {} x {}", image.width,
                                image.height, side, side));
  }
  return std::move(image.pixels);
}

std::vector<std::array<uint8_t, 3>> common_colours(const data::Pictures& set, size_t most) {
  std::map<std::array<uint8_t, 3>, int> counts;
  if (set.channels != 3) return {};
  for (size_t i = 0; i + 2 < set.pixels.size(); i += 3) {
    ++counts[{set.pixels[i], set.pixels[i + 1], set.pixels[i + 2]}];
  }
  std::vector<std::pair<std::array<uint8_t, 3>, int>> order(counts.begin(), counts.end());
  std::ranges::stable_sort(order, std::greater{}, [](const auto& entry) { return entry.second; });
  order.resize(std::min(order.size(), most));
  std::vector<std::array<uint8_t, 3>> out;
  for (const auto& [colour, count] : order) out.push_back(colour);
  return out;
}

LosslessSizes lossless_sizes(std::span<const uint8_t> pixels, int side) {
  LosslessSizes sizes;
  const io::Image image{
      .width = side, .height = side, .channels = 3, .pixels = {pixels.begin(), pixels.end()}};
  sizes.png = static_cast<int>(io::encode_png(image).size());
  std::map<std::array<uint8_t, 3>, uint8_t> numbers;
  std::vector<uint8_t> indices;
  for (size_t i = 0; i + 2 < pixels.size(); i += 3) {
    const auto next = static_cast<uint8_t>(numbers.size());  // a picture of 16 x 16 has 256 at most
    indices.push_back(
        numbers.emplace(std::array{pixels[i], pixels[i + 1], pixels[i + 2]}, next).first->second);
  }
  sizes.palette = static_cast<int>(3 * numbers.size() + io::deflated_size(indices));
  return sizes;
}

float psnr_of(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double gap = (double{a[i]} - b[i]) / 2;  // black to white is 1
    sum += gap * gap;
  }
  const double mean = sum / static_cast<double>(std::max<size_t>(1, a.size()));
  return mean < 1e-9 ? equal_psnr
                     : std::min(equal_psnr, static_cast<float>(-10 * std::log10(mean)));
}

}  // namespace rivulet::ui
