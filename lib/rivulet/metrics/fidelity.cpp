#include "rivulet/metrics/fidelity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "rivulet/core/error.h"

namespace rivulet::metrics {
namespace {

constexpr double peak = 255;
constexpr int largest_window = 7;

void check_alike(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  if (a.size() == b.size() && !a.empty()) return;
  fail("fidelity", "pictures of " + std::to_string(a.size()) + " and " + std::to_string(b.size()) +
                       " values cannot be compared");
}

/// Sums over the pixels of a window.
struct Sums {
  double a = 0;
  double b = 0;
  double aa = 0;
  double bb = 0;
  double ab = 0;

  void add(double x, double y) {
    a += x;
    b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  [[nodiscard]] double similarity(double pixels) const {
    constexpr double c1 = 0.01 * peak * 0.01 * peak;
    constexpr double c2 = 0.03 * peak * 0.03 * peak;
    const double mean_a = a / pixels;
    const double mean_b = b / pixels;
    const double variance_a = aa / pixels - mean_a * mean_a;
    const double variance_b = bb / pixels - mean_b * mean_b;
    const double covariance = ab / pixels - mean_a * mean_b;
    return (2 * mean_a * mean_b + c1) * (2 * covariance + c2) /
           ((mean_a * mean_a + mean_b * mean_b + c1) * (variance_a + variance_b + c2));
  }
};

}  // namespace

double mean_squared_error(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  check_alike(a, b);
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double gap = static_cast<double>(a[i]) - b[i];
    sum += gap * gap;
  }
  return sum / static_cast<double>(a.size());
}

double psnr_of(double error) {
  return error > 0 ? 10 * std::log10(peak * peak / error) : std::numeric_limits<double>::infinity();
}

double psnr(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return psnr_of(mean_squared_error(a, b));
}

double ssim(std::span<const uint8_t> a, std::span<const uint8_t> b, int side, int channels) {
  check_alike(a, b);
  const auto n = static_cast<size_t>(side);
  const auto depth = static_cast<size_t>(channels);
  if (a.size() != n * n * depth) {
    fail("fidelity", std::to_string(a.size()) + " values are no picture of " +
                         std::to_string(side) + " x " + std::to_string(side) + " x " +
                         std::to_string(channels));
  }
  const auto window = static_cast<size_t>(std::min(side, largest_window));
  const size_t places = n - window + 1;
  double total = 0;
  for (size_t c = 0; c < depth; ++c) {
    for (size_t top = 0; top < places; ++top) {
      for (size_t left = 0; left < places; ++left) {
        Sums sums;
        for (size_t y = top; y < top + window; ++y) {
          for (size_t x = left; x < left + window; ++x) {
            const size_t at = (y * n + x) * depth + c;
            sums.add(a[at], b[at]);
          }
        }
        total += sums.similarity(static_cast<double>(window * window));
      }
    }
  }
  return total / static_cast<double>(depth * places * places);
}

}  // namespace rivulet::metrics
