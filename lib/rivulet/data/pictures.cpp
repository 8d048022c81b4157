#include "rivulet/data/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/core/error.h"

namespace rivulet::data {
namespace {

constexpr uint8_t white = 255;

void check_same(const char* where, size_t bytes, size_t floats) {
  if (bytes != floats) fail(where, fmt::format("{} bytes and {} numbers", bytes, floats));
}

/// One pixel in another number of channels: grey is luminance, alpha lies on white.
void convert(std::span<const uint8_t> from, std::span<uint8_t> to) {
  const auto over_white = [&](int value) {
    const int alpha = from.size() == 4 ? from[3] : 255;
    return (value * alpha + white * (255 - alpha) + 127) / 255;
  };
  const auto channel = [&](size_t c) { return over_white(from[from.size() == 1 ? 0 : c]); };
  if (to.size() == 1) {
    const int sum = 77 * channel(0) + 150 * channel(1) + 29 * channel(2);
    to[0] = static_cast<uint8_t>((sum + 128) >> 8);
  } else {
    for (size_t c = 0; c < to.size(); ++c) to[c] = static_cast<uint8_t>(channel(c));
  }
}

}  // namespace

int64_t Pictures::count() const {
  return numel() > 0 ? static_cast<int64_t>(pixels.size()) / numel() : 0;
}

std::span<const uint8_t> Pictures::picture(int64_t i) const {
  const auto size = static_cast<size_t>(numel());
  return std::span(pixels).subspan(static_cast<size_t>(i) * size, size);
}

std::span<const uint8_t> Pictures::labels_of(int64_t i) const {
  return std::span(labels).subspan(static_cast<size_t>(i) * attributes.size(), attributes.size());
}

void to_model(std::span<const uint8_t> pixels, std::span<float> x) {
  check_same("to_model", pixels.size(), x.size());
  std::ranges::transform(pixels, x.begin(),
                         [](uint8_t pixel) { return static_cast<float>(pixel) / 127.5F - 1.0F; });
}

void to_pixels(std::span<const float> x, std::span<uint8_t> pixels) {
  check_same("to_pixels", pixels.size(), x.size());
  std::ranges::transform(x, pixels.begin(), [](float value) {
    // What is not a number compares as false, and becomes black.
    if (!(value > -1.0F)) return uint8_t{0};
    return static_cast<uint8_t>(std::lround((std::min(value, 1.0F) + 1.0F) * 127.5F));
  });
}

void convert_pixels(std::span<const uint8_t> from, int from_channels, std::span<uint8_t> to,
                    int to_channels) {
  const auto in = static_cast<size_t>(from_channels);
  const auto out = static_cast<size_t>(to_channels);
  for (size_t i = 0; i * in < from.size(); ++i) {
    convert(from.subspan(i * in, in), to.subspan(i * out, out));
  }
}

io::Image contact_sheet(std::span<const uint8_t> pixels, int side, int channels, int columns,
                        int zoom, int gap) {
  const bool sensible =
      side >= 1 && (channels == 1 || channels == 3) && columns >= 1 && zoom >= 1 && gap >= 0;
  const int64_t size = int64_t{side} * side * channels;
  if (!sensible || pixels.empty() || pixels.size() % static_cast<size_t>(size) != 0) {
    fail("sheet", fmt::format("{} bytes as pictures of {} x {} x {}, {} in a row, zoom {}, gap {}",
                              pixels.size(), side, side, channels, columns, zoom, gap));
  }
  const int64_t count = static_cast<int64_t>(pixels.size()) / size;
  const int64_t rows = (count + columns - 1) / columns;
  const int64_t step = int64_t{side} * zoom + gap;
  const int64_t width = columns * step - gap;
  const int64_t height = rows * step - gap;
  if (width > io::max_picture_side || height > io::max_picture_side) {
    fail("sheet", fmt::format("a sheet of {} x {} (at most {} a side)", width, height,
                              io::max_picture_side));
  }
  io::Image sheet{.width = static_cast<int>(width),
                  .height = static_cast<int>(height),
                  .channels = 3,
                  .pixels = {}};
  sheet.pixels.assign(static_cast<size_t>(width * height * 3), white);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const int64_t i = y / step * columns + x / step;
      const int64_t row = y % step / zoom;
      const int64_t column = x % step / zoom;
      if (i >= count || row >= side || column >= side) continue;
      const auto from = static_cast<size_t>(i * size + (row * side + column) * channels);
      const auto to = static_cast<size_t>((y * width + x) * 3);
      convert(pixels.subspan(from, static_cast<size_t>(channels)),
              std::span(sheet.pixels).subspan(to, 3));
    }
  }
  return sheet;
}

Pictures cut_sheet(const io::Image& sheet, int side, int channels) {
  if (side < 1 || (channels != 1 && channels != 3) || sheet.width < side || sheet.height < side ||
      sheet.width % side != 0 || sheet.height % side != 0) {
    fail("sheet", fmt::format("a sheet of {} x {} does not consist of pictures of {} x {} x {}",
                              sheet.width, sheet.height, side, side, channels));
  }
  Pictures cut{
      .name = {}, .side = side, .channels = channels, .pixels = {}, .attributes = {}, .labels = {}};
  const auto in = static_cast<size_t>(sheet.channels);
  const auto out = static_cast<size_t>(channels);
  const auto width = static_cast<size_t>(sheet.width);
  cut.pixels.resize(width * static_cast<size_t>(sheet.height) * out);
  size_t at = 0;
  const auto step = static_cast<size_t>(side);
  for (size_t top = 0; top < static_cast<size_t>(sheet.height); top += step) {
    for (size_t left = 0; left < width; left += step) {
      for (size_t y = top; y < top + step; ++y, at += step * out) {
        convert_pixels(std::span(sheet.pixels).subspan((y * width + left) * in, step * in),
                       sheet.channels, std::span(cut.pixels).subspan(at, step * out), channels);
      }
    }
  }
  return cut;
}

}  // namespace rivulet::data
