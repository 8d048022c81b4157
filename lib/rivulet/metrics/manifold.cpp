#include "rivulet/metrics/manifold.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "rivulet/core/error.h"

namespace rivulet::metrics {
Manifold::Manifold(Rows set, int64_t k, const Device& device, const CompileOptions& options)
    : set_(std::move(set)), device_(&device), options_(options) {
  const Neighbours near = nearest(set_, set_, {.k = k, .leave_itself_out = true}, device, options);
  for (int64_t i = 0; i < set_.count; ++i) {
    const float radius = near.distance[static_cast<size_t>((i + 1) * k - 1)];
    radii_.push_back(radius);
    bias_.push_back(-radius * radius);
  }
}

float Manifold::holds(const Rows& rows) const {
  if (rows.count == 0) fail("manifold", "there are no rows to look for");
  // The ball that a row is deepest in: the least squared distance less squared radius.
  const Neighbours ball = nearest(rows, set_, {.bias = bias_}, *device_, options_);
  int64_t held = 0;
  for (size_t i = 0; i < ball.index.size(); ++i) {
    if (ball.distance[i] <= radii_[static_cast<size_t>(ball.index[i])]) ++held;
  }
  return static_cast<float>(held) / static_cast<float>(rows.count);
}

PrecisionRecall precision_recall(const Manifold& data, const Rows& data_rows, const Rows& samples,
                                 int64_t k, const Device& device, const CompileOptions& options) {
  return {.precision = data.holds(samples),
          .recall = Manifold(samples, k, device, options).holds(data_rows)};
}

NearestDistances nearest_distances(const Rows& rows, const Rows& training, const Device& device,
                                   const CompileOptions& options) {
  const Neighbours near = nearest(rows, training, {}, device, options);
  return {.median = quantile(near.distance, 0.5),
          .first_percentile = quantile(near.distance, 0.01)};
}

float quantile(std::vector<float> values, double share) {
  if (values.empty() || !(share >= 0 && share <= 1)) {
    fail("quantile", "of " + std::to_string(values.size()) + " values at " + std::to_string(share));
  }
  std::ranges::sort(values);
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, values.size() - 1);
  const double weight = place - std::floor(place);
  return static_cast<float>((1 - weight) * double{values[below]} + weight * double{values[above]});
}

}  // namespace rivulet::metrics
