// A graph as a device runs it: stages, state updates, and a place in memory for every value.
#pragma once

#include <string>
#include <vector>

#include "rivulet/exec/plan/limits.h"
#include "rivulet/exec/plan/places.h"
#include "rivulet/exec/plan/stage.h"

namespace rivulet::exec::plan {

struct Plan {
  std::vector<Stage> stages;
  std::vector<Commit> commits;
  Places places;
  /// From this stage on states change: what is begun then is finished.
  int first_write = 0;
};

/// All passes, on a graph whose missing ops are expanded already.
[[nodiscard]] Plan plan(const Graph& graph, const Limits& limits);

[[nodiscard]] std::string to_text(const Graph& graph, const Plan& plan);

}  // namespace rivulet::exec::plan
