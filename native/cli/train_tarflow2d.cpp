// rivulet train tarflow-plane
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "cli/commands.h"
#include "cli/kinds.h"
#include "cli/options.h"
#include "cli/training.h"
#include "rivulet/core/error.h"
#include "rivulet/io/json.h"
#include "rivulet/train/tarflow2d.h"

namespace rivulet::cli {
namespace {

// Held-out points are the same, whatever the model was trained on.
constexpr uint64_t score_seed = 2024;
constexpr uint64_t score_stream = 40;
constexpr int held_out = 20000;

struct TrainPlane {
  models::Tarflow2dConfig config;
  train::TrainerConfig trainer = train::tarflow2d_trainer();
  TrainingOptions run{.out = {}, .resume = {}, .steps = 3000};
  DeviceOptions device;
  std::string target = "eight-gaussians";
  std::string coupling = "affine";
  std::string direction = "to-noise";
  bool keep_order = false;
  int batch = 512;
};

struct Score {
  double nll = 0;  // in nats a point
  double error = 0;
};

Score score(const TrainPlane& options, const io::SafeTensors& weights,
            const data::Target2d& target) {
  models::Tarflow2dMap map(options.config, held_out, options.device.device(),
                           {.threads = options.device.threads, .static_states = true});
  map.load(weights);
  std::vector<float> xy(size_t{2} * held_out);
  Rng rng(score_seed, score_stream);
  target.sample(rng, xy);
  std::vector<float> states(static_cast<size_t>(options.config.blocks + 1) * xy.size());
  std::vector<float> log_q(held_out);
  map.forward(xy, states, log_q);
  double sum = 0;
  double squares = 0;
  for (const float value : log_q) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const double mean = sum / held_out;
  return {.nll = -mean, .error = std::sqrt((squares / held_out - mean * mean) / held_out)};
}

/// Throws Error unless the run that is resumed had these settings: none of them can change.
void check_settings(const io::Card& checkpoint, io::Card own, const TrainPlane& options) {
  own.merge(train::trainer_card(options.trainer));
  for (const auto& [key, value] : own) {
    const auto told = checkpoint.find(key);
    if (told == checkpoint.end() || told->second == value) continue;
    fail("resume", fmt::format("{} was trained with {} = {}, not {}: give the same options as then",
                               options.run.resume, key, told->second, value));
  }
}

int run(TrainPlane& options) {
  options.config.coupling = nn::coupling_names.read(options.coupling);
  options.config.direction = nn::direction_names.read(options.direction);
  options.config.alternate = !options.keep_order;
  const data::Target2d target(data::shape2d_names.read(options.target));
  train::Objective objective = train::tarflow2d_objective(options.config, options.batch, target);
  const io::Card own = objective.card;
  train::Trainer trainer(std::move(objective), options.trainer, options.device.device(),
                         options.device.compile());
  if (!options.run.resume.empty()) {
    const io::SafeTensors checkpoint =
        load_checkpoint(options.run.resume, {models::ModelKind::plane_tarflow});
    check_settings(checkpoint.metadata, own, options);
    trainer.restore(checkpoint);
  }
  const TrainingReport report = run_training(trainer, options.batch, options.run, {});
  const Score result = score(options, trainer.weights(), target);
  const std::optional<double> entropy = target.entropy();
  if (options.run.json) {
    io::Json json = {{"target", options.target},           {"step", report.last},
                     {"parameters", trainer.parameters()}, {"nll", result.nll},
                     {"standard_error", result.error},     {"seconds", report.seconds},
                     {"interrupted", report.interrupted}};
    if (entropy) json["entropy"] = *entropy;
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("tarflow on {}: {} parameters, step {}{}, {:.1f} steps/s\n", options.target,
             trainer.parameters(), report.last, report.interrupted ? " (interrupted)" : "",
             static_cast<double>(report.last - report.first) / report.seconds);
  fmt::print("-log q of {} held-out points: {:.4f} +- {:.4f} nats", held_out, result.nll,
             1.96 * result.error);
  if (entropy) fmt::print(", the target's entropy {:.4f}", *entropy);
  fmt::print("\n");
  return 0;
}

}  // namespace

void add_train_tarflow2d(Command train, Action& action) {
  const Command command = train.add_subcommand(
      "tarflow-plane", "A normalizing flow of a shape in the plane. SIGINT saves and stops.");
  const auto options = std::make_shared<TrainPlane>();
  const auto number = [&](const char* name, auto& value, auto low, auto high, const char* help) {
    command.add_option(name, value, help).between(low, high).capture_default_str();
  };
  command.add_option("--target", options->target, "The shape")
      .type_name("NAME")
      .one_of_shown(drawable_targets())
      .capture_default_str();
  number("--blocks", options->config.blocks, 1, 16, "Coupling blocks");
  number("--width", options->config.width, 8, 256, "Channels of a token");
  number("--depth", options->config.depth, 1, 4, "Layers of a block");
  number("--batch", options->batch, 16, 4096, "Points a step");
  number("--learning-rate", options->trainer.learning_rate, 0.0F, 1.0F,
         "Peak of warm-up and cosine");
  command.add_option("--seed", options->trainer.seed, "Of weights and data").capture_default_str();
  command
      .add_option("--coupling", options->coupling,
                  "z = (x - mu) exp(-alpha), or alpha = 0: volumes are kept")
      .one_of_shown({"affine", "additive"})
      .capture_default_str();
  command
      .add_option("--direction", options->direction,
                  "Where a block gets what steers it: the data's side, or the noise's (to-data)")
      .one_of_shown(nn::direction_names.list())
      .capture_default_str();
  command.add_flag("--keep-order", options->keep_order,
                   "Every block moves the second coordinate: no permutation between blocks");
  options->run.add(command);
  options->device.add(command);
  command.callback([&action, options] {
    options->run.settle();
    action = [options] {
      options->run.claim();
      return run(*options);
    };
  });
}

}  // namespace rivulet::cli
