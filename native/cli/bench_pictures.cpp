#include "cli/bench_pictures.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/options.h"
#include "cli/profile.h"
#include "rivulet/core/random.h"
#include "rivulet/exec/bench.h"
#include "rivulet/graph/ops.h"
#include "rivulet/nn/dit.h"
#include "rivulet/train/adamw.h"
#include "rivulet/train/ema.h"

namespace rivulet::cli {
namespace {

struct BenchPictures {
  nn::DitConfig net;
  DeviceOptions device;
  int batch = 128;
  double seconds = 5;
  bool calls = false;
  bool json = false;
};

nn::DitInputs inputs_of(Graph& graph, const nn::DitConfig& net, int64_t batch) {
  nn::DitInputs inputs{.x = graph.input("x", {batch, net.pixels()}),
                       .t = graph.input("t", {batch, 1}),
                       .d = graph.input("d", {batch, 1}),
                       .guidance = graph.input("guidance", {batch, 1}),
                       .labels = {}};
  if (!net.classes.empty()) {
    inputs.labels = graph.input("labels", {batch, static_cast<int64_t>(net.classes.size())});
  }
  return inputs;
}

Program compiled(const Graph& graph, const BenchPictures& options, bool static_states) {
  Program program = compile(graph, options.device.device(),
                            {.threads = options.device.threads, .static_states = static_states});
  for (const Node& node : graph.nodes()) {
    if (node.op != Op::input) continue;
    Tensor values(node.shape);
    if (node.name != "labels") Rng(1).uniform(values.span());
    program.write(node.name, values.span());
  }
  return program;
}

Program inference(const BenchPictures& options) {
  Graph graph;
  nn::Params params(graph, 1);
  graph.output("v", nn::dit(options.net, params, inputs_of(graph, options.net, options.batch)));
  return compiled(graph, options, true);
}

/// One step of flow matching: forward, backward, AdamW and averages. tests/bench/train-pytorch.py
/// has the same.
Program training(const BenchPictures& options) {
  Graph graph;
  nn::Params params(graph, 1);
  const nn::DitInputs inputs = inputs_of(graph, options.net, options.batch);
  const Value target = graph.input("target", inputs.x.shape());
  const Value loss = mean(square(nn::dit(options.net, params, inputs) - target));
  const nn::Params averages = params.copy_states("ema.");
  const train::AdamWStep step =
      train::adamw({.weight_decay = 0.1F, .clip = 1}, params, loss, graph.fill({}, 1e-3F));
  train::update_averages(averages, step.params, graph.fill({}, 0.999F), step.finite);
  graph.output("loss", loss);
  return compiled(graph, options, false);
}

struct Measured {
  double seconds;
  double flops;  // per second
  std::vector<Kind> kinds;
};

Measured measure(Program program, const BenchPictures& options) {
  const double seconds = median_seconds([&] { program.run(); }, options.seconds);
  return {.seconds = seconds,
          .flops = static_cast<double>(program.flops()) / seconds,
          .kinds = kinds_of(program, 5, options.calls)};
}

void print_part(const char* title, const Measured& part, const BenchPictures& options,
                double peak) {
  fmt::print("\n{}: {:.2f} ms, {:.1f} samples/s, {:.1f} Gflop/s, {:.0f}% of peak\n\n", title,
             part.seconds * 1e3, options.batch / part.seconds, part.flops * 1e-9,
             100 * part.flops / peak);
  print(part.kinds);
}

nlohmann::json part_json(const Measured& part, const BenchPictures& options, double peak) {
  return {{"seconds", part.seconds},
          {"samples_per_second", options.batch / part.seconds},
          {"flops_per_second", part.flops},
          {"share_of_peak", part.flops / peak},
          {"kinds", to_json(part.kinds)}};
}

int run(const BenchPictures& options) {
  nn::validate(options.net);
  const double peak = exec::measure_peak().flops * options.device.threads;
  const Measured forward = measure(inference(options), options);
  const Measured step = measure(training(options), options);
  if (options.json) {
    const nn::DitConfig& net = options.net;
    const nlohmann::json json = {{"side", net.side},
                                 {"channels", net.channels},
                                 {"patch", net.patch},
                                 {"width", net.width},
                                 {"depth", net.depth},
                                 {"heads", net.heads},
                                 {"batch", options.batch},
                                 {"device", options.device.name},
                                 {"threads", options.device.threads},
                                 {"peak_flops_per_second", peak},
                                 {"inference", part_json(forward, options, peak)},
                                 {"training", part_json(step, options, peak)}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("batch {} on {} with {} thread{}, peak {:.1f} Gflop/s\n", options.batch,
             options.device.name, options.device.threads, options.device.threads > 1 ? "s" : "",
             peak * 1e-9);
  print_part("inference", forward, options, peak);
  print_part("training step", step, options, peak);
  return 0;
}

}  // namespace

void add_bench_pictures(CLI::App& bench, Action& action) {
  CLI::App* command = bench.add_subcommand(
      "pictures", "Inference and training of a diffusion transformer, and where the time goes");
  const auto options = std::make_shared<BenchPictures>();
  const auto number = [&](const char* name, int& value, int low, int high, const char* help) {
    command->add_option(name, value, help)
        ->type_name("N")
        ->check(between(low, high))
        ->capture_default_str();
  };
  number("--side", options->net.side, 1, 256, "Of the square picture");
  number("--channels", options->net.channels, 1, 4, "Of a pixel");
  number("--patch", options->net.patch, 1, 256, "Side of a patch");
  number("--width", options->net.width, 8, 1024, "Numbers a token");
  number("--depth", options->net.depth, 1, 32, "Blocks");
  number("--heads", options->net.heads, 1, 64, "Of the attention");
  number("--batch", options->batch, 1, 4096, "Pictures at once");
  command->add_option("--classes", options->net.classes, "Values of each attribute")
      ->type_name("N")
      ->check(between(1, 255));
  options->device.add(*command);
  command->add_option("--seconds", options->seconds, "How long to measure each")
      ->type_name("X")
      ->check(between(0.0, 600.0))
      ->capture_default_str();
  command->add_flag("--calls", options->calls, "Kernel calls by their sizes, not by kind");
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli
