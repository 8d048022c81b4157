#include "rivulet/data/palette.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "rivulet/core/error.h"

namespace rivulet::data {
namespace {

constexpr int64_t rarest = 50000;    // one pixel in so many
constexpr int64_t least_cover = 99;  // % of the pixels

struct Colour {
  uint32_t rgb;
  int64_t pixels;  // that have it
};

constexpr uint32_t cell_count = uint32_t{1} << 18;
constexpr uint32_t cell_colours = 64;

/// Of all colours a cell has those whose channels agree in their upper six bits; the lower two say
/// which of these it is.
uint32_t cell_of(const uint8_t* rgb) {
  return uint32_t{rgb[0]} >> 2 << 12 | uint32_t{rgb[1]} >> 2 << 6 | uint32_t{rgb[2]} >> 2;
}
uint32_t place_of(const uint8_t* rgb) {
  return (rgb[0] & 3U) << 4 | (rgb[1] & 3U) << 2 | (rgb[2] & 3U);
}
uint32_t colour_at(uint32_t cell, uint32_t place) {
  uint32_t rgb = 0;
  for (uint32_t c = 0; c < 3; ++c) {
    rgb |= ((cell >> (6 * c) & 63) << 2 | (place >> (2 * c) & 3)) << (8 * c);
  }
  return rgb;
}

bool frequent(int64_t count, int64_t pixels) { return count > 0 && count * rarest >= pixels; }

/// The cells whose colours may be frequent: enough pixels have one of them.
std::vector<uint32_t> frequent_cells(std::span<const uint8_t> rgb) {
  const auto pixels = static_cast<int64_t>(rgb.size() / 3);
  std::vector<uint32_t> counts(cell_count);
  for (size_t i = 0; i < rgb.size(); i += 3) ++counts[cell_of(&rgb[i])];
  std::vector<uint32_t> cells;
  for (uint32_t cell = 0; cell < cell_count; ++cell) {
    if (frequent(counts[cell], pixels)) cells.push_back(cell);
  }
  return cells;
}

/// Every colour of the pictures that enough pixels have, most frequent first. Only those in
/// frequent cells are counted: a counter for every colour that there is would take 64 MB.
std::vector<Colour> frequent_colours(std::span<const uint8_t> rgb) {
  const auto pixels = static_cast<int64_t>(rgb.size() / 3);
  const std::vector<uint32_t> cells = frequent_cells(rgb);
  constexpr uint32_t uncounted = cell_count;
  std::vector<uint32_t> nth(cell_count, uncounted);
  for (uint32_t i = 0; i < cells.size(); ++i) nth[cells[i]] = i;
  std::vector<uint32_t> counts(cells.size() * cell_colours);
  for (size_t i = 0; i < rgb.size(); i += 3) {
    const size_t cell = nth[cell_of(&rgb[i])];
    if (cell != uncounted) ++counts[cell * cell_colours + place_of(&rgb[i])];
  }
  std::vector<Colour> colours;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (!frequent(counts[i], pixels)) continue;
    const auto place = static_cast<uint32_t>(i % cell_colours);
    colours.push_back({colour_at(cells[i / cell_colours], place), counts[i]});
  }
  std::ranges::sort(colours, {}, [](const Colour& c) { return std::pair(-c.pixels, c.rgb); });
  return colours;
}

/// Pixels as a mixture of the palette's colours: weights and one spread for all.
class Mixture {
 public:
  Mixture(std::span<const float> x, std::span<const uint8_t> palette)
      : pixels_(x.size() / 3),
        colours_(palette.size() / 3),
        distances_(pixels_ * colours_),
        log_weights_(colours_, -std::log(static_cast<double>(colours_))),
        share_(colours_) {
    std::vector<double> levels(palette.size());
    std::ranges::transform(palette, levels.begin(),
                           [](uint8_t level) { return level / 127.5 - 1; });
    for (size_t i = 0; i < pixels_; ++i) {
      for (size_t j = 0; j < colours_; ++j) {
        double& sum = distances_[i * colours_ + j];
        for (size_t c = 0; c < 3; ++c) {
          const double gap = double{x[3 * i + c]} - levels[3 * j + c];
          sum += gap * gap;
        }
      }
    }
  }

  void refine() {
    std::vector<double> weights(colours_);
    double scatter = 0;
    for (size_t i = 0; i < pixels_; ++i) {
      const double total = weigh(i);
      for (size_t j = 0; j < colours_; ++j) {
        if (share_[j] == 0) continue;
        weights[j] += share_[j] / total;
        scatter += share_[j] / total * distances_[i * colours_ + j];
      }
    }
    for (size_t j = 0; j < colours_; ++j) {
      log_weights_[j] = std::log((weights[j] + absent) / (static_cast<double>(pixels_) +
                                                          absent * static_cast<double>(colours_)));
    }
    spread_ = std::max(std::sqrt(scatter / static_cast<double>(3 * pixels_)), least_spread);
  }

  [[nodiscard]] size_t colour_of(size_t pixel) {
    (void)weigh(pixel);
    return static_cast<size_t>(std::ranges::max_element(share_) - share_.begin());
  }

 private:
  static constexpr double absent = 1e-3;  // pixels that a colour has at least
  static constexpr double least_spread = 0.05;
  static constexpr double negligible = -50;  // e to this is nothing beside 1

  /// What each colour's part in a pixel is, up to a factor, into share_; returns the sum.
  double weigh(size_t pixel) {
    const std::span<const double> distance =
        std::span(distances_).subspan(pixel * colours_, colours_);
    for (size_t j = 0; j < colours_; ++j) {
      share_[j] = log_weights_[j] - distance[j] / (2 * spread_ * spread_);
    }
    const double largest = *std::ranges::max_element(share_);
    double total = 0;
    for (double& share : share_) {
      total += share = share - largest < negligible ? 0 : std::exp(share - largest);
    }
    return total;
  }

  size_t pixels_;
  size_t colours_;
  std::vector<double> distances_;    // [n,m], squared
  std::vector<double> log_weights_;  // [m], of the colours
  std::vector<double> share_;        // [m], of the pixel weighed last
  double spread_ = 0.1;              // standard deviation of each channel
};

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

void snap_to_palette(std::span<float> x, std::span<const uint8_t> palette) {
  if (palette.empty() || x.empty()) return;
  if (palette.size() % 3 != 0 || x.size() % 3 != 0) {
    fail("palette", std::to_string(x.size()) + " values and a palette of " +
                        std::to_string(palette.size()) + " are no RGB pixels");
  }
  Mixture mixture(x, palette);
  for (int round = 0; round < 8; ++round) mixture.refine();
  for (size_t i = 0; i < x.size() / 3; ++i) {
    const size_t colour = mixture.colour_of(i);
    for (size_t c = 0; c < 3; ++c) {
      x[3 * i + c] = static_cast<float>(palette[3 * colour + c]) / 127.5F - 1;
    }
  }
}

}  // namespace rivulet::data
