#include "rivulet/models/held_out.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"
#include "rivulet/models/pictures.h"

namespace rivulet::models {
namespace {

constexpr int64_t largest_batch = 250;
constexpr double dead_share = 0.01;   // of a fair one
constexpr uint64_t times_stream = 1;  // forked off the seed
constexpr double golden = 0.6180339887498949;

constexpr auto target = "target";

std::string load_name(size_t layer) { return "load " + std::to_string(layer); }
std::string per_token_name(size_t layer) { return "per token " + std::to_string(layer); }

/// A program of `rows` pictures: inputs x, t and labels by row, and target; outputs "error" [rows],
/// and each layer's load.
Program compile_rows(const nn::DitConfig& net, const io::SafeTensors& file, int64_t rows,
                     const Device& device, const CompileOptions& options) {
  Graph graph;
  nn::Params params(graph, file);
  nn::MoeTrace trace;
  const nn::DitInputs inputs{.x = graph.input(input::x, {rows, net.pixels()}),
                             .t = graph.input(input::t, {rows, 1}),
                             .d = graph.fill({rows, 1}, 0),
                             .guidance = graph.fill({rows, 1}, 1),
                             .labels = labels_input(graph, rows, net.classes)};
  const Value wanted = graph.input(target, inputs.x.shape());
  const Value v = nn::dit(net, params, inputs, &trace);
  graph.output("error", reshape(mean(square(v - wanted), {1}), {rows}));
  for (size_t i = 0; i < trace.layers.size(); ++i) {
    graph.output(load_name(i), trace.layers[i].load);
    graph.output(per_token_name(i), trace.layers[i].per_token);
  }
  return compile(graph, device, options);
}

/// Writes `rows` pictures from `first` on, noised.
void feed(Program& program, const data::Pictures& pictures, int64_t first, int64_t rows,
          uint64_t seed) {
  const auto pixels = static_cast<size_t>(pictures.numel());
  const float shift = Rng(seed).fork(times_stream).uniform();
  std::vector<float> noise(pixels);
  std::vector<float> labels;
  const std::span<float> x = program.input(input::x);
  const std::span<float> wanted = program.input(target);
  const std::span<float> t = program.input(input::t);
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t i = first + row;
    const double turns = shift + static_cast<double>(i) * golden;
    const auto time = static_cast<float>(turns - std::floor(turns));
    const size_t at = static_cast<size_t>(row) * pixels;
    data::to_model(pictures.picture(i), wanted.subspan(at, pixels));
    picture_noise(seed, i, noise);
    for (size_t k = 0; k < pixels; ++k) {
      const float picture = wanted[at + k];
      x[at + k] = (1 - time) * noise[k] + time * picture;
      wanted[at + k] = picture - noise[k];
    }
    t[static_cast<size_t>(row)] = time;
    const std::span<const uint8_t> own = pictures.labels_of(i);
    labels.insert(labels.end(), own.begin(), own.end());
  }
  write_labels(program, labels);
}

/// Adds what a program found of `rows` pictures: sums, until divided by all of them.
void add(const Program& program, int64_t rows, HeldOut& sums) {
  for (const float error : program.read("error")) sums.loss += error;
  for (size_t i = 0; i < sums.layers.size(); ++i) {
    ExpertLoad& layer = sums.layers[i];
    const std::span<const float> load = program.read(load_name(i));
    const double choices = double{program.scalar(per_token_name(i))} * static_cast<double>(rows);
    layer.shares.resize(load.size());
    for (size_t j = 0; j < load.size(); ++j) layer.shares[j] += load[j] * choices;
    layer.per_token += choices;
  }
}

}  // namespace

double ExpertLoad::max_violation() const {
  return static_cast<double>(shares.size()) * std::ranges::max(shares) - 1;
}

int ExpertLoad::dead() const {
  const double least = dead_share / static_cast<double>(shares.size());
  return static_cast<int>(
      std::ranges::count_if(shares, [&](double share) { return share < least; }));
}

HeldOut held_out(const io::SafeTensors& file, const data::Pictures& pictures, uint64_t seed,
                 const Device& device, const CompileOptions& options,
                 const std::function<void(int64_t)>& tick) {
  const PictureModel model = picture_model(file);
  need_all_times("held-out loss", model);
  const nn::DitConfig& net = model.pictures.net;
  const int64_t count = pictures.count();
  if (count == 0 || pictures.side != net.side || pictures.channels != net.channels ||
      pictures.attributes.size() != net.classes.size()) {
    fail("held-out loss", "the model is of other pictures than '" + pictures.name + "'");
  }
  HeldOut result;
  for (int layer = 0; layer < net.expert_layers(); ++layer) {
    result.layers.push_back({.block = net.first_experts + layer, .shares = {}});
  }
  std::optional<Program> program;
  int64_t compiled = 0;
  for (int64_t first = 0; first < count; first += compiled) {
    const int64_t rows = std::min(largest_batch, count - first);
    if (rows != compiled) program = compile_rows(net, file, rows, device, options);
    compiled = rows;
    feed(*program, pictures, first, rows, seed);
    program->run();
    add(*program, rows, result);
    if (tick) tick(first + rows);
  }
  result.loss /= static_cast<double>(count);
  for (ExpertLoad& layer : result.layers) {
    for (double& share : layer.shares) share /= layer.per_token;
    layer.per_token /= static_cast<double>(count);
  }
  return result;
}

}  // namespace rivulet::models
