// A diffusion transformer with random weights for the browser's race (race.mjs): runs it, and
// exports it for the other runtime.
#include <emscripten.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "rivulet/core/random.h"
#include "rivulet/exec/plan/stage.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/json.h"
#include "rivulet/io/onnx.h"
#include "rivulet/nn/dit.h"

namespace {

using namespace rivulet;

struct Racer {
  Graph graph;
  io::SafeTensors weights;
  std::unique_ptr<Program> program;
  io::Bytes onnx;
};

/// Small numbers everywhere: nothing is zero, as it is before training.
io::SafeTensors random_weights(const nn::Params& params) {
  io::SafeTensors weights;
  uint64_t stream = 0;
  for (const nn::Param& param : params.all()) {
    Tensor tensor(param.value.shape());
    Rng(1, ++stream).normal(tensor.span());
    for (float& x : tensor.span()) x *= 0.05F;
    weights.tensors.push_back({param.name, std::move(tensor)});
  }
  return weights;
}

/// Seconds of each stage, on the average of the faster half of all runs.
std::vector<double> average_stages(Program& program, double seconds) {
  const auto total = [](const std::vector<double>& times) {
    return std::accumulate(times.begin(), times.end(), 0.0);
  };
  std::vector<std::vector<double>> runs;
  for (const double end = emscripten_get_now() + 1e3 * seconds; emscripten_get_now() < end;) {
    runs.push_back(program.run_timed());
  }
  std::ranges::sort(runs, std::less{}, total);
  runs.resize((runs.size() + 1) / 2);
  std::vector<double> average(program.stages().size());
  for (const std::vector<double>& times : runs) {
    for (size_t i = 0; i < average.size(); ++i) {
      average[i] += times[i] / static_cast<double>(runs.size());
    }
  }
  return average;
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE Racer* racer_make(int side, int channels, int batch, int threads) {
  auto racer = std::make_unique<Racer>();
  Graph& graph = racer->graph;
  const nn::DitConfig net{.side = side, .channels = channels, .classes = {10}};
  nn::Params params(graph, 1);
  graph.output("v", nn::dit(net, params,
                            {.x = graph.input("x", {batch, net.pixels()}),
                             .t = graph.input("t", {batch, 1}),
                             .d = graph.input("d", {batch, 1}),
                             .guidance = graph.input("guidance", {batch, 1}),
                             .labels = graph.input("labels", {batch, 1})}));
  racer->weights = random_weights(params);
  racer->onnx = io::to_onnx(graph, racer->weights);
  racer->program = std::make_unique<Program>(
      compile(graph, cpu_device(), {.threads = threads, .static_states = true}));
  for (const auto& [name, tensor] : racer->weights.tensors) {
    racer->program->write(name, tensor.span());
  }
  return racer.release();
}

EMSCRIPTEN_KEEPALIVE void racer_delete(Racer* racer) { delete racer; }

EMSCRIPTEN_KEEPALIVE const void* racer_onnx(const Racer* racer) { return racer->onnx.data(); }
EMSCRIPTEN_KEEPALIVE int racer_onnx_size(const Racer* racer) {
  return static_cast<int>(racer->onnx.size());
}

EMSCRIPTEN_KEEPALIVE void racer_write(Racer* racer, const char* name, const float* data, int n) {
  racer->program->write(name, {data, static_cast<size_t>(n)});
}
EMSCRIPTEN_KEEPALIVE void racer_run(Racer* racer) { racer->program->run(); }
EMSCRIPTEN_KEEPALIVE const float* racer_output(const Racer* racer) {
  return racer->program->read("v").data();
}
EMSCRIPTEN_KEEPALIVE double racer_flops(const Racer* racer) {
  return static_cast<double>(racer->program->flops());
}

/// Each stage's label, operations and seconds, on the average of the faster half of many runs (a
/// page's clock is too coarse for the fastest), as JSON, which lives until the next call.
EMSCRIPTEN_KEEPALIVE const char* racer_stages(Racer* racer, double seconds) {
  static std::string text;
  const std::vector<double> average = average_stages(*racer->program, seconds);
  io::Json list = io::Json::array();
  for (size_t i = 0; i < average.size(); ++i) {
    const exec::plan::Stage& stage = racer->program->stages()[i];
    list.push_back({{"label", stage.label}, {"flops", stage.flops}, {"seconds", average[i]}});
  }
  text = list.dump();
  return text.c_str();
}

}  // extern "C"
