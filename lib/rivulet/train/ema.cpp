#include "rivulet/train/ema.h"

#include <algorithm>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"

namespace rivulet::train {

void update_averages(nn::Params& averages, const nn::Params& weights, std::span<const Value> values,
                     Value decay, Value keep) {
  if (weights.all().size() != values.size()) {
    fail("update_averages", std::to_string(weights.all().size()) + " weights, " +
                                std::to_string(values.size()) + " values");
  }
  const Value rate = 1.0F - decay;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string& name = weights.all()[i].name;
    const Value average = averages.get(name, values[i].shape(), {});
    const Value moved = average + rate * (values[i] - average);
    average.graph->update(average, select(keep, moved, average));
  }
}

float warm_decay(float decay, int64_t step) {
  const auto n = static_cast<float>(step);
  return std::min(decay, (1 + n) / (10 + n));
}

}  // namespace rivulet::train
