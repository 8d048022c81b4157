// rivulet sample
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/scatter.h"
#include "cli/toy.h"
#include "rivulet/core/random.h"

namespace rivulet::cli {
namespace {

struct Sample {
  std::string model;
  std::string out;
  DeviceOptions device;
  int n = 2000;
  int steps = 1;
  uint64_t seed = 1;
  bool json = false;
};

std::vector<float> draw(const Sample& options) {
  const io::SafeTensors file = io::load_safetensors(options.model);
  train::Flow2dSampler sampler(train::flow2d_config(file), options.n, options.device.device(),
                               {.threads = options.device.threads, .static_states = true});
  sampler.load(file);
  std::vector<float> xy(static_cast<size_t>(options.n) * 2);  // [n,2]
  Rng(options.seed).normal(xy);
  sampler.sample(xy, options.steps);
  return xy;
}

void print_points(std::span<const float> xy, bool json) {
  if (!json) {
    for (size_t i = 0; i < xy.size(); i += 2) fmt::print("{} {}\n", xy[i], xy[i + 1]);
    return;
  }
  nlohmann::json points = nlohmann::json::array();
  for (size_t i = 0; i < xy.size(); i += 2) {
    points.push_back({shortest(xy[i]), shortest(xy[i + 1])});
  }
  fmt::print("{}\n", nlohmann::json{{"points", std::move(points)}}.dump());
}

int run(const Sample& options) {
  const std::vector<float> xy = draw(options);
  if (options.out.empty()) {
    print_points(xy, options.json);
    return 0;
  }
  io::save_png(options.out, scatter(xy));
  fmt::print(stderr, "saved {}: {} points in {} steps\n", options.out, options.n, options.steps);
  if (options.json) print_points(xy, true);
  return 0;
}

}  // namespace

void add_sample(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("sample", "Draw samples: as text, as JSON, or as a picture of the plane");
  const auto options = std::make_shared<Sample>();
  command->add_option("--model", options->model, "A file that 'train' saved")
      ->type_name("FILE")
      ->required();
  command->add_option("--n", options->n, "How many")
      ->type_name("N")
      ->check(between(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--steps", options->steps, "Steps from noise to sample")
      ->type_name("N")
      ->check(between(1, 100000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the noise")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--out", options->out, "A PNG picture instead of text")->type_name("FILE");
  options->device.add(*command);
  command->add_flag("--json", options->json, "Points as JSON");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli
