// rivulet train toy
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/kinds.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/toy.h"
#include "cli/training.h"
#include "rivulet/core/error.h"
#include "rivulet/io/json.h"

namespace rivulet::cli {
namespace {

struct TrainToy {
  ToyOptions toy;
  DeviceOptions device;
  TrainingOptions run{.out = {}, .resume = {}, .steps = 3000};
  int points = 4096;
};

struct Toy {
  train::Flow2dConfig config;
  data::Target2d target;
  train::Trainer trainer;
};

Toy make_toy(const TrainToy& options) {
  const Device& device = options.device.device();
  const CompileOptions compile = options.device.compile();
  if (options.run.resume.empty()) {
    const train::Flow2dConfig config = options.toy.finish();
    const data::Target2d target = options.toy.make_target();
    return {config, target, train::flow2d_trainer(config, target, device, compile)};
  }
  const io::SafeTensors file = load_checkpoint(options.run.resume, {models::ModelKind::plane_flow});
  return {train::flow2d_config(file), train::flow2d_target(file),
          train::flow2d_trainer(file, device, compile)};
}

struct Outcome {
  float loss = 0;
  float flow_loss = 0;
  float self_loss = 0;
  int64_t trained = 0;  // steps of this run
  double seconds = 0;
  bool interrupted = false;

  [[nodiscard]] double steps_per_second() const {
    return seconds > 0 ? static_cast<double>(trained) / seconds : 0;
  }
};

Outcome train_to(train::Trainer& trainer, int64_t steps) {
  Outcome outcome;
  const int64_t first = trainer.steps();
  const Interrupt interrupt;
  Progress progress(first, steps);
  while (trainer.steps() < steps && !Interrupt::raised()) {
    outcome.loss = trainer.step();
    progress.show(trainer.steps(), outcome.loss);
  }
  outcome.seconds = progress.seconds();
  outcome.trained = trainer.steps() - first;
  if (outcome.trained > 0) {
    outcome.flow_loss = trainer.loss("flow_loss");
    outcome.self_loss = trainer.loss("self_loss");
  }
  outcome.interrupted = Interrupt::raised();
  return outcome;
}

void save(const TrainToy& options, const train::Trainer& trainer) {
  if (options.run.out.empty()) return;
  io::save_safetensors(options.run.out, trainer.checkpoint(), io::Precision::f32);
  fmt::print(stderr, "saved {} at step {}\n", options.run.out, trainer.steps());
}

io::Json report(const TrainToy& options, const Toy& toy, const Outcome& outcome,
                const ToyScore& score) {
  io::Json json = to_json(score);
  json["target"] = data::name_of(toy.target.shape());
  json["config"] = to_json(toy.config);
  json["device"] = options.device.name;
  json["threads"] = int{options.device.threads};
  json["step"] = toy.trainer.steps();
  json["loss"] = {{"total", shortest(outcome.loss)},
                  {"flow", shortest(outcome.flow_loss)},
                  {"self", shortest(outcome.self_loss)}};
  json["seconds"] = outcome.seconds;
  json["steps_per_second"] = outcome.steps_per_second();
  json["interrupted"] = outcome.interrupted;
  if (!options.run.out.empty()) json["file"] = options.run.out;
  return json;
}

void print(const TrainToy& options, const Toy& toy, const Outcome& outcome, const ToyScore& score) {
  const train::Flow2dConfig& config = toy.config;
  fmt::print("{} on {}: {} steps of {} points, MLP {}x{}, seed {}{}\n",
             models::name_of(config.method), data::name_of(toy.target.shape()), toy.trainer.steps(),
             config.batch, config.depth, config.width, config.seed,
             outcome.interrupted ? " (interrupted)" : "");
  fmt::print("loss {:.4f} (flow {:.4f}, self-consistency {:.4f}), {:.1f} steps/s on {}\n\n",
             outcome.loss, outcome.flow_loss, outcome.self_loss, outcome.steps_per_second(),
             options.device.name);
  print(score);
}

int run(const TrainToy& options) {
  Toy toy = make_toy(options);
  Outcome outcome;
  try {
    outcome = train_to(toy.trainer, options.run.steps);
  } catch (const Error&) {  // a loss that is not finite: the weights before it are good
    save(options, toy.trainer);
    throw;
  }
  save(options, toy.trainer);
  const Activity activity("judging samples");
  train::Weights weights;
  toy.trainer.averaged(weights);
  train::Flow2dSampler sampler(toy.config, options.points, options.device.device(),
                               {.threads = options.device.threads, .static_states = true});
  sampler.load(weights);
  const ToyScore result = score(sampler, toy.target);
  if (options.run.json) {
    fmt::print("{}\n", report(options, toy, outcome, result).dump(2));
  } else {
    print(options, toy, outcome, result);
  }
  return 0;
}

}  // namespace

void add_train(Command app, Action& action) {
  const Command train = app.add_subcommand("train", "Train a model");
  train.require_subcommand();
  add_train_pictures(train, action);
  add_train_ddpm(train, action);
  add_train_distill(train, action);
  add_train_distill2d(train, action);
  add_train_tarflow(train, action);
  add_train_tarflow2d(train, action);
  add_train_judge(train, action);
  add_train_tokens(train, action);
  const Command toy = train.add_subcommand(
      "toy", "The lab of the plane: a flow from noise to a shape. SIGINT saves and stops.");
  const auto options = std::make_shared<TrainToy>();
  options->toy.add(toy);
  options->device.add(toy);
  toy.add_option("--steps", options->run.steps, "Train until this step")
      .type_name("N")
      .between(int64_t{0}, int64_t{1'000'000'000})
      .capture_default_str();
  toy.add_option("--samples", options->points, "Samples to judge by")
      .type_name("N")
      .between(16, 1 << 20)
      .capture_default_str();
  toy.add_option("--out", options->run.out,
                 "Where to save weights and the state of training (default: toy.safetensors, or "
                 "where the file is that is resumed)")
      .type_name("FILE");
  toy.add_flag("--no-save", options->run.no_save, "Keep nothing: for measuring");
  toy.add_option("--resume", options->run.resume,
                 "Continue from a saved file, with its target and settings")
      .type_name("FILE");
  toy.add_flag("--json", options->run.json, "Results as JSON");
  toy.callback([options, &action] {
    if (!options->run.resume.empty()) options->toy.refuse("is settled by --resume");
    TrainingOptions& place = options->run;
    place.name = "toy";
    if (!place.no_save && place.out.empty() && !place.resume.empty()) {
      place.named_here = true;
      place.out = place.resume;
    }
    place.settle();
    action = [options] {
      options->run.claim();
      return run(*options);
    };
  });
}

}  // namespace rivulet::cli
