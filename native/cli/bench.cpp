// rivulet bench
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/toy.h"
#include "rivulet/exec/bench.h"

namespace rivulet::cli {
namespace {

struct BenchTrain {
  ToyOptions toy;
  DeviceOptions device;
  double seconds = 3;
  bool json = false;
};

/// Kernel calls of one kind, in one training step.
struct Kind {
  std::string name;
  int calls = 0;
  double seconds = 0;
  int64_t flops = 0;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The median time of a training step, data and all; the median is what a busy machine disturbs
/// least.
double step_seconds(train::Flow2dTrainer& trainer, double budget) {
  for (int i = 0; i < 5; ++i) (void)trainer.step();
  std::vector<double> times;
  const auto start = std::chrono::steady_clock::now();
  while (seconds_since(start) < budget || times.size() < 5) {
    const auto begun = std::chrono::steady_clock::now();
    (void)trainer.step();
    times.push_back(seconds_since(begun));
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return *middle;
}

/// Least time of each kernel call in some runs, summed by the first word of its label.
std::vector<Kind> kinds_of(Program& program) {
  std::vector<double> least = program.run_timed();
  for (int run = 0; run < 20; ++run) {
    const std::vector<double> times = program.run_timed();
    for (size_t i = 0; i < least.size(); ++i) least[i] = std::min(least[i], times[i]);
  }
  std::map<std::string, Kind> by_name;
  const auto steps = program.steps();
  for (size_t i = 0; i < steps.size(); ++i) {
    const std::string name = steps[i].label.substr(0, steps[i].label.find(' '));
    Kind& kind = by_name[name];
    kind.name = name;
    kind.calls += 1;
    kind.seconds += least[i];
    kind.flops += steps[i].flops;
  }
  std::vector<Kind> kinds;
  for (auto& [name, kind] : by_name) kinds.push_back(std::move(kind));
  std::ranges::sort(kinds, std::greater{}, &Kind::seconds);
  return kinds;
}

int run_train(const BenchTrain& options) {
  train::Flow2dTrainer trainer(options.toy.finish(), options.toy.make_target(),
                               options.device.device(), options.device.compile());
  const double step = step_seconds(trainer, options.seconds);
  const std::vector<Kind> kinds = kinds_of(trainer.program());
  double total = 0;
  for (const Kind& kind : kinds) total += kind.seconds;
  const auto flops = static_cast<double>(trainer.program().flops());
  if (options.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const Kind& kind : kinds) {
      list.push_back({{"kind", kind.name},
                      {"calls", kind.calls},
                      {"seconds", kind.seconds},
                      {"share", kind.seconds / total},
                      {"flops", kind.flops}});
    }
    const nlohmann::json json = {
        {"config", to_json(trainer.config())}, {"device", options.device.name},
        {"threads", options.device.threads},   {"steps_per_second", 1 / step},
        {"flops_per_second", flops / step},    {"kinds", std::move(list)}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  const train::Flow2dConfig& config = trainer.config();
  fmt::print("{} at batch {}, MLP {}x{}, on {} with {} thread{}\n", models::name_of(config.method),
             config.batch, config.depth, config.width, options.device.name, options.device.threads,
             options.device.threads > 1 ? "s" : "");
  fmt::print("{:.1f} training steps/s, {:.1f} Gflop/s (median over {:.0f} s)\n\n", 1 / step,
             flops / step * 1e-9, options.seconds);
  fmt::print("{:<16} {:>6} {:>10} {:>7} {:>9}\n", "kind", "calls", "us", "share", "Gflop/s");
  for (const Kind& kind : kinds) {
    fmt::print("{:<16} {:>6} {:>10.1f} {:>6.1f}% {:>9.1f}\n", kind.name, kind.calls,
               kind.seconds * 1e6, 100 * kind.seconds / total,
               static_cast<double>(kind.flops) / std::max(kind.seconds, 1e-9) * 1e-9);
  }
  return 0;
}

struct BenchOps {
  DeviceOptions device;
  std::string only;  // part of a name
  double seconds = 0.1;
  bool json = false;
};

const char* unit_of(exec::OpCase::Bound bound) {
  return bound == exec::OpCase::Bound::flops ? "flop" : "byte";
}

std::vector<exec::OpTiming> time_ops(const BenchOps& options, const exec::Peak& peak) {
  std::vector<exec::OpTiming> timings;
  for (const exec::OpCase& op : exec::op_cases()) {
    if (op.name.find(options.only) == std::string::npos) continue;
    timings.push_back(exec::time_op(op, options.device.device(), peak, options.device.compile(),
                                    options.seconds));
  }
  return timings;
}

int run_ops(const BenchOps& options) {
  const exec::Peak peak = exec::measure_peak(options.seconds);
  const std::vector<exec::OpTiming> timings = time_ops(options, peak);
  if (options.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const exec::OpTiming& timing : timings) {
      list.push_back({{"name", timing.name},
                      {"seconds", timing.seconds},
                      {"rate", timing.rate},
                      {"unit", unit_of(timing.bound)},
                      {"share", timing.share}});
    }
    const nlohmann::json json = {{"device", options.device.name},
                                 {"threads", options.device.threads},
                                 {"peak",
                                  {{"instructions", peak.instructions},
                                   {"flops_per_second", peak.flops},
                                   {"bytes_per_second", peak.bytes}}},
                                 {"ops", std::move(list)}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("one thread of this machine: {:.1f} Gflop/s ({}), {:.1f} Gbyte/s\n\n",
             peak.flops * 1e-9, peak.instructions, peak.bytes * 1e-9);
  fmt::print("{:<36} {:>10} {:>16} {:>7}\n", "operation", "us", "rate", "of peak");
  for (const exec::OpTiming& timing : timings) {
    fmt::print("{:<36} {:>10.1f} {:>8.1f} G{}/s {:>6.0f}%\n", timing.name, timing.seconds * 1e6,
               timing.rate * 1e-9, unit_of(timing.bound), 100 * timing.share);
  }
  return 0;
}

void add_bench_ops(CLI::App& bench, Action& action) {
  CLI::App* ops = bench.add_subcommand("ops", "Each operation against the machine's peak");
  const auto options = std::make_shared<BenchOps>();
  options->device.add(*ops);
  ops->add_option("--only", options->only, "Operations whose name holds this")->type_name("TEXT");
  ops->add_option("--seconds", options->seconds, "How long to measure each")
      ->type_name("X")
      ->check(between(0.0, 60.0))
      ->capture_default_str();
  ops->add_flag("--json", options->json, "As JSON");
  ops->callback([options, &action] { action = [options] { return run_ops(*options); }; });
}

void add_bench_train(CLI::App& bench, Action& action) {
  CLI::App* train = bench.add_subcommand(
      "train", "Training steps per second of the plane's model, and where the time goes");
  const auto options = std::make_shared<BenchTrain>();
  options->toy.add(*train);
  options->device.add(*train);
  train->add_option("--seconds", options->seconds, "How long to measure")
      ->type_name("X")
      ->check(between(0.0, 600.0))
      ->capture_default_str();
  train->add_flag("--json", options->json, "As JSON");
  train->callback([options, &action] { action = [options] { return run_train(*options); }; });
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("bench", "How fast this machine is");
  command->require_subcommand(1);
  add_bench_ops(*command, action);
  add_bench_train(*command, action);
}

}  // namespace rivulet::cli
