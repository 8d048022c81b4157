// rivulet train ddpm-avatars, ...
#include <fmt/format.h>

#include <memory>

#include "cli/picture_run.h"
#include "rivulet/core/error.h"
#include "rivulet/train/diffusion.h"

namespace rivulet::cli {
namespace {

constexpr int sheet_steps = 50;

struct TrainDdpm {
  PictureRun run;
  std::string predict;
};

struct Parts {
  models::DiffusionModel model;
  train::Trainer trainer;
};

Parts make_parts(TrainDdpm& options) {
  PictureRun& run = options.run;
  const std::shared_ptr<const data::Pictures> pictures = run.pictures();
  models::DiffusionModel model =
      train::diffusion_model_for(models::prediction_names.read(options.predict), *pictures);
  run.shape(model.pictures.net);
  const std::optional<io::SafeTensors> checkpoint = run.checkpoint();
  if (checkpoint) {
    model = models::diffusion_model(*checkpoint);
    if (model.prediction == models::Prediction::flow) {
      fail("resume", run.options.resume + " was trained as a flow model");
    }
  }
  train::Trainer trainer =
      run.make_trainer(train::diffusion_objective(model, run.rows, pictures), checkpoint);
  return {std::move(model), std::move(trainer)};
}

int run(TrainDdpm& options) {
  Parts parts = make_parts(options);
  const DeviceOptions& device = options.run.device;
  const auto sample = [&](std::span<const float> labels, std::span<float> x) {
    models::PictureDenoiser denoiser(parts.trainer.weights(), sheet_pictures, device.device(),
                                     {.threads = device.threads, .static_states = true});
    denoiser.condition(labels);
    models::sample_ddpm(std::ref(denoiser),
                        {.steps = sheet_steps, .seed = options.run.trainer.seed}, x,
                        parts.model.pixels());
  };
  return options.run.train(parts.trainer, parts.model.pictures.net,
                           fmt::format("ddpm ({})", models::name_of(parts.model.prediction)),
                           sample);
}

}  // namespace

void add_train_ddpm(Command train, Action& action) {
  for (const data::PictureSet& set : trainable_sets()) {
    const Command command = train.add_subcommand(
        command_name("ddpm", set),
        fmt::format("Denoising diffusion of {}. SIGINT saves and stops.", set.words));
    const auto options = std::make_shared<TrainDdpm>(
        TrainDdpm{.run = PictureRun(std::string(set.name)), .predict = "v"});
    options->run.add(command);
    options->run.settled.add(command
                                 .add_option("--predict", options->predict,
                                             "What the network gives: the noise, the picture, or "
                                             "v = abar eps - bbar x_0")
                                 .one_of_shown({"eps", "x0", "v"})
                                 .capture_default_str());
    options->run.when_chosen(command, action, [options] { return run(*options); });
  }
}

}  // namespace rivulet::cli
