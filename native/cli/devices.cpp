// rivulet devices
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/commands.h"
#include "rivulet/exec/program.h"

namespace rivulet::cli {
namespace {

int run(bool json) {
  if (json) {
    nlohmann::json list = nlohmann::json::array();
    for (const Device* device : devices()) {
      list.push_back({{"name", device->name}, {"description", device->description}});
    }
    const nlohmann::json result = {{"devices", list},
                                   {"default", devices().front()->name},
                                   {"cores", std::thread::hardware_concurrency()}};
    fmt::print("{}\n", result.dump(2));
    return 0;
  }
  for (const Device* device : devices()) {
    fmt::print("{:<12} {}{}\n", device->name, device->description,
               device == devices().front() ? "  (default)" : "");
  }
  return 0;
}

}  // namespace

void add_devices(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("devices", "What can compute on this machine");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "As JSON");
  command->callback([json, &action] { action = [json] { return run(*json); }; });
}

}  // namespace rivulet::cli
