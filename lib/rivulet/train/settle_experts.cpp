#include "rivulet/train/settle_experts.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/graph/ops.h"
#include "rivulet/models/flow.h"
#include "rivulet/models/inputs.h"
#include "rivulet/nn/dit.h"
#include "rivulet/nn/params.h"

namespace rivulet::train {
namespace {

constexpr uint64_t settle_seed = 77;  // forked off that of the training
constexpr int batch_size = 256;       // more than in training: quantiles of many tokens
constexpr int rounds = 8;             // a layer's scores depend on the thresholds before it
constexpr int batches = 8;            // of a round, averaged

/// What the network makes of a tensor in a batch.
struct Step {
  std::string name;
  std::string output;
  std::vector<float> sum = {};
};

/// One step of each threshold, on inputs of PictureBatches and t.
std::vector<Step> build(Graph& graph, nn::Params& params, const nn::DitConfig& net) {
  const PictureInputs inputs(graph, net, batch_size);
  const Value t = graph.input(models::input::t, {batch_size, 1});
  const models::FlowBatch flow{.x0 = inputs.noise,
                               .x1 = inputs.pictures,
                               .t = t,
                               .d = graph.fill(t.shape(), 0),
                               .split = {}};
  nn::MoeTrace trace;
  const Value v = nn::dit(net, params,
                          {.x = models::interpolate(flow),
                           .t = flow.t,
                           .d = flow.d,
                           .guidance = graph.fill(t.shape(), 1),
                           .labels = inputs.labels},
                          &trace);
  graph.output("v", v);
  std::vector<Step> steps;
  for (const nn::Param& param : params.all()) {
    if (param.next.empty()) continue;
    steps.push_back({.name = param.name, .output = "next " + param.name});
    graph.output(steps.back().output, param.next.front());
  }
  return steps;
}

std::span<float> tensor_of(io::SafeTensors& weights, const std::string& name) {
  return std::ranges::find(weights.tensors, name, &io::NamedTensor::name)->tensor.span();
}

}  // namespace

void settle_experts(const models::PictureModel& model, const PictureRows& rows,
                    std::shared_ptr<const data::Pictures> pictures, uint64_t seed,
                    const Device& device, const CompileOptions& options, io::SafeTensors& weights) {
  const nn::DitConfig& net = model.pictures.net;
  if (!net.experts) return;
  Graph graph;
  nn::Params params(graph, seed);
  std::vector<Step> steps = build(graph, params, net);
  if (steps.empty()) return;
  Program program = compile(graph, device, options);
  for (const nn::Param& param : params.all()) {
    program.write(param.name, tensor_of(weights, param.name));
  }
  PictureRows many = rows;
  many.batch = batch_size;
  many.label_dropout = many.value_dropout = 0;  // as pictures are asked for
  PictureBatches feed(net, many, std::move(pictures));
  const Rng rng = Rng(seed).fork(settle_seed);
  std::vector<float> t(batch_size);
  for (uint64_t round = 0; round < rounds; ++round) {
    for (Step& step : steps) step.sum.assign(tensor_of(weights, step.name).size(), 0);
    for (uint64_t batch = 0; batch < batches; ++batch) {
      feed.write(rng.fork(round * batches + batch), program);
      for (size_t row = 0; row < t.size(); ++row) {
        t[row] = (static_cast<float>(row) + 0.5F) / static_cast<float>(t.size());
      }
      program.write(models::input::t, t);
      program.run();
      for (Step& step : steps) {
        const std::span<const float> next = program.read(step.output);
        std::ranges::transform(step.sum, next, step.sum.begin(), [](float sum, float value) {
          return sum + value / static_cast<float>(batches);
        });
      }
    }
    for (const Step& step : steps) {
      program.write(step.name, step.sum);
      std::ranges::copy(step.sum, tensor_of(weights, step.name).begin());
    }
  }
}

}  // namespace rivulet::train
