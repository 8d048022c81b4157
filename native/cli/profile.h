// Where the time of a program goes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "rivulet/exec/program.h"
#include "rivulet/io/json.h"

namespace rivulet::cli {

/// Kernel calls of one kind, in one run.
struct Kind {
  std::string name;
  int calls = 0;
  double seconds = 0;
  int64_t flops = 0;
};

/// Least time of each kernel call in the runs of `budget` seconds, summed by the first word of its
/// label, or by the whole of it; slowest first.
[[nodiscard]] std::vector<Kind> kinds_of(Program& program, double budget, bool whole_label = false);
void print(const std::vector<Kind>& kinds);
[[nodiscard]] io::Json to_json(const std::vector<Kind>& kinds);

/// Times of a call over `budget` seconds, in seconds. A busy machine disturbs the median little,
/// and the fastest not at all when there are many.
struct Times {
  double median;
  double fastest;
};
[[nodiscard]] Times time_calls(const std::function<void()>& call, double budget);

}  // namespace rivulet::cli
