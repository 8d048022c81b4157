// rivulet train flow-avatars, shortcut-fashion, ...
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/sets.h"
#include "cli/toy.h"
#include "cli/training.h"
#include "rivulet/core/error.h"
#include "rivulet/train/pictures.h"

namespace rivulet::cli {
namespace {

struct TrainPictures {
  TrainPictures(models::Method how, std::string what) : method(how), set(std::move(what)) {
    // Averages that follow faster make better targets.
    if (models::has_self_consistency(method)) trainer.ema_decay = 0.998F;
  }

  models::Method method;
  std::string set;  // "avatars", "fashion"; "": the visitor's own
  std::string data;
  TrainingOptions run;
  DeviceOptions device;
  train::TrainerConfig trainer{.learning_rate = 1.5e-3F, .weight_decay = 0.1F, .warmup = 300};
  train::PictureTraining training{.batch = 64};
  nn::DitConfig net;
  std::optional<int> patch;
  std::vector<CLI::Option*> settled;  // by a checkpoint
  std::string command;

  void add(CLI::App& command);
};

void TrainPictures::add(CLI::App& command) {
  command.add_option("--data", data, "Pictures: a folder, an .npy file or an idx(.gz) file")
      ->type_name("PATH")
      ->required(set.empty())
      ->default_str(usual_data(set));
  run.add(command);
  device.add(command);
  const auto option = [&](const char* name, auto& value, auto low, auto high, const char* help) {
    settled.push_back(command.add_option(name, value, help)
                          ->type_name(std::is_floating_point_v<decltype(low)> ? "X" : "N")
                          ->check(between(low, high))
                          ->capture_default_str());
  };
  settled.push_back(command.add_option("--seed", trainer.seed, "Of weights, noise and data")
                        ->capture_default_str());
  option("--batch", training.batch, 2, 4096, "Pictures a step");
  option("--learning-rate", trainer.learning_rate, 0.0, 1.0, "Peak of warm-up and cosine");
  option("--weight-decay", trainer.weight_decay, 0.0, 1.0, "Decoupled");
  option("--ema-decay", trainer.ema_decay, 0.0, 0.99999, "Of the averaged weights, which are kept");
  option("--label-dropout", training.label_dropout, 0.0, 1.0, "Share of rows without labels");
  option("--width", net.width, 8, 1024, "Channels of a token");
  option("--depth", net.depth, 1, 32, "Transformer blocks");
  option("--heads", net.heads, 1, 64, "Attention heads");
  option("--patch", patch, 1, 64, "Side of a patch (default: as large as is sensible)");
  if (!models::has_self_consistency(method)) return;
  option("--bootstrap", training.bootstrap, 0.0, 0.9, "Share of rows for self-consistency");
  option("--self-weight", training.self_weight, 0.0, 1000.0, "What self-consistency counts");
  option("--highest-guidance", training.highest_guidance, 1.0, 20.0,
         "Guidance scales up to this are learned by steps of any size");
}

/// The command that makes the same file again; where things lie and how often is not part of it.
std::string command_of(const CLI::App& command, const TrainPictures& options) {
  std::string text =
      fmt::format("rivulet train {} --steps {}", command.get_name(), options.run.steps);
  for (const CLI::Option* option : options.settled) {
    if (option->count() > 0)
      text += fmt::format(" {} {}", option->get_name(), option->as<std::string>());
  }
  return text;
}

struct Parts {
  models::PictureModel model;
  train::Trainer trainer;
};

Parts make_parts(TrainPictures& options) {
  const std::string path = options.data.empty() ? usual_data(options.set) : options.data;
  auto pictures = std::make_shared<data::Pictures>(data::load_pictures(path));
  if (!options.set.empty()) pictures->name = options.set;
  models::PictureModel model = train::picture_model_for(options.method, *pictures);
  model.net.width = options.net.width;
  model.net.depth = options.net.depth;
  model.net.heads = options.net.heads;
  model.net.patch = options.patch.value_or(model.net.patch);
  options.trainer.schedule_steps = std::max<int64_t>(options.run.steps, 1);
  std::optional<io::SafeTensors> checkpoint;
  if (!options.run.resume.empty()) {
    checkpoint = io::load_safetensors(options.run.resume);
    model = models::picture_model(*checkpoint);
    if (model.method != options.method) {
      fail("resume",
           options.run.resume + " was trained by " + std::string(models::name_of(model.method)));
    }
    options.trainer = train::trainer_config(checkpoint->metadata);
    options.training = train::picture_training(checkpoint->metadata);
  }
  train::Objective objective = train::picture_objective(model, options.training, pictures);
  objective.card["command"] = options.command;
  if (checkpoint && checkpoint->metadata.contains("command")) {
    objective.card["command"] = checkpoint->metadata.at("command");
  }
  train::Trainer trainer(std::move(objective), options.trainer, options.device.device(),
                         options.device.compile());
  if (checkpoint) trainer.restore(*checkpoint);
  return {std::move(model), std::move(trainer)};
}

/// 36 pictures of as many label sets, from the same noise each time.
void draw_samples(const train::Trainer& trainer, const TrainPictures& options,
                  const std::string& path) {
  constexpr int count = 36;
  models::PictureSampler sampler(trainer.weights(), count, options.device.device(),
                                 {.threads = options.device.threads, .static_states = true});
  const models::PictureModel& model = sampler.model();
  models::PictureRequest request;
  request.steps = models::has_self_consistency(options.method) ? 4 : 32;
  const auto values = static_cast<size_t>(model.pixels());
  std::vector<float> x(count * values);
  for (size_t i = 0; i < count; ++i) {
    models::picture_noise(options.trainer.seed, static_cast<int64_t>(i),
                          std::span(x).subspan(i * values, values));
    for (size_t k = 0; k < model.net.classes.size(); ++k) {
      const auto classes = static_cast<size_t>(model.net.classes[k]);
      request.labels.push_back(static_cast<float>((i / (k + 1) + k) % classes));
    }
  }
  sampler.sample(request, x);
  std::vector<uint8_t> pixels(x.size());
  data::to_pixels(x, pixels);
  io::save_png(path, data::contact_sheet(pixels, model.net.side, model.net.channels, 6, 4, 1));
}

int run(TrainPictures& options) {
  Parts parts = make_parts(options);
  const std::string sheet = options.run.beside(".png");
  const TrainingReport report = run_training(parts.trainer, options.training.batch, options.run,
                                             [&] { draw_samples(parts.trainer, options, sheet); });
  const auto trained = static_cast<double>(report.last - report.first);
  const double rate = report.seconds > 0 ? trained * options.training.batch / report.seconds : 0;
  if (options.run.json) {
    const nlohmann::json json = {{"file", options.run.out},
                                 {"dataset", parts.model.dataset},
                                 {"method", models::name_of(parts.model.method)},
                                 {"parameters", parts.trainer.parameters()},
                                 {"step", report.last},
                                 {"loss", report.loss},
                                 {"seconds", report.seconds},
                                 {"samples_per_second", rate},
                                 {"interrupted", report.interrupted}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("{} on {}: {} parameters, step {}{}, loss {:.4f}, {:.0f} samples/s\n",
             models::name_of(parts.model.method), parts.model.dataset, parts.trainer.parameters(),
             report.last, report.interrupted ? " (interrupted)" : "", report.loss, rate);
  return 0;
}

struct Kind {
  const char* name;
  const char* words;
  models::Method method;
};
constexpr std::array kinds = {
    Kind{"flow", "Flow matching", models::Method::flow_matching},
    Kind{"shortcut", "A shortcut model", models::Method::shortcut},
};

struct Set {
  const char* name;
  const char* words;
  int64_t steps;
};
constexpr std::array sets = {
    Set{"avatars", "avatars of 16x16 pixels", 7000},
    Set{"fashion", "Fashion-MNIST, clothes of 28x28 pixels", 7000},
    Set{"", "pictures of your own", 7000},
};

}  // namespace

void add_train_pictures(CLI::App& train, Action& action) {
  for (const Kind& kind : kinds) {
    for (const Set& set : sets) {
      const std::string dash = *set.name == '\0' ? "" : "-";
      CLI::App* command = train.add_subcommand(
          kind.name + dash + set.name,
          fmt::format("{} of {}. SIGINT saves and stops.", kind.words, set.words));
      const auto options = std::make_shared<TrainPictures>(kind.method, set.name);
      options->run.steps = set.steps;
      options->add(*command);
      command->callback([options, command, &action] {
        options->command = command_of(*command, *options);
        for (const CLI::Option* option : options->settled) {
          if (!options->run.resume.empty() && option->count() > 0) {
            throw CLI::ValidationError(option->get_name(), "is settled by --resume");
          }
        }
        action = [options] { return run(*options); };
      });
    }
  }
}

}  // namespace rivulet::cli
