#include "rivulet/models/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"

namespace rivulet::models {
namespace {

constexpr uint64_t grain_stream = 0x677261696eULL;
constexpr std::array<float, 3> luminance = {0.299F, 0.587F, 0.114F};  // of RGB (BT.601)

void check(const Measurement& how, size_t values) {
  const auto pixels = static_cast<size_t>(std::max<int64_t>(how.pixels(), 0));
  if (how.side < 1 || (how.channels != 1 && how.channels != 3) || values == 0 ||
      values % pixels != 0) {
    fail("restore", fmt::format("{} values are no pictures of {}x{}x{}", values, how.side, how.side,
                                how.channels));
  }
  const auto cells = static_cast<size_t>(how.side) * static_cast<size_t>(how.side);
  if (how.damage == Damage::holes && how.lost.size() != cells) {
    fail("restore", fmt::format("a mask of {} pixels for {}", how.lost.size(), cells));
  }
  if (how.damage == Damage::shrunk && (how.factor < 1 || how.side % how.factor != 0)) {
    fail("restore", fmt::format("squares of {0}x{0} do not fill {1}x{1}", how.factor, how.side));
  }
}

void dig_holes(const Measurement& how, std::span<float> picture) {
  const auto channels = static_cast<size_t>(how.channels);
  for (size_t p = 0; p < how.lost.size(); ++p) {
    if (how.lost[p] != 0)
      std::fill_n(picture.begin() + static_cast<std::ptrdiff_t>(p * channels), channels, 0.0F);
  }
}

/// Every square of factor x factor pixels takes its mean.
void shrink(const Measurement& how, std::span<float> picture) {
  const auto at = [&](int x, int y, int c) -> float& {
    return picture[static_cast<size_t>((y * how.side + x) * how.channels + c)];
  };
  const auto share = 1 / static_cast<float>(how.factor * how.factor);
  for (int y = 0; y < how.side; y += how.factor) {
    for (int x = 0; x < how.side; x += how.factor) {
      for (int c = 0; c < how.channels; ++c) {
        float sum = 0;
        for (int k = 0; k < how.factor * how.factor; ++k) {
          sum += at(x + k % how.factor, y + k / how.factor, c);
        }
        for (int k = 0; k < how.factor * how.factor; ++k) {
          at(x + k % how.factor, y + k / how.factor, c) = sum * share;
        }
      }
    }
  }
}

/// Every pixel takes its luminance in all channels.
void bleach(std::span<float> picture) {
  for (size_t p = 0; p + 2 < picture.size(); p += 3) {
    const float light =
        luminance[0] * picture[p] + luminance[1] * picture[p + 1] + luminance[2] * picture[p + 2];
    std::fill_n(picture.begin() + static_cast<std::ptrdiff_t>(p), 3, light);
  }
}

}  // namespace

void project(const Measurement& how, std::span<float> x) {
  check(how, x.size());
  const auto pixels = static_cast<size_t>(how.pixels());
  for (size_t row = 0; row < x.size(); row += pixels) {
    const std::span<float> picture = x.subspan(row, pixels);
    if (how.damage == Damage::holes) dig_holes(how, picture);
    if (how.damage == Damage::shrunk) shrink(how, picture);
    if (how.damage == Damage::grey && how.channels == 3) bleach(picture);
  }
}

std::vector<float> damaged(const Measurement& how, std::span<const float> picture) {
  std::vector<float> seen(picture.begin(), picture.end());
  project(how, seen);
  if (how.damage == Damage::noisy) {
    Rng rng(how.seed, grain_stream);
    for (float& value : seen) value += how.grain * rng.normal();
  }
  return seen;
}

Pull pull_to_measurement(Measurement how, std::vector<float> seen) {
  check(how, seen.size());
  return [how = std::move(how), seen = std::move(seen)](
             NoiseLevel level, std::span<const float> /*x_t*/, std::span<const float> x0,
             std::span<float> r) {
    if (how.damage == Damage::noisy && level.bbar < how.grain * level.abar) {
      std::fill(r.begin(), r.end(), 0.0F);
      return;
    }
    for (size_t i = 0; i < r.size(); ++i) r[i] = seen[i % seen.size()] - x0[i];
    if (how.damage != Damage::noisy) project(how, r);
  };
}

}  // namespace rivulet::models
