#include "rivulet/metrics/ranks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "rivulet/core/error.h"

namespace rivulet::metrics {

std::vector<float> ranks(std::span<const float> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return values[i]; });
  std::vector<float> out(values.size());
  for (size_t first = 0; first < order.size();) {
    size_t end = first + 1;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const float shared = 0.5F * static_cast<float>(first + 1 + end);
    for (; first < end; ++first) out[order[first]] = shared;
  }
  return out;
}

float spearman(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size() || a.size() < 2) {
    fail("spearman",
         fmt::format("needs two lists of one length, not {} and {} values", a.size(), b.size()));
  }
  const std::vector<float> x = ranks(a);
  const std::vector<float> y = ranks(b);
  const double middle = 0.5 * static_cast<double>(a.size() + 1);
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - middle;
    const double dy = y[i] - middle;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? static_cast<float>(xy / std::sqrt(xx * yy)) : 0;
}

}  // namespace rivulet::metrics
