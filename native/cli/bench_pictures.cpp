#include "cli/bench_pictures.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/options.h"
#include "cli/profile.h"
#include "rivulet/core/random.h"
#include "rivulet/exec/bench.h"
#include "rivulet/graph/ops.h"
#include "rivulet/io/json.h"
#include "rivulet/io/onnx.h"
#include "rivulet/models/inputs.h"
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
  std::string only;  // "", "inference", "training"
  std::string onnx;
  bool calls = false;
  bool json = false;
};

nn::DitInputs inputs_of(Graph& graph, const nn::DitConfig& net, int64_t batch) {
  return {.x = graph.input(models::input::x, {batch, net.pixels()}),
          .t = graph.input(models::input::t, {batch, 1}),
          .d = graph.input(models::input::d, {batch, 1}),
          .guidance = graph.input(models::input::guidance, {batch, 1}),
          .labels = models::labels_input(graph, batch, net.classes)};
}

Program compiled(const Graph& graph, const BenchPictures& options, bool static_states) {
  Program program = compile(graph, options.device.device(),
                            {.threads = options.device.threads, .static_states = static_states});
  for (const Node& node : graph.nodes()) {
    if (node.op != Op::input) continue;
    Tensor values(node.shape);
    if (node.name != models::input::labels) Rng(1).uniform(values.span());
    program.write(node.name, values.span());
  }
  return program;
}

/// First values with random numbers for zeros: what is raced should compute something.
io::SafeTensors random_weights(const Graph& graph, const nn::Params& params) {
  io::SafeTensors weights;
  for (const nn::Param& param : params.all()) {
    Tensor tensor = first_value(graph, param.value.node());
    Tensor noise(tensor.shape());
    Rng(weights.tensors.size()).normal(noise.span());
    for (int64_t i = 0; i < tensor.numel(); ++i) tensor[i] += 0.02F * noise[i];
    weights.tensors.push_back({param.name, std::move(tensor)});
  }
  return weights;
}

Program inference(const BenchPictures& options) {
  Graph graph;
  nn::Params params(graph, 1);
  graph.output("v", nn::dit(options.net, params, inputs_of(graph, options.net, options.batch)));
  Program program = compiled(graph, options, true);
  const io::SafeTensors weights = random_weights(graph, params);
  for (const auto& [name, tensor] : weights.tensors) program.write(name, tensor.span());
  if (!options.onnx.empty()) io::write_file(options.onnx, io::to_onnx(graph, weights));
  return program;
}

/// One step of flow matching: forward, backward, AdamW and averages. tests/bench/train-pytorch.py
/// has the same.
Program training(const BenchPictures& options) {
  Graph graph;
  nn::Params params(graph, 1);
  const nn::DitInputs inputs = inputs_of(graph, options.net, options.batch);
  const Value target = graph.input("target", inputs.x.shape());
  const Value loss = mean(square(nn::dit(options.net, params, inputs) - target));
  const train::Gradients gradients = train::gradients(loss, params);
  const std::vector<Value> moved =
      train::adamw({.weight_decay = 0.1F, .clip = 1}, params, gradients, graph.fill({}, 1e-3F));
  nn::Params averages = params.copy_states("ema.");
  train::update_averages(averages, params, moved, graph.fill({}, 0.999F), gradients.finite);
  graph.output("loss", loss);
  return compiled(graph, options, false);
}

struct Measured {
  double seconds;  // median
  double fastest;
  double flops;  // per second
  std::vector<Kind> kinds;
};

Measured measure(Program program, const BenchPictures& options) {
  const Times times = time_calls([&] { program.run(); }, options.seconds);
  return {.seconds = times.median,
          .fastest = times.fastest,
          .flops = static_cast<double>(program.flops()) / times.median,
          .kinds = kinds_of(program, options.seconds, options.calls)};
}

void print_part(const char* title, const Measured& part, const BenchPictures& options,
                double peak) {
  fmt::print("\n{}: {:.2f} ms, {:.1f} samples/s, {:.1f} Gflop/s, {:.0f}% of peak\n\n", title,
             part.seconds * 1e3, options.batch / part.seconds, part.flops * 1e-9,
             100 * part.flops / peak);
  print(part.kinds);
}

io::Json part_json(const Measured& part, const BenchPictures& options, double peak) {
  return {{"seconds", part.seconds},
          {"fastest_seconds", part.fastest},
          {"samples_per_second", options.batch / part.seconds},
          {"flops_per_second", part.flops},
          {"share_of_peak", part.flops / peak},
          {"kinds", to_json(part.kinds)}};
}

int run(const BenchPictures& options) {
  nn::validate(options.net);
  const double peak = exec::measure_peak().flops * options.device.threads;
  std::optional<Measured> forward;
  std::optional<Measured> step;
  if (options.only != "training") forward = measure(inference(options), options);
  if (options.only != "inference") step = measure(training(options), options);
  if (options.json) {
    const nn::DitConfig& net = options.net;
    io::Json json = {{"side", net.side},
                     {"channels", net.channels},
                     {"patch", net.patch},
                     {"width", net.width},
                     {"depth", net.depth},
                     {"heads", net.heads},
                     {"batch", options.batch},
                     {"device", options.device.name},
                     {"threads", int{options.device.threads}},
                     {"peak_flops_per_second", peak}};
    if (forward) json["inference"] = part_json(*forward, options, peak);
    if (step) json["training"] = part_json(*step, options, peak);
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("batch {} on {} with {} thread{}, peak {:.1f} Gflop/s\n", options.batch,
             options.device.name, int{options.device.threads},
             options.device.threads > 1 ? "s" : "", peak * 1e-9);
  if (forward) print_part("inference", *forward, options, peak);
  if (step) print_part("training step", *step, options, peak);
  return 0;
}

}  // namespace

void add_bench_pictures(Command bench, Action& action) {
  const Command command = bench.add_subcommand(
      "pictures", "Inference and training of a diffusion transformer, and where the time goes");
  const auto options = std::make_shared<BenchPictures>();
  const auto number = [&](const char* name, int& value, int low, int high, const char* help) {
    command.add_option(name, value, help).type_name("N").between(low, high).capture_default_str();
  };
  number("--side", options->net.side, 1, 256, "Of the square picture");
  number("--channels", options->net.channels, 1, 4, "Of a pixel");
  number("--patch", options->net.patch, 1, 256, "Side of a patch");
  number("--width", options->net.width, 8, 1024, "Numbers a token");
  number("--depth", options->net.depth, 1, 32, "Blocks");
  number("--heads", options->net.heads, 1, 64, "Of the attention");
  number("--batch", options->batch, 1, 4096, "Pictures at once");
  command.add_option("--classes", options->net.classes, "Values of each attribute")
      .type_name("N")
      .between(1, 255);
  options->device.add(command);
  command.add_option("--seconds", options->seconds, "How long to measure each")
      .type_name("X")
      .between(0.0, 600.0)
      .capture_default_str();
  command.add_option("--only", options->only, "One of the two: inference, training")
      .type_name("WHAT")
      .one_of({"inference", "training"});
  command.add_option("--onnx", options->onnx, "Write the network of the inference, to race others")
      .type_name("OUT.onnx");
  command.add_flag("--calls", options->calls, "Kernel calls by their sizes, not by kind");
  command.add_flag("--json", options->json, "As JSON");
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli
