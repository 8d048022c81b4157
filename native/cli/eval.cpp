// rivulet eval
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/evaluation.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/sets.h"
#include "rivulet/core/error.h"

namespace rivulet::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct Eval {
  std::string model;
  std::string data;
  std::string judge;
  DeviceOptions device;
  int n = 5000;
  std::vector<int> steps = {1, 2, 4, 8, 16, 32, 64, 128};
  float guidance = 1;
  uint64_t seed = 1;
  bool json = false;

  [[nodiscard]] data::Pictures load(const std::string& dataset, data::Part part) const {
    const std::string path = data.empty() ? usual_data(dataset) : data;
    if (path.empty()) fail("eval", "where '" + dataset + "' lies is not known: give it as --data");
    return data::load_pictures(path, part);
  }
  [[nodiscard]] CompileOptions compile() const {
    return {.threads = device.threads, .static_states = true};
  }
};

void check_fit(const char* what, int side, int channels,
               const std::vector<data::Attribute>& attributes, const data::Pictures& pictures) {
  if (pictures.side == side && pictures.channels == channels && pictures.attributes == attributes) {
    return;
  }
  fail("eval", fmt::format("the {} is of other pictures ({}x{}x{}, {} attributes) than the data "
                           "({}x{}x{}, {} attributes)",
                           what, side, side, channels, attributes.size(), pictures.side,
                           pictures.side, pictures.channels, pictures.attributes.size()));
}

/// --judge, or the one that is shipped for the set.
std::string judge_path(const Eval& options, const std::string& dataset) {
  return options.judge.empty() ? shipped_model("judge-" + dataset + ".safetensors", "--judge")
                               : options.judge;
}

// ---- A judge -----------------------------------------------------------------------------------

int run_judge(const Eval& options, const io::SafeTensors& file) {
  models::Judge judge(file, options.device.device(), options.compile());
  const models::JudgeModel& model = judge.model();
  const data::Pictures test = options.load(model.dataset, data::Part::test);
  check_fit("judge", model.net.side, model.net.channels, model.attributes, test);
  const std::vector<double> shares =
      models::accuracies(judge(test).labels, test.labels, test.attributes.size());
  if (options.json) {
    nlohmann::json json = {{"model", options.model},
                           {"architecture", "judge"},
                           {"dataset", model.dataset},
                           {"pictures", test.count()}};
    for (size_t k = 0; k < shares.size(); ++k) {
      json["accuracy"][test.attributes[k].name] = shares[k];
    }
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("judge of {}: accuracy on {} held-out pictures\n", model.dataset, test.count());
  for (size_t k = 0; k < shares.size(); ++k) {
    fmt::print("{:>16}  {:6.2f}%\n", test.attributes[k].name, 100 * shares[k]);
  }
  return 0;
}

// ---- A model of pictures -----------------------------------------------------------------------

struct Row {
  int steps = 0;
  PictureScore score;
  double seconds = 0;  // of sampling
};

struct Result {
  models::PictureModel model;
  std::string judge;  // the file
  int64_t train = 0;  // pictures
  int64_t test = 0;
  PictureScore floor;
  std::vector<Row> rows;
};

Row evaluate(const Eval& options, models::PictureSampler& sampler, const data::Pictures& test,
             const Yardstick& yardstick, int steps) {
  Status status(fmt::format("{} step{}", steps, steps == 1 ? "" : "s"));
  const Clock::time_point begun = Clock::now();
  const data::Pictures samples =
      sample_pictures(sampler, test, options.n, steps, options.guidance, options.seed,
                      [&](int64_t done) { status.show(done, options.n); });
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  return {.steps = steps, .score = yardstick.score(samples), .seconds = seconds};
}

Result evaluate(const Eval& options, const io::SafeTensors& file) {
  constexpr int largest_batch = 250;
  const Device& device = options.device.device();
  models::PictureSampler sampler(file, std::min(options.n, largest_batch), device,
                                 options.compile());
  Result result{.model = sampler.model(), .judge = {}, .floor = {}, .rows = {}};
  const nn::DitConfig& net = result.model.net;
  const data::Pictures test = options.load(result.model.dataset, data::Part::test);
  check_fit("model", net.side, net.channels, result.model.attributes, test);
  result.judge = judge_path(options, result.model.dataset);
  models::Judge judge(io::load_safetensors(result.judge), device, options.compile());
  check_fit("judge", judge.model().net.side, judge.model().net.channels, judge.model().attributes,
            test);
  const data::Pictures train = options.load(result.model.dataset, data::Part::train);
  check_fit("model", net.side, net.channels, result.model.attributes, train);
  result.train = train.count();
  result.test = test.count();

  const auto yardstick = [&] {
    const Status status("held-out data");
    auto made =
        std::make_unique<Yardstick>(judge, train, test, options.n, device, options.compile());
    result.floor = made->floor();
    return made;
  }();
  for (const int steps : options.steps) {
    result.rows.push_back(evaluate(options, sampler, test, *yardstick, steps));
  }
  return result;
}

nlohmann::json to_json(const Eval& options, const Result& result) {
  const auto& attributes = result.model.attributes;
  nlohmann::json json = {{"model", options.model},
                         {"architecture", "dit"},
                         {"dataset", result.model.dataset},
                         {"method", models::name_of(result.model.method)},
                         {"judge", result.judge},
                         {"samples", options.n},
                         {"seed", options.seed},
                         {"guidance", options.guidance},
                         {"training_pictures", result.train},
                         {"held_out_pictures", result.test},
                         {"device", options.device.name},
                         {"threads", options.device.threads},
                         {"floor", cli::to_json(result.floor, attributes)}};
  for (const Row& row : result.rows) {
    nlohmann::json entry = cli::to_json(row.score, attributes);
    entry["sampling_seconds"] = row.seconds;
    json["steps"][std::to_string(row.steps)] = std::move(entry);
  }
  return json;
}

void print_row(const std::string& name, const PictureScore& score) {
  fmt::print("{:>8}  {:>9.3f}  {:>9.3f}  {:>6.3f}  {:>8.3f}  {:>8.3f}", name, score.frechet,
             score.manifold.precision, score.manifold.recall, score.nearest.median,
             score.nearest.first_percentile);
  for (const double share : score.accuracies) fmt::print("  {:>10.1f}%", 100 * share);
  fmt::print("\n");
}

void print(const Eval& options, const Result& result) {
  fmt::print("{} on {}: {} samples against {} held-out pictures, guidance {}, seed {}\n\n",
             models::name_of(result.model.method), result.model.dataset, options.n, result.test,
             options.guidance, options.seed);
  fmt::print("{:>8}  {:>9}  {:>9}  {:>6}  {:>8}  {:>8}", "steps", "Frechet", "precision", "recall",
             "nearest", "1st perc");
  for (const data::Attribute& attribute : result.model.attributes) {
    fmt::print("  {:>11.11}", attribute.name);
  }
  fmt::print("\n");
  for (const Row& row : result.rows) print_row(std::to_string(row.steps), row.score);
  print_row("data", result.floor);
}

int run(const Eval& options) {
  const io::SafeTensors file = io::load_safetensors(options.model);
  if (io::card_text(file.metadata, "architecture") == "judge") return run_judge(options, file);
  const Result result = evaluate(options, file);
  if (options.json) {
    fmt::print("{}\n", to_json(options, result).dump(2));
  } else {
    print(options, result);
  }
  return 0;
}

}  // namespace

void add_eval(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "eval", "How good the samples of a picture model are, or how often a judge is right");
  const auto options = std::make_shared<Eval>();
  command->add_option("--model", options->model, "A model of pictures, or a judge")
      ->type_name("FILE")
      ->required();
  command->add_option("--data", options->data, "The pictures it learned (default: by their name)")
      ->type_name("PATH");
  command->add_option("--judge", options->judge, "Who judges (default: the one that is shipped)")
      ->type_name("FILE");
  command->add_option("--n", options->n, "Samples")
      ->type_name("N")
      ->check(between(4, 1'000'000))
      ->capture_default_str();
  command->add_option("--steps", options->steps, "Counts of steps from noise to picture")
      ->type_name("N,N,...")
      ->delimiter(',')
      ->check(between(1, 100000))
      ->capture_default_str();
  command->add_option("--guidance", options->guidance, "Towards the labels; 1: none")
      ->type_name("W")
      ->check(between(1.0, 100.0))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the noise")
      ->type_name("N")
      ->capture_default_str();
  options->device.add(*command);
  command->add_flag("--json", options->json, "Results as JSON");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli
