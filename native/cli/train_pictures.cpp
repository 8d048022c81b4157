// rivulet train flow-avatars, shortcut-fashion, moe-avatars, ...
#include <fmt/format.h>

#include <array>
#include <memory>

#include "cli/picture_run.h"
#include "rivulet/core/error.h"
#include "rivulet/train/pictures.h"
#include "rivulet/train/settle_experts.h"

namespace rivulet::cli {
namespace {

struct TrainPictures {
  models::Method method;
  PictureRun run;
  train::PictureTraining training;
};

void add_options(TrainPictures& options, Command command) {
  PictureRun& run = options.run;
  const bool learns_steps = models::has_self_consistency(options.method);
  if (learns_steps) {
    run.trainer.ema_decay = 0.998F;  // averages that follow faster make better targets
    // Half of a small batch: what is scarce is rows that ask for long steps, not their weight.
    options.training.bootstrap = 0.5F;
    options.training.self_weight = 2;
  }
  run.add(command);
  if (!learns_steps) return;
  run.settled.number(command, "--bootstrap", options.training.bootstrap, 0.0, 0.9,
                     "Share of rows for self-consistency");
  run.settled.number(command, "--self-weight", options.training.self_weight, 0.0, 1000.0,
                     "What self-consistency counts");
  run.settled.number(command, "--long-steps", options.training.long_steps, 0.0, 4.0,
                     "Step sizes d are trained in proportion to d to this power; 0: equally often");
  run.settled.number(command, "--highest-guidance", options.training.highest_guidance, 1.0, 20.0,
                     "Guidance scales up to this are learned by steps of any size");
}

struct Parts {
  models::PictureModel model;
  std::shared_ptr<const data::Pictures> pictures;
  train::Trainer trainer;
};

Parts make_parts(TrainPictures& options) {
  PictureRun& run = options.run;
  const std::shared_ptr<const data::Pictures> pictures = run.pictures();
  models::PictureModel model = train::picture_model_for(options.method, *pictures);
  run.shape(model.pictures.net);
  options.training.rows = run.rows;
  const std::optional<io::SafeTensors> checkpoint = run.checkpoint();
  if (checkpoint) {
    model = models::picture_model(*checkpoint);
    if (model.method != options.method || model.one_step) {
      fail("resume",
           run.options.resume + " was trained by " + io::card_text(checkpoint->metadata, "method"));
    }
    options.training = train::picture_training(checkpoint->metadata);
  }
  train::Trainer trainer =
      run.make_trainer(train::picture_objective(model, options.training, pictures), checkpoint);
  return {std::move(model), pictures, std::move(trainer)};
}

int run(TrainPictures& options) {
  Parts parts = make_parts(options);
  const DeviceOptions& device = options.run.device;
  const auto sample = [&](std::span<const float> labels, std::span<float> x) {
    models::PictureSampler sampler(parts.trainer.weights(), sheet_pictures, device.device(),
                                   {.threads = device.threads, .static_states = true});
    sampler.sample({.labels = {labels.begin(), labels.end()},
                    .steps = models::has_self_consistency(options.method) ? 4 : 32},
                   x);
  };
  const auto finish = [&](io::SafeTensors& weights) {
    train::settle_experts(parts.model, options.run.rows, parts.pictures, options.run.trainer.seed,
                          device.device(), device.compile(), weights);
  };
  return options.run.train(parts.trainer, parts.model.pictures.net,
                           std::string(models::name_of(options.method)), sample, finish);
}

struct Kind {
  const char* name;
  const char* words;
  models::Method method;
  int experts = 0;
};
constexpr std::array kinds = {
    Kind{"flow", "Flow matching", models::Method::flow_matching},
    Kind{"shortcut", "A shortcut model", models::Method::shortcut},
    Kind{"moe", "Flow matching with experts", models::Method::flow_matching, 8},
};

}  // namespace

void add_train_pictures(Command train, Action& action) {
  for (const Kind& kind : kinds) {
    for (const data::PictureSet& set : trainable_sets()) {
      const Command command = train.add_subcommand(
          command_name(kind.name, set),
          fmt::format("{} of {}. SIGINT saves and stops.", kind.words, set.words));
      const auto options = std::make_shared<TrainPictures>(TrainPictures{
          .method = kind.method, .run = PictureRun(std::string(set.name)), .training = {}});
      options->run.experts = ExpertOptions(kind.experts);
      add_options(*options, command);
      options->run.when_chosen(command, action, [options] { return run(*options); });
    }
  }
}

}  // namespace rivulet::cli
