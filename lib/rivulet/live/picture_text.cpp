#include "rivulet/live/picture_text.h"

#include <fmt/format.h>

#include <array>
#include <map>

#include "rivulet/core/error.h"
#include "rivulet/data/fit.h"
#include "rivulet/io/deflate.h"
#include "rivulet/io/png.h"

namespace rivulet::live {
Pixels fitted_picture(std::span<const std::byte> png, int side) {
  return data::fit_picture(io::decode_png(png), side, 3);
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

}  // namespace rivulet::live
