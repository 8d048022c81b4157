// Where the time of a program goes.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "rivulet/exec/program.h"

namespace rivulet::cli {

/// Kernel calls of one kind, in one run.
struct Kind {
  std::string name;
  int calls = 0;
  double seconds = 0;
  int64_t flops = 0;
};

/// Least time of each kernel call in some runs, summed by the first word of its label, or by the
/// whole of it; slowest first.
[[nodiscard]] std::vector<Kind> kinds_of(Program& program, int runs = 20, bool whole_label = false);
void print(const std::vector<Kind>& kinds);
[[nodiscard]] nlohmann::json to_json(const std::vector<Kind>& kinds);

/// The median time of a call over `budget` seconds, in seconds; the median is what a busy machine
/// disturbs least.
[[nodiscard]] double median_seconds(const std::function<void()>& call, double budget);

}  // namespace rivulet::cli
