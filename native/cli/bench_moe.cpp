// rivulet bench moe: layers of experts beside a dense one of equal active cost.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/profile.h"
#include "rivulet/io/json.h"
#include "rivulet/train/moe_bench.h"

namespace rivulet::cli {
namespace {

using train::MoeRace;
using train::TimedWay;

struct BenchMoe {
  DeviceOptions device;
  train::MoeBench bench;
  std::string balance{nn::balance_names.of(nn::Balance::quantile)};
  double seconds = 3;
  bool calls = false;
  bool json = false;
};

void print(const MoeRace& race) {
  fmt::print("\n{:<24} {:>10} {:>9} {:>12} {:>9}\n", race.what, "ms", "to dense", "fastest ms",
             "to dense");
  const TimedWay& dense = race.ways.front();
  for (const TimedWay& way : race.ways) {
    fmt::print("{:<24} {:>10.3f} {:>9.2f} {:>12.3f} {:>9.2f}\n", way.name, 1e3 * way.median(),
               way.ratio(dense), 1e3 * way.fastest(), way.fastest() / dense.fastest());
  }
}

io::Json to_json(const MoeRace& race) {
  const TimedWay& dense = race.ways.front();
  io::Json ways = io::Json::array();
  for (const TimedWay& way : race.ways) {
    ways.push_back({{"name", way.name},
                    {"seconds", way.median()},
                    {"to_dense", way.ratio(dense)},
                    {"fastest_seconds", way.fastest()},
                    {"fastest_to_dense", way.fastest() / dense.fastest()}});
  }
  return {{"what", race.what}, {"ways", std::move(ways)}};
}

int run(BenchMoe& options) {
  train::MoeBench& bench = options.bench;
  bench.balance = nn::balance_names.read(options.balance);
  std::vector<MoeRace> races =
      train::race_experts(bench, options.device.device(), options.device.threads, options.seconds);
  if (options.json) {
    io::Json list = io::Json::array();
    for (const MoeRace& each : races) list.push_back(to_json(each));
    fmt::print("{}\n", io::Json{{"tokens", bench.tokens},
                                {"width", bench.width},
                                {"hidden", bench.hidden},
                                {"chosen", bench.chosen},
                                {"balance", options.balance},
                                {"device", options.device.name},
                                {"threads", int{options.device.threads}},
                                {"races", std::move(list)}}
                           .dump(2));
    return 0;
  }
  fmt::print("{} tokens of {}, {} hidden units each, on {} with {} thread{}\n", bench.tokens,
             bench.width, bench.hidden, options.device.name, int{options.device.threads},
             options.device.threads > 1 ? "s" : "");
  for (const MoeRace& each : races) print(each);
  if (!options.calls) return 0;
  for (MoeRace& each : races) {
    for (TimedWay& way : each.ways) {
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
  number("--tokens", options->bench.tokens, 1, 65536, "At once");
  number("--width", options->bench.width, 1, 4096, "Numbers a token");
  number("--hidden", options->bench.hidden, 1, 16384, "Hidden units that a token uses");
  number("--chosen", options->bench.chosen, 1, 64, "Experts of each token");
  command.add_option("--experts", options->bench.experts, "How many there are")
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
