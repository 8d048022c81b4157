#include "cli/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "rivulet/core/timed.h"
#include "rivulet/exec/plan/stage.h"

namespace rivulet::cli {
namespace {

double total_seconds(const std::vector<Kind>& kinds) {
  double total = 0;
  for (const Kind& kind : kinds) total += kind.seconds;
  return total;
}

}  // namespace

std::vector<Kind> kinds_of(Program& program, double budget, bool whole_label) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<double> least = program.run_timed();
  for (int run = 0; run < 5 || seconds_since(start) < budget; ++run) {
    const std::vector<double> times = program.run_timed();
    for (size_t i = 0; i < least.size(); ++i) least[i] = std::min(least[i], times[i]);
  }
  std::map<std::string, Kind> by_name;
  const auto stages = program.stages();
  for (size_t i = 0; i < stages.size(); ++i) {
    const std::string& label = stages[i].label;
    const std::string name = whole_label ? label : label.substr(0, label.find(' '));
    Kind& kind = by_name[name];
    kind.name = name;
    kind.calls += 1;
    kind.seconds += least[i];
    kind.flops += stages[i].flops;
  }
  std::vector<Kind> kinds;
  kinds.reserve(by_name.size());
  for (auto& [name, kind] : by_name) kinds.push_back(std::move(kind));
  std::ranges::sort(kinds, std::greater{}, &Kind::seconds);
  return kinds;
}

void print(const std::vector<Kind>& kinds) {
  size_t width = 16;
  for (const Kind& kind : kinds) width = std::max(width, kind.name.size());
  const double total = total_seconds(kinds);
  fmt::print("{:<{}} {:>6} {:>10} {:>7} {:>9}\n", "kind", width, "calls", "us", "share", "Gflop/s");
  for (const Kind& kind : kinds) {
    fmt::print("{:<{}} {:>6} {:>10.1f} {:>6.1f}% {:>9.1f}\n", kind.name, width, kind.calls,
               kind.seconds * 1e6, 100 * kind.seconds / total,
               static_cast<double>(kind.flops) / std::max(kind.seconds, 1e-9) * 1e-9);
  }
}

io::Json to_json(const std::vector<Kind>& kinds) {
  const double total = total_seconds(kinds);
  io::Json list = io::Json::array();
  for (const Kind& kind : kinds) {
    list.push_back({{"kind", kind.name},
                    {"calls", kind.calls},
                    {"seconds", kind.seconds},
                    {"share", kind.seconds / total},
                    {"flops", kind.flops}});
  }
  return list;
}

Times time_calls(const std::function<void()>& call, double budget) {
  for (int i = 0; i < 2; ++i) call();
  std::vector<double> times;
  const auto start = std::chrono::steady_clock::now();
  while (seconds_since(start) < budget || times.size() < 3) {
    const auto begun = std::chrono::steady_clock::now();
    call();
    times.push_back(seconds_since(begun));
  }
  std::ranges::sort(times);
  return {.median = times[times.size() / 2], .fastest = times.front()};
}

}  // namespace rivulet::cli
