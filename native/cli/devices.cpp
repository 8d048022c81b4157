// rivulet devices
#include <fmt/format.h>

#include <memory>
#include <thread>

#include "cli/commands.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/json.h"

namespace rivulet::cli {
namespace {

int run(bool json) {
  if (json) {
    io::Json list = io::Json::array();
    for (const Device* device : all_devices()) {
      list.push_back({{"name", device->name},
                      {"description", device->description},
                      {"software", device->software}});
    }
    const io::Json result = {{"devices", list},
                             {"default", devices().front()->name},
                             {"cores", std::thread::hardware_concurrency()}};
    fmt::print("{}\n", result.dump(2));
    return 0;
  }
  for (const Device* device : all_devices()) {
    fmt::print("{:<12} {}{}\n", device->name, device->description,
               device == devices().front() ? "  (default)" : "");
  }
  if (const std::string why = no_gpu(); !why.empty()) fmt::print(stderr, "no GPU: {}\n", why);
  return 0;
}

}  // namespace

void add_devices(Command app, Action& action) {
  const Command command = app.add_subcommand("devices", "What can compute on this machine");
  const auto json = std::make_shared<bool>(false);
  command.add_flag("--json", *json, "As JSON");
  command.callback([json, &action] { action = [json] { return run(*json); }; });
}

}  // namespace rivulet::cli
