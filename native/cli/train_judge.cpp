// rivulet train judge-avatars, judge-fashion, judge
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/kinds.h"
#include "cli/options.h"
#include "cli/sets.h"
#include "cli/training.h"
#include "rivulet/io/json.h"
#include "rivulet/train/judge.h"

namespace rivulet::cli {
namespace {

struct TrainJudge {
  explicit TrainJudge(std::string what)
      : set(std::move(what)), training(train::usual_judge_training(set)) {}

  std::string set;  // "": the visitor's own
  std::string data;
  TrainingOptions run;
  DeviceOptions device;
  train::JudgeTraining training;
  uint64_t seed = 1;
  std::string command;
};

train::Trainer make_trainer(TrainJudge& options) {
  auto pictures = std::make_shared<data::Pictures>(load_set(options.data, options.set));
  if (!options.set.empty()) pictures->name = options.set;
  options.training.steps = std::max<int64_t>(options.run.steps, 1);
  models::JudgeModel model = models::judge_for(*pictures);
  train::TrainerConfig config = train::judge_trainer(options.training);
  config.seed = options.seed;
  if (options.run.resume.empty()) {
    train::Objective objective = train::judge_objective(model, options.training, pictures);
    objective.card["command"] = options.command;
    mark_data(objective.card, *pictures);
    return {std::move(objective), config, options.device.device(), options.device.compile()};
  }
  const io::SafeTensors checkpoint =
      load_checkpoint(options.run.resume, {models::ModelKind::judge});
  model = models::judge_model(checkpoint);
  check_data(checkpoint.metadata, *pictures, options.run.resume);
  options.training = train::judge_training(checkpoint.metadata);
  config = train::trainer_config(checkpoint.metadata);
  train::Objective objective = train::judge_objective(model, options.training, pictures);
  objective.card["command"] = io::card_text(checkpoint.metadata, "command");
  mark_data(objective.card, *pictures);
  train::Trainer trainer(std::move(objective), config, options.device.device(),
                         options.device.compile());
  trainer.restore(checkpoint);
  return trainer;
}

int run(TrainJudge& options) {
  train::Trainer trainer = make_trainer(options);
  const TrainingReport report = run_training(trainer, options.training.batch, options.run, {});
  if (options.run.json) {
    const io::Json json = {{"file", options.run.out},   {"parameters", trainer.parameters()},
                           {"step", report.last},       {"loss", report.loss},
                           {"seconds", report.seconds}, {"interrupted", report.interrupted}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("judge: {} parameters, step {}{}, loss {:.4f}\n", trainer.parameters(), report.last,
             report.interrupted ? " (interrupted)" : "", report.loss);
  return 0;
}

}  // namespace

void add_train_judge(Command train, Action& action) {
  for (const data::PictureSet& set : trainable_sets()) {
    const auto options = std::make_shared<TrainJudge>(std::string(set.name));
    const std::string name = command_name("judge", set);
    const Command command = train.add_subcommand(
        name, fmt::format("A classifier of {}, by whose features samples are judged.", set.words));
    command.add_option("--data", options->data, "Pictures with labels: a folder or a file")
        .type_name("PATH")
        .required(options->set.empty())
        .default_str(usual_data(options->set));
    options->run.steps = options->training.steps;
    options->run.add(command);
    options->device.add(command);
    Option seed =
        command.add_option("--seed", options->seed, "Of weights and data").capture_default_str();
    command.callback([options, name, seed, &action] {
      options->command = fmt::format("rivulet train {} --steps {}", name, options->run.steps);
      if (seed.given()) options->command += fmt::format(" --seed {}", options->seed);
      if (seed.given() && !options->run.resume.empty()) {
        throw UsageError(seed.name(), "is settled by --resume");
      }
      options->run.settle();
      action = [options] {
        options->run.claim();
        return run(*options);
      };
    });
  }
}

}  // namespace rivulet::cli
