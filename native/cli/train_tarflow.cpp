// rivulet train tarflow-avatars, tarflow-nll-fashion, ...
#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "cli/picture_run.h"
#include "rivulet/core/error.h"
#include "rivulet/models/tarflow_sampler.h"
#include "rivulet/train/tarflow.h"

namespace rivulet::cli {
namespace {

struct TrainTarflow {
  models::TarflowNoise noise;
  PictureRun run;
  float sigma = 0.1F;
  std::optional<std::string> tone = {};
  int blocks = 4;
  std::string coupling;
  std::string given = "tokens";
  std::string direction = "to-noise";
};

struct Parts {
  models::TarflowModel model;
  train::Trainer trainer;
};

Parts make_parts(TrainTarflow& options) {
  PictureRun& run = options.run;
  const std::shared_ptr<const data::Pictures> pictures = run.pictures();
  models::TarflowModel model = train::tarflow_model_for(options.noise, *pictures);
  run.shape(model.pictures.net);
  model.blocks = options.blocks;
  model.sigma = options.sigma;
  if (options.tone) model.tone = models::tone_names.read(*options.tone);
  model.coupling = nn::coupling_names.read(options.coupling);
  model.given = nn::given_names.read(options.given);
  model.direction = nn::direction_names.read(options.direction);
  const std::optional<io::SafeTensors> checkpoint = run.checkpoint();
  if (checkpoint) {
    model = models::tarflow_model(*checkpoint);
    if (model.noise != options.noise) {
      fail("resume", fmt::format("{} was trained with {} noise", run.options.resume,
                                 models::name_of(model.noise)));
    }
  }
  train::Trainer trainer =
      run.make_trainer(train::tarflow_objective(model, run.rows, pictures), checkpoint);
  return {std::move(model), std::move(trainer)};
}

/// Draws and, where the noise is Gaussian, denoises.
PictureRun::Sample sampler_of(const TrainTarflow& options, const Parts& parts) {
  return [&](std::span<const float> labels, std::span<float> x) {
    const DeviceOptions& device = options.run.device;
    const CompileOptions compile{.threads = device.threads, .static_states = true};
    const io::SafeTensors weights = parts.trainer.weights();
    models::TarflowSampler sampler(weights, sheet_pictures, device.device(), compile);
    (void)sampler.sample({.labels = {labels.begin(), labels.end()}}, x);
    if (parts.model.noise == models::TarflowNoise::uniform) return;
    models::TarflowDensity(weights, sheet_pictures, device.device(), compile).denoise(labels, x);
  };
}

int run(TrainTarflow& options) {
  Parts parts = make_parts(options);
  return options.run.train(parts.trainer, parts.model.pictures.net,
                           fmt::format("tarflow ({} noise)", models::name_of(parts.model.noise)),
                           sampler_of(options, parts));
}

void add_options(TrainTarflow& options, Command command) {
  PictureRun& run = options.run;
  run.trainer.learning_rate = 1e-3F;
  run.trainer.weight_decay = 0.01F;
  run.rows.batch = 32;
  run.add(command);
  run.settled.number(command, "--blocks", options.blocks, 1, 32,
                     "Coupling blocks, of --depth layers each");
  if (options.noise == models::TarflowNoise::gaussian) {
    run.settled.number(command, "--sigma", options.sigma, 0.0, 2.0,
                       "Of the noise that is added to pictures");
  }
  if (options.noise == models::TarflowNoise::uniform) {
    run.settled.add(
        command
            .add_option("--tone", options.tone,
                        "How the blocks see brightness: logarithmic gives dark pixels room "
                        "(default: where many are black)")
            .one_of_shown(models::tone_names.list()));
  }
  run.settled.add(command
                      .add_option("--coupling", options.coupling,
                                  "z = (x - mu) exp(-alpha); alpha = 0: volumes are kept; or "
                                  "(x - mu - L x) exp(-alpha): numbers of a token see each other")
                      .one_of_shown(nn::coupling_names.list())
                      .capture_default_str());
  run.settled.add(command
                      .add_option("--given", options.given,
                                  "What steers a block: earlier tokens, or half of each token")
                      .one_of_shown(nn::given_names.list())
                      .capture_default_str());
  run.settled.add(command
                      .add_option("--direction", options.direction,
                                  "In which all tokens pass at once: to-noise trains fast, to-data "
                                  "draws fast")
                      .one_of_shown(nn::direction_names.list())
                      .capture_default_str());
}

struct Kind {
  const char* name;
  const char* words;
  models::TarflowNoise noise;
  nn::Coupling coupling;  ///< by default
};
constexpr std::array kinds = {
    Kind{"tarflow", "A normalizing flow, for samples,", models::TarflowNoise::gaussian,
         nn::Coupling::affine},
    Kind{"tarflow-nll", "A normalizing flow, for densities,", models::TarflowNoise::uniform,
         nn::Coupling::triangular},
};

}  // namespace

void add_train_tarflow(Command train, Action& action) {
  for (const Kind& kind : kinds) {
    for (const data::PictureSet& set : trainable_sets()) {
      const Command command = train.add_subcommand(
          command_name(kind.name, set),
          fmt::format("{} of {}. SIGINT saves and stops.", kind.words, set.words));
      const auto options = std::make_shared<TrainTarflow>(
          TrainTarflow{.noise = kind.noise,
                       .run = PictureRun(std::string(set.name), {.depth = 4, .heads = 2}),
                       .coupling = std::string(nn::name_of(kind.coupling))});
      add_options(*options, command);
      options->run.when_chosen(command, action, [options] { return run(*options); });
    }
  }
}

}  // namespace rivulet::cli
