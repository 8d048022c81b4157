// What a plane flow's samples are worth.
#pragma once

#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/io/json.h"
#include "rivulet/metrics/points.h"
#include "rivulet/train/flow2d.h"

namespace rivulet::cli {

struct ToyScore {
  struct Row {
    int steps = 0;               ///< of sampling
    float distance = 0;          ///< sliced Wasserstein-2, samples against data
    metrics::Coverage coverage;  ///< modes == 0 where the target has none
  };
  int points = 0;
  float floor = 0;  ///< the mean distance from other samples of the data to this one
  std::vector<Row> rows;
};

/// Samples by each of train::shown_steps from the same noise.
[[nodiscard]] ToyScore score(train::Flow2dSampler& sampler, const data::Target2d& target);

[[nodiscard]] io::Json to_json(const ToyScore& score);
void print(const ToyScore& score);

[[nodiscard]] io::Json to_json(const train::Flow2dConfig& config);

/// The double with the fewest digits that is this float: 0.1, not 0.10000000149.
[[nodiscard]] double shortest(float value);

}  // namespace rivulet::cli
