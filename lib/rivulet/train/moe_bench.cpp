#include "rivulet/train/moe_bench.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <tuple>
#include <utility>

#include "rivulet/core/random.h"
#include "rivulet/core/range.h"
#include "rivulet/core/timed.h"
#include "rivulet/graph/ops.h"
#include "rivulet/train/adamw.h"

namespace rivulet::train {
namespace {

using Clock = std::chrono::steady_clock;
using Layer = std::function<Value(nn::Params&, Value)>;

constexpr int few = 16;  // experts that are also computed all, each on every token

Layer dense_layer(const MoeBench& bench) {
  return [&bench](nn::Params& params, Value x) {
    return nn::feed_forward({}, params, "layer", x, bench.hidden, gelu);
  };
}

Layer expert_layer(const MoeBench& bench, int n, nn::Dispatch dispatch) {
  return [config = bench.layer(n), dispatch](nn::Params& params, Value x) {
    nn::MoeTrace trace{.dispatch = dispatch};
    return nn::moe(config, params, "layer", x, gelu, &trace);
  };
}

/// Inputs are normal numbers.
Program compiled(const Graph& graph, const Device& device, const CompileOptions& options) {
  Program program = compile(graph, device, options);
  uint64_t seed = 0;
  for (const Node& node : graph.nodes()) {
    if (node.op != Op::input) continue;
    Tensor values(node.shape);
    Rng(++seed).normal(values.span());
    program.write(node.name, values.span());
  }
  return program;
}

Program forward(const MoeBench& bench, const Layer& layer, const Device& device, int threads) {
  Graph graph;
  nn::Params params(graph, 1);
  graph.output("y", layer(params, graph.input("x", {bench.tokens, bench.width})));
  return compiled(graph, device, {.threads = threads, .static_states = true});
}

Program training(const MoeBench& bench, const Layer& layer, const Device& device, int threads) {
  Graph graph;
  nn::Params params(graph, 1);
  const Shape shape{bench.tokens, bench.width};
  const Value x = graph.input("x", shape) * params.get("before", {bench.width}, nn::Init::ones());
  const Value loss = mean(square(layer(params, x) - graph.input("target", shape)));
  const nn::Params learned = params.learned();
  std::ignore = adamw({}, learned, gradients(loss, learned), graph.fill({}, 1e-3F));
  for (const nn::Param& param : params.all()) {
    for (const Value next : param.next) graph.update(param.value, next);
  }
  graph.output("loss", loss);
  return compiled(graph, device, {.threads = threads});
}

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Each warms the caches before it is timed.
void take_turns(std::vector<TimedWay>& ways, double seconds) {
  const Clock::time_point begun = Clock::now();
  do {
    for (TimedWay& way : ways) {
      way.program.run();
      const Clock::time_point before = Clock::now();
      way.program.run();
      way.seconds.push_back(seconds_since(before));
    }
  } while (seconds_since(begun) < seconds);
}

}  // namespace

void validate(const MoeBench& bench) {
  constexpr auto where = "moe bench";
  need(where, "tokens", bench.tokens, 1, 65536);
  need(where, "width", bench.width, 1, 4096);
  need(where, "hidden", bench.hidden, 1, 16384);
  need(where, "chosen", bench.chosen, 1, 64);
  for (const int n : bench.experts) nn::validate(bench.layer(n));
}

double TimedWay::median() const { return median_of(seconds); }
double TimedWay::fastest() const { return std::ranges::min(seconds); }

double TimedWay::ratio(const TimedWay& to) const {
  std::vector<double> ratios(seconds.size());
  std::ranges::transform(seconds, to.seconds, ratios.begin(), std::divides{});
  return median_of(std::move(ratios));
}

std::vector<MoeRace> race_experts(const MoeBench& bench, const Device& device, int threads,
                                  double seconds) {
  validate(bench);
  std::vector<MoeRace> races;
  races.reserve(2);
  for (const bool trains : {false, true}) {
    MoeRace race{.what = trains ? "training step" : "forward", .ways = {}};
    const auto add = [&](std::string name, const Layer& layer) {
      race.ways.push_back(
          {.name = std::move(name),
           .program = (trains ? training : forward)(bench, layer, device, threads)});
    };
    add("dense", dense_layer(bench));
    for (const int n : bench.experts) {
      add(std::to_string(bench.chosen) + " of " + std::to_string(n),
          expert_layer(bench, n, nn::Dispatch::sorted));
      if (n <= few) {
        add("all of " + std::to_string(n), expert_layer(bench, n, nn::Dispatch::dense));
      }
    }
    take_turns(race.ways, seconds);
    races.push_back(std::move(race));
  }
  return races;
}

}  // namespace rivulet::train
