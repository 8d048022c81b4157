// rivulet bench tarflow: ways to invert it against one pass forward.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "cli/bench_tarflow.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "rivulet/core/error.h"
#include "rivulet/io/json.h"
#include "rivulet/models/tarflow_bench.h"

namespace rivulet::cli {
namespace {

struct BenchTarflow {
  std::string model;
  DeviceOptions device;
  std::vector<int> batches = {1, 2, 4, 8, 16};
  std::vector<int> groups = {4, 8, 16, 32};
  float tolerance = models::TarflowRequest{}.tolerance;
  double seconds = 1;
  bool backprop = false;
  BenchBackprop back;
  bool json = false;

  /// As models are sampled: weights are packed once.
  [[nodiscard]] CompileOptions compile() const {
    return {.threads = device.threads, .static_states = true};
  }
};

std::vector<models::TarflowTiming> measure(const BenchTarflow& options) {
  const io::SafeTensors file = io::load_safetensors(options.model);
  const Status status("measured");
  std::vector<models::TarflowTiming> timings;
  for (const int batch : options.batches) {
    std::ranges::move(models::time_tarflow(file,
                                           {.batch = batch,
                                            .groups = options.groups,
                                            .tolerance = options.tolerance,
                                            .seconds = options.seconds},
                                           options.device.device(), options.compile()),
                      std::back_inserter(timings));
  }
  return timings;
}

int run(const BenchTarflow& options) {
  if (options.backprop) {
    BenchBackprop back = options.back;
    back.device = options.device;
    back.seconds = options.seconds;
    back.json = options.json;
    return bench_tarflow_backprop(back);
  }
  if (options.model.empty()) fail("bench", "--model or --backprop says what to measure");
  const std::vector<models::TarflowTiming> timings = measure(options);
  if (options.json) {
    io::Json list = io::Json::array();
    for (const models::TarflowTiming& timing : timings) {
      list.push_back({{"sampler", timing.sampler},
                      {"batch", timing.batch},
                      {"seconds", timing.seconds},
                      {"forward_seconds", timing.forward},
                      {"work", timing.work},
                      {"largest_difference", timing.difference},
                      {"runs", timing.runs}});
    }
    fmt::print("{}\n", io::Json{{"device", options.device.name},
                                {"threads", int{options.device.threads}},
                                {"samplers", std::move(list)}}
                           .dump(2));
    return 0;
  }
  fmt::print("{:>5}  {:>10}  {:>10}  {:>10}  {:>9}  {:>9}  {:>10}  {}\n", "batch", "sampler", "ms",
             "forward ms", "in passes", "work", "difference", "runs of blocks");
  for (const models::TarflowTiming& timing : timings) {
    fmt::print("{:>5}  {:>10}  {:>10.2f}  {:>10.2f}  {:>9.2f}  {:>9.2f}  {:>10.1e}  {}\n",
               timing.batch, timing.sampler, timing.seconds * 1e3, timing.forward * 1e3,
               timing.seconds / timing.forward, timing.work, timing.difference,
               fmt::join(timing.runs, " "));
  }
  fmt::print(
      "\nms: the fastest of every run, added up. In passes: time by that of one pass forward. "
      "Work: tokens that went through a "
      "block, by those of one pass.\n");
  return 0;
}

}  // namespace

void add_bench_tarflow(Command bench, Action& action) {
  const Command command = bench.add_subcommand(
      "tarflow", "Ways to invert a TarFlow, by batch, against one pass forward");
  const auto options = std::make_shared<BenchTarflow>();
  command.add_option("--model", options->model, "A TarFlow that 'train' saved").type_name("FILE");
  command.add_flag("--backprop", options->backprop,
                   "Instead: memory and time of a training step that keeps all activations, what "
                   "each block was given, or nothing");
  command.add_option("--backprop-batch", options->back.batch, "Of --backprop: rows")
      .type_name("N")
      .between(1, 256)
      .capture_default_str();
  command.add_option("--backprop-blocks", options->back.blocks, "Of --backprop: blocks")
      .type_name("N,N,...")
      .delimiter(',')
      .between(1, 32)
      .capture_default_str();
  command.add_option("--batches", options->batches, "Pictures at once")
      .type_name("N,N,...")
      .delimiter(',')
      .between(1, 256)
      .capture_default_str();
  command.add_option("--groups", options->groups, "Of gsj: tokens of the window")
      .type_name("N,N,...")
      .delimiter(',')
      .between(1, 4096)
      .capture_default_str();
  command.add_option("--tolerance", options->tolerance, "A token stands still that moves by less")
      .type_name("X")
      .between(0.0, 1.0)
      .capture_default_str();
  command.add_option("--seconds", options->seconds, "How long to measure each")
      .type_name("X")
      .between(0.0, 60.0)
      .capture_default_str();
  options->device.add(command);
  command.add_flag("--json", options->json, "As JSON");
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli
