#include "rivulet/data/fit.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/data/pictures.h"

namespace rivulet::data {
namespace {

/// Pixels from `first` on that one pixel is made of, and how much of each.
struct Cover {
  size_t first = 0;
  std::vector<double> shares;  // their sum is 1
};

/// For each of `to` pixels in a row of `from`.
std::vector<Cover> covers(int from, int to) {
  std::vector<Cover> covers;
  const double step = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    if (from <= to) {
      covers.push_back(
          {.first = static_cast<size_t>((2 * i + 1) * from / (2 * to)), .shares = {1}});
      continue;
    }
    const double low = i * step;
    const double high = std::min<double>((i + 1) * step, from);
    Cover cover{.first = static_cast<size_t>(low), .shares = {}};
    for (double at = std::floor(low); at < high; ++at) {
      cover.shares.push_back((std::min(at + 1, high) - std::max(at, low)) / (high - low));
    }
    covers.push_back(std::move(cover));
  }
  return covers;
}

/// The middle square of a picture, [n,n,channels].
std::vector<uint8_t> middle(const io::Image& image, int channels) {
  const auto n = static_cast<size_t>(std::min(image.width, image.height));
  const auto width = static_cast<size_t>(image.width);
  const auto in = static_cast<size_t>(image.channels);
  const size_t row = n * static_cast<size_t>(channels);
  const size_t left = (width - n) / 2;
  const size_t top = (static_cast<size_t>(image.height) - n) / 2;
  std::vector<uint8_t> square(n * row);
  for (size_t y = 0; y < n; ++y) {
    convert_pixels(std::span(image.pixels).subspan(((top + y) * width + left) * in, n * in),
                   image.channels, std::span(square).subspan(y * row, row), channels);
  }
  return square;
}

}  // namespace

std::vector<uint8_t> fit_picture(const io::Image& image, int side, int channels) {
  const int n = std::min(image.width, image.height);
  if (n < 1) {
    fail("picture", std::to_string(image.width) + " x " + std::to_string(image.height) +
                        " pixels are no picture");
  }
  const std::vector<uint8_t> square = middle(image, channels);
  const std::vector<Cover> cells = covers(n, side);
  const auto depth = static_cast<size_t>(channels);
  std::vector<uint8_t> fitted;
  fitted.reserve(cells.size() * cells.size() * depth);
  for (const Cover& down : cells) {
    for (const Cover& across : cells) {
      for (size_t c = 0; c < depth; ++c) {
        double sum = 0;
        for (size_t y = 0; y < down.shares.size(); ++y) {
          const size_t row = (down.first + y) * static_cast<size_t>(n);
          for (size_t x = 0; x < across.shares.size(); ++x) {
            sum += down.shares[y] * across.shares[x] * square[(row + across.first + x) * depth + c];
          }
        }
        fitted.push_back(static_cast<uint8_t>(std::lround(sum)));
      }
    }
  }
  return fitted;
}

}  // namespace rivulet::data
