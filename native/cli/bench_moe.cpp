// rivulet bench moe: layers of experts beside a dense one of equal active cost.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/profile.h"
#include "rivulet/core/random.h"
#include "rivulet/core/timed.h"
#include "rivulet/graph/ops.h"
#include "rivulet/io/json.h"
#include "rivulet/nn/moe.h"
#include "rivulet/train/adamw.h"

namespace rivulet::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct BenchMoe {
  DeviceOptions device;
  int tokens = 1024;
  int width = 128;
  int hidden = 512;  // units that a token uses
  int chosen = 2;
  std::vector<int> experts = {8, 64};
  std::string balance{nn::balance_names.of(nn::Balance::quantile)};
  double seconds = 3;
  bool calls = false;
  bool json = false;

  [[nodiscard]] nn::MoeConfig layer(int n) const {
    return {.experts = n,
            .chosen = chosen,
            .hidden = hidden / chosen,
            .balance = nn::balance_names.read(balance)};
  }
};

/// One way to compute a layer, and how long it took in each round.
struct Way {
  std::string name;
  Program program;
  std::vector<double> seconds = {};
};

using Layer = std::function<Value(nn::Params&, Value)>;

Layer dense_layer(const BenchMoe& options) {
  return [&options](nn::Params& params, Value x) {
    return nn::feed_forward({}, params, "layer", x, options.hidden, gelu);
  };
}

Layer expert_layer(const BenchMoe& options, int n, nn::Dispatch dispatch) {
  return [config = options.layer(n), dispatch](nn::Params& params, Value x) {
    nn::MoeTrace trace{.dispatch = dispatch};
    return nn::moe(config, params, "layer", x, gelu, &trace);
  };
}

Program compiled(const Graph& graph, const BenchMoe& options, bool static_states) {
  Program program = compile(graph, options.device.device(),
                            {.threads = options.device.threads, .static_states = static_states});
  uint64_t seed = 0;
  for (const Node& node : graph.nodes()) {
    if (node.op != Op::input) continue;
    Tensor values(node.shape);
    Rng(++seed).normal(values.span());
    program.write(node.name, values.span());
  }
  return program;
}

Program forward(const BenchMoe& options, const Layer& layer) {
  Graph graph;
  nn::Params params(graph, 1);
  graph.output("y", layer(params, graph.input("x", {options.tokens, options.width})));
  return compiled(graph, options, true);
}

/// Forward, backward, AdamW, and what the layer makes of its thresholds. As within a network, the
/// gradient goes on to what lies before.
Program training(const BenchMoe& options, const Layer& layer) {
  Graph graph;
  nn::Params params(graph, 1);
  const Shape shape{options.tokens, options.width};
  const Value x = graph.input("x", shape) * params.get("before", {options.width}, nn::Init::ones());
  const Value loss = mean(square(layer(params, x) - graph.input("target", shape)));
  const nn::Params learned = params.learned();
  std::ignore = train::adamw({}, learned, train::gradients(loss, learned), graph.fill({}, 1e-3F));
  for (const nn::Param& param : params.all()) {
    for (const Value next : param.next) graph.update(param.value, next);
  }
  graph.output("loss", loss);
  return compiled(graph, options, false);
}

/// All in turn, so that what disturbs one disturbs the others; each warms the caches first.
void take_turns(std::vector<Way>& ways, double seconds) {
  const Clock::time_point begun = Clock::now();
  do {
    for (Way& way : ways) {
      way.program.run();
      const Clock::time_point before = Clock::now();
      way.program.run();
      way.seconds.push_back(seconds_since(before));
    }
  } while (seconds_since(begun) < seconds);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Of a way's time to that of the first, round by round.
double ratio(const Way& way, const Way& first) {
  std::vector<double> ratios(way.seconds.size());
  std::ranges::transform(way.seconds, first.seconds, ratios.begin(), std::divides{});
  return median(std::move(ratios));
}

struct Race {
  std::string what;
  std::vector<Way> ways;
};

std::vector<Race> races(const BenchMoe& options) {
  constexpr int few = 16;  // experts that are also computed all, each on every token
  std::vector<Race> all;
  for (const bool trains : {false, true}) {
    const auto program = trains ? training : forward;
    Race race{.what = trains ? "training step" : "forward", .ways = {}};
    const auto add = [&](std::string name, const Layer& layer) {
      race.ways.push_back({.name = std::move(name), .program = program(options, layer)});
    };
    add("dense", dense_layer(options));
    for (const int n : options.experts) {
      const std::string name = fmt::format("{} of {}", options.chosen, n);
      add(name, expert_layer(options, n, nn::Dispatch::sorted));
      if (n <= few)
        add("all of " + std::to_string(n), expert_layer(options, n, nn::Dispatch::dense));
    }
    all.push_back(std::move(race));
  }
  return all;
}

double fastest(const Way& way) { return std::ranges::min(way.seconds); }

void print(const Race& race) {
  fmt::print("\n{:<24} {:>10} {:>9} {:>12} {:>9}\n", race.what, "ms", "to dense", "fastest ms",
             "to dense");
  const Way& dense = race.ways.front();
  for (const Way& way : race.ways) {
    fmt::print("{:<24} {:>10.3f} {:>9.2f} {:>12.3f} {:>9.2f}\n", way.name,
               1e3 * median(way.seconds), ratio(way, dense), 1e3 * fastest(way),
               fastest(way) / fastest(dense));
  }
}

io::Json to_json(const Race& race) {
  const Way& dense = race.ways.front();
  io::Json ways = io::Json::array();
  for (const Way& way : race.ways) {
    ways.push_back({{"name", way.name},
                    {"seconds", median(way.seconds)},
                    {"to_dense", ratio(way, dense)},
                    {"fastest_seconds", fastest(way)},
                    {"fastest_to_dense", fastest(way) / fastest(dense)}});
  }
  return {{"what", race.what}, {"ways", std::move(ways)}};
}

int run(const BenchMoe& options) {
  for (const int n : options.experts) nn::validate(options.layer(n));
  std::vector<Race> all = races(options);
  for (Race& each : all) take_turns(each.ways, options.seconds);
  if (options.json) {
    io::Json list = io::Json::array();
    for (const Race& each : all) list.push_back(to_json(each));
    fmt::print("{}\n", io::Json{{"tokens", options.tokens},
                                {"width", options.width},
                                {"hidden", options.hidden},
                                {"chosen", options.chosen},
                                {"balance", options.balance},
                                {"device", options.device.name},
                                {"threads", options.device.threads},
                                {"races", std::move(list)}}
                           .dump(2));
    return 0;
  }
  fmt::print("{} tokens of {}, {} hidden units each, on {} with {} thread{}\n", options.tokens,
             options.width, options.hidden, options.device.name, options.device.threads,
             options.device.threads > 1 ? "s" : "");
  for (const Race& each : all) print(each);
  if (!options.calls) return 0;
  for (Race& each : all) {
    for (Way& way : each.ways) {
      fmt::print("\n{}, {}\n", each.what, way.name);
      print(kinds_of(way.program, options.seconds / 10, true));
    }
  }
  return 0;
}

}  // namespace

void add_bench_moe(Command bench, Action& action) {
  const Command command = bench.add_subcommand(
      "moe", "A layer of experts against a dense one of equal active cost, in turn");
  const auto options = std::make_shared<BenchMoe>();
  const auto number = [&](const char* name, int& value, int low, int high, const char* help) {
    command.add_option(name, value, help).type_name("N").between(low, high).capture_default_str();
  };
  number("--tokens", options->tokens, 1, 65536, "At once");
  number("--width", options->width, 1, 4096, "Numbers a token");
  number("--hidden", options->hidden, 1, 16384, "Hidden units that a token uses");
  number("--chosen", options->chosen, 1, 64, "Experts of each token");
  command.add_option("--experts", options->experts, "How many there are")
      .type_name("N,N,...")
      .delimiter(',')
      .between(1, 256)
      .capture_default_str();
  command.add_option("--balance", options->balance, "What keeps the load even")
      .one_of(nn::balance_names.list())
      .capture_default_str();
  options->device.add(command);
  command.add_option("--seconds", options->seconds, "How long each race lasts")
      .type_name("X")
      .between(0.0, 600.0)
      .capture_default_str();
  command.add_flag("--calls", options->calls, "Where the time goes, by kernel call");
  command.add_flag("--json", options->json, "As JSON");
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli
