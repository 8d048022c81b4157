// rivulet bench
#include <fmt/format.h>

#include <memory>

#include "cli/bench_ddcm.h"
#include "cli/bench_pictures.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/profile.h"
#include "cli/toy.h"
#include "rivulet/exec/bench.h"
#include "rivulet/io/json.h"

namespace rivulet::cli {
namespace {

struct BenchTrain {
  ToyOptions toy;
  DeviceOptions device;
  double seconds = 3;
  bool json = false;
};

int run_train(const BenchTrain& options) {
  const train::Flow2dConfig config = options.toy.finish();
  train::Trainer trainer = train::flow2d_trainer(config, options.toy.make_target(),
                                                 options.device.device(), options.device.compile());
  const double step = time_calls([&] { (void)trainer.step(); }, options.seconds).median;
  const std::vector<Kind> kinds = kinds_of(trainer.program(), options.seconds / 10);
  const auto flops = static_cast<double>(trainer.program().flops());
  if (options.json) {
    const io::Json json = {{"config", to_json(config)},
                           {"device", options.device.name},
                           {"threads", int{options.device.threads}},
                           {"steps_per_second", 1 / step},
                           {"flops_per_second", flops / step},
                           {"kinds", to_json(kinds)}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("{} at batch {}, MLP {}x{}, on {} with {} thread{}\n", models::name_of(config.method),
             config.batch, config.depth, config.width, options.device.name,
             int{options.device.threads}, options.device.threads > 1 ? "s" : "");
  fmt::print("{:.1f} training steps/s, {:.1f} Gflop/s (median over {:.0f} s)\n\n", 1 / step,
             flops / step * 1e-9, options.seconds);
  print(kinds);
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
    if (op.large && options.only.find("matmul ") == std::string::npos) continue;
    timings.push_back(exec::time_op(op, options.device.device(), peak, options.device.compile(),
                                    options.seconds));
  }
  return timings;
}

int run_ops(const BenchOps& options) {
  const exec::Peak peak = exec::measure_peak(options.seconds);
  const std::vector<exec::OpTiming> timings = time_ops(options, peak);
  if (options.json) {
    io::Json list = io::Json::array();
    for (const exec::OpTiming& timing : timings) {
      io::Json one = {{"name", timing.name},
                      {"seconds", timing.seconds},
                      {"rate", timing.rate},
                      {"unit", unit_of(timing.bound)},
                      {"share", timing.share}};
      if (timing.error) one["error"] = *timing.error;
      list.push_back(std::move(one));
    }
    const io::Json json = {{"device", options.device.name},
                           {"threads", int{options.device.threads}},
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
    fmt::print("{:<36} {:>10.1f} {:>8.1f} G{}/s {:>6.0f}%{}\n", timing.name, timing.seconds * 1e6,
               timing.rate * 1e-9, unit_of(timing.bound), 100 * timing.share,
               timing.error ? fmt::format("  error {:.0e}", *timing.error) : "");
  }
  return 0;
}

void add_bench_ops(Command bench, Action& action) {
  const Command ops = bench.add_subcommand("ops", "Each operation against the machine's peak");
  const auto options = std::make_shared<BenchOps>();
  options->device.add(ops);
  ops.add_option("--only", options->only, "Operations whose name holds this").type_name("TEXT");
  ops.add_option("--seconds", options->seconds, "How long to measure each")
      .type_name("X")
      .between(0.0, 60.0)
      .capture_default_str();
  ops.add_flag("--json", options->json, "As JSON");
  ops.callback([options, &action] { action = [options] { return run_ops(*options); }; });
}

void add_bench_train(Command bench, Action& action) {
  const Command train = bench.add_subcommand(
      "train", "Training steps per second of the plane's model, and where the time goes");
  const auto options = std::make_shared<BenchTrain>();
  options->toy.add(train);
  options->device.add(train);
  train.add_option("--seconds", options->seconds, "How long to measure")
      .type_name("X")
      .between(0.0, 600.0)
      .capture_default_str();
  train.add_flag("--json", options->json, "As JSON");
  train.callback([options, &action] { action = [options] { return run_train(*options); }; });
}

}  // namespace

void add_bench(Command app, Action& action) {
  const Command command = app.add_subcommand("bench", "How fast this machine is");
  command.require_subcommand();
  add_bench_ops(command, action);
  add_bench_train(command, action);
  add_bench_pictures(command, action);
  add_bench_ddcm(command, action);
  add_bench_tarflow(command, action);
  add_bench_moe(command, action);
}

}  // namespace rivulet::cli
