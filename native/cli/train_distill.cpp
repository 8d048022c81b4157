// rivulet train distill-avatars, distill-fashion
#include <fmt/format.h>

#include <memory>

#include "cli/evaluation.h"
#include "cli/kinds.h"
#include "cli/picture_run.h"
#include "rivulet/core/error.h"
#include "rivulet/models/kind.h"
#include "rivulet/models/pictures.h"
#include "rivulet/train/distill_pictures.h"

namespace rivulet::cli {
namespace {

constexpr auto usual_teacher = "flow";
constexpr auto usual_first = "shortcut";

struct TrainDistill {
  PictureRun run;
  std::string teacher;
  std::string first;
  train::Distillation how{.lambda = 0.5F, .level_power = 2};
  std::string loss{models::name_of(models::DistillLoss::family)};
  float fake_learning_rate = 8e-4F;
};

/// Both nets chase each other: no decay, no momentum (SiD).
train::TrainerConfig usual_trainer() {
  return {.learning_rate = 3e-4F,
          .weight_decay = 0,
          .beta2 = 0.999F,
          .ema_decay = 0.99F,
          .warmup = 100,
          .beta1 = 0};
}

/// The file that was given, or that which is shipped; nothing where there is neither.
std::shared_ptr<const io::SafeTensors> load(const std::string& path, const char* usual,
                                            const std::string& set, const char* option) {
  if (path.empty() && set.empty()) return nullptr;
  const std::string from =
      path.empty() ? shipped_model(data::weights_file(usual, set), option) : path;
  return std::make_shared<const io::SafeTensors>(load_model(from, option, codec_kinds()));
}

/// A net learns in its share of all steps.
train::TrainerConfig fake_trainer(const TrainDistill& options) {
  train::TrainerConfig fake = options.run.trainer;
  fake.learning_rate = options.fake_learning_rate;
  return fake;
}

train::Trainer make_new(TrainDistill& options) {
  PictureRun& run = options.run;
  options.how.loss = models::distill_loss_names.read(options.loss);
  options.how.rows = run.rows;
  const int64_t updates = std::max<int64_t>(run.options.steps / (options.how.fake_steps + 1), 1);
  run.trainer.schedule_steps = updates;
  train::TrainerConfig fake = fake_trainer(options);
  fake.schedule_steps = updates * options.how.fake_steps;
  const train::PictureTeachers begin{
      .teacher = load(options.teacher, usual_teacher, run.set, "--teacher"),
      .first = load(options.first, usual_first, run.set, "--first")};
  return run.make_trainer(
      train::distill_pictures_objective(models::diffusion_model(*begin.teacher), begin,
                                        std::make_shared<train::Distillation>(options.how), fake),
      std::nullopt);
}

/// A checkpoint holds all three nets.
train::Trainer make_trainer(TrainDistill& options) {
  const std::optional<io::SafeTensors> checkpoint = options.run.checkpoint();
  if (!checkpoint) return make_new(options);
  const io::Card& card = checkpoint->metadata;
  if (const std::string& method = io::card_text(card, "method");
      method != models::distilled_method) {
    fail("resume", options.run.options.resume + " was trained by " + method);
  }
  return options.run.make_trainer(
      train::distill_pictures_objective(
          train::teacher_model(card), {},
          std::make_shared<train::Distillation>(train::distillation(card)),
          train::trainer_config(card, train::group::fake)),
      checkpoint);
}

int run(TrainDistill& options) {
  train::Trainer trainer = make_trainer(options);
  const DeviceOptions& device = options.run.device;
  const nn::DitConfig net = models::picture_model(trainer.weights()).pictures.net;
  const auto sample = [&](std::span<const float> labels, std::span<float> x) {
    models::PictureSampler sampler(trainer.weights(), sheet_pictures, device.device(),
                                   {.threads = device.threads, .static_states = true});
    sampler.sample({.labels = {labels.begin(), labels.end()}, .steps = 1}, x);
  };
  return options.run.train(trainer, net, "distillation", sample);
}

void add_options(TrainDistill& options, Command command) {
  SettledOptions& settled = options.run.settled;
  const bool own = options.run.set.empty();
  settled.add(command
                  .add_option("--teacher", options.teacher,
                              "The model to distill: of flow, shortcut or denoising diffusion")
                  .type_name("FILE")
                  .default_str(own ? "" : data::weights_file(usual_teacher, options.run.set)));
  settled.add(command
                  .add_option("--first", options.first,
                              "What the student begins as: a model of the same network")
                  .type_name("FILE")
                  .default_str(own ? "TEACHER" : data::weights_file(usual_first, options.run.set)));
  options.run.add_training(command);
  settled.add(command.add_option("--loss", options.loss, "What the student descends")
                  .one_of_shown(models::distill_loss_names.list())
                  .capture_default_str());
  settled.number(command, "--lambda", options.how.lambda, -1.0, 3.0, "Of the family of losses");
  settled.number(command, "--fake-steps", options.how.fake_steps, 1, 100,
                 "Steps of the fake net before each of the student");
  settled.number(command, "--fake-learning-rate", options.fake_learning_rate, 0.0, 1.0,
                 "Of the fake net");
  settled.number(command, "--lowest-level", options.how.lowest_level, 0.001, 0.999,
                 "Noise levels u, abar = cos(pi u/2), are drawn from here");
  settled.number(command, "--highest-level", options.how.highest_level, 0.001, 0.999,
                 "... to here; equal: one fixed level");
  settled.number(command, "--level-power", options.how.level_power, 0.25, 8.0,
                 "Levels are u = low + (high - low) s^X, s even: 2 trains little noise more often");
  settled.number(command, "--guidance", options.how.guidance, 0.0, 20.0,
                 "Inside the losses, of teacher and fake net alike");
}

}  // namespace

void add_train_distill(Command train, Action& action) {
  for (const data::PictureSet& set : trainable_sets()) {
    const std::string name(set.name);
    const Command command = train.add_subcommand(
        command_name("distill", set),
        fmt::format("A one-step student of a model of {}, without data. SIGINT saves and stops.",
                    set.words));
    const auto options = std::make_shared<TrainDistill>(
        TrainDistill{.run = PictureRun(name), .teacher = {}, .first = {}});
    options->run.trainer = usual_trainer();
    add_options(*options, command);
    options->run.check = [options = options.get()] {
      const PictureRun& of = options->run;
      if (of.set.empty() && of.options.resume.empty() && options->teacher.empty()) {
        throw UsageError("--teacher", "is required");
      }
    };
    options->run.when_chosen(command, action, [options] { return run(*options); });
  }
}

}  // namespace rivulet::cli
