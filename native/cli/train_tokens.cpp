// rivulet train tokens-avatars, ...
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <numbers>
#include <numeric>
#include <optional>

#include "cli/codes.h"
#include "cli/commands.h"
#include "cli/kinds.h"
#include "cli/picture_run.h"
#include "cli/sets.h"
#include "cli/settled.h"
#include "cli/training.h"
#include "rivulet/core/error.h"
#include "rivulet/io/json.h"

namespace rivulet::cli {
namespace {

constexpr int sheet_pictures_of_codes = 36;

struct TrainTokens {
  explicit TrainTokens(std::string name) : set(std::move(name)) { run.steps = 500; }

  std::string set;
  std::string data;
  std::string decoder;
  std::string codes;
  int64_t pictures = 20000;
  int64_t held_out = 2000;
  std::string look = "vector";
  nn::CausalConfig layers{.width = 64, .depth = 2, .heads = 2};  // more learn codes by heart
  TrainingOptions run;
  DeviceOptions device;
  train::TrainerConfig trainer{.learning_rate = 3e-3F, .weight_decay = 0.5F, .ema_decay = 0.995F};
  train::PictureRows rows{.batch = 64, .label_dropout = 0.3F, .value_dropout = 0.3F};
  SettledOptions settled;
  std::string command;

  [[nodiscard]] std::string codes_path() const {
    return codes.empty() && !run.out.empty() ? run.beside(".codes") : codes;
  }
  void add(Command app);
};

void TrainTokens::add(Command app) {
  app.add_option("--data", data, "Pictures: a folder, an .npy file or an idx(.gz) file")
      .type_name("PATH")
      .required(set.empty())
      .default_str(usual_data(set));
  app.add_option("--decoder", decoder, "The diffusion model that codes are for")
      .type_name("FILE")
      .required(set.empty())
      .default_str("the one of this set");
  app.add_option("--codes", codes,
                 "Codes of the pictures, made there where there are none (default: beside OUT)")
      .type_name("FILE");
  run.add(app);
  device.add(app);
  settled.number(app, "--pictures", pictures, int64_t{1}, int64_t{1} << 24,
                 "Pictures whose codes are learned");
  settled.number(app, "--held-out", held_out, int64_t{1}, int64_t{1} << 24,
                 "Pictures whose codes are held out");
  settled.add(app.add_option("--look", look,
                             "What the network is told of a token: its index, or the vector of the "
                             "codebook that it stands for")
                  .one_of_shown(models::token_look_names.list())
                  .capture_default_str());
  settled.add(
      app.add_option("--seed", trainer.seed, "Of weights and batches").capture_default_str());
  settled.number(app, "--batch", rows.batch, 1, 4096, "Codes a step");
  settled.number(app, "--learning-rate", trainer.learning_rate, 0.0, 1.0,
                 "Peak of warm-up and cosine");
  settled.number(app, "--weight-decay", trainer.weight_decay, 0.0, 1.0, "Decoupled");
  settled.number(app, "--label-dropout", rows.label_dropout, 0.0, 1.0,
                 "Share of rows without labels");
  settled.number(app, "--width", layers.width, 8, 1024, "Channels of a token");
  settled.number(app, "--depth", layers.depth, 1, 32, "Transformer layers");
  settled.number(app, "--heads", layers.heads, 1, 64, "Attention heads");
}

/// Codes from the file that keeps them, or made and kept.
train::CodeSets make_codes(const TrainTokens& options, models::PictureCodec& codec,
                           const models::CodeModel& model) {
  const std::string path = options.codes_path();
  if (!path.empty() && std::filesystem::exists(path)) {
    return train::code_sets(io::load_safetensors(path), model);
  }
  const auto encode = [&](data::Part part, int64_t n) {
    const data::Pictures pictures = load_set(options.data, options.set, part);
    if (models::classes_of(pictures.attributes) != model.net.classes) {
      fail("codes", "the pictures have other labels than the decoder was trained with");
    }
    return encode_pictures(codec, model.settings, pictures, n);
  };
  train::CodeSets sets{.train = encode(data::Part::train, options.pictures),
                       .held_out = encode(data::Part::test, options.held_out)};
  if (!path.empty()) {
    io::save_safetensors(path, train::code_file(sets, model), io::Precision::f32);
  }
  return sets;
}

models::CodeModel make_model(const TrainTokens& options, const models::PictureCodec& codec,
                             const std::optional<io::SafeTensors>& checkpoint) {
  if (checkpoint) {
    models::CodeModel model = models::code_model(*checkpoint);
    if (model.decoder != codec.fingerprint().hash) {
      fail("resume", options.run.resume + " is of codes for another decoder");
    }
    return model;
  }
  models::CodeModel model = models::code_model_for(models::tuned_settings(16),
                                                   models::token_look_names.read(options.look),
                                                   codec.model(), codec.fingerprint().hash);
  model.net.layers = options.layers;
  return model;
}

/// Bits a token of held-out codes, without labels and with them.
struct HeldOut {
  double bits = 0;
  double with_labels = 0;
};
HeldOut held_out_bits(const io::SafeTensors& weights, const TrainTokens& options,
                      const train::CodeSet& codes) {
  models::CodeSampler sampler(weights, 128, options.device.device(),
                              {.threads = options.device.threads, .static_states = true});
  std::vector<float> none;
  const std::vector<float> any = sampler.model().any();
  for (size_t i = 0; i < codes.codes.size(); ++i) none.insert(none.end(), any.begin(), any.end());
  const auto mean = [&](std::span<const float> labels) {
    const std::vector<double> bits = sampler.bits(codes.codes, labels);
    return std::accumulate(bits.begin(), bits.end(), 0.0) / static_cast<double>(bits.size());
  };
  return {.bits = mean(none), .with_labels = mean(codes.labels)};
}

/// Pictures of codes under any labels, from the same random numbers each time.
void draw_sheet(const io::SafeTensors& weights, const TrainTokens& options,
                models::PictureCodec& codec) {
  models::CodeSampler sampler(weights, sheet_pictures_of_codes, options.device.device(),
                              {.threads = options.device.threads, .static_states = true});
  std::vector<float> labels;
  const std::vector<float> any = sampler.model().any();
  for (int i = 0; i < sheet_pictures_of_codes; ++i) {
    labels.insert(labels.end(), any.begin(), any.end());
  }
  const std::vector<uint8_t> pixels =
      decode_codes(codec, sampler.model().settings,
                   sampler.sample(labels, sheet_pictures_of_codes, 1, options.trainer.seed));
  const nn::DitConfig& net = codec.model().pictures.net;
  io::save_png(options.run.beside(".png"),
               data::contact_sheet(pixels, net.side, net.channels, 6, 4, 1));
}

int report(const TrainTokens& options, const train::Trainer& trainer,
           const models::CodeModel& model, const TrainingReport& trained, const HeldOut& held_out) {
  const double bits = trained.loss * std::numbers::log2e;
  if (options.run.json) {
    const io::Json json = {{"file", options.run.out},
                           {"dataset", model.dataset},
                           {"look", models::name_of(model.look)},
                           {"parameters", trainer.parameters()},
                           {"step", trained.last},
                           {"loss", trained.loss},
                           {"bits_per_token", bits},
                           {"held_out_bits_per_token", held_out.bits},
                           {"held_out_bits_per_token_with_labels", held_out.with_labels},
                           {"seconds", trained.seconds},
                           {"interrupted", trained.interrupted}};
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print(
      "tokens ({}) of {}: {} parameters, step {}{}, {:.3f} bits a token; held-out codes {:.3f}, "
      "with labels {:.3f}, of {}\n",
      models::name_of(model.look), model.dataset, trainer.parameters(), trained.last,
      trained.interrupted ? " (interrupted)" : "", bits, held_out.bits, held_out.with_labels,
      model.settings.bits);
  return 0;
}

int run(TrainTokens& options) {
  models::PictureCodec codec(
      load_model(decoder_path(options.decoder, options.set), "tokens", codec_kinds()),
      options.device.device(), {.threads = options.device.threads, .static_states = true});
  options.trainer.schedule_steps = std::max<int64_t>(options.run.steps, 1);
  std::optional<io::SafeTensors> checkpoint;
  if (!options.run.resume.empty()) {
    checkpoint = load_checkpoint(options.run.resume, {models::ModelKind::code});
    options.trainer = train::trainer_config(checkpoint->metadata);
    options.rows = train::picture_rows(checkpoint->metadata);
    options.command = io::card_text(checkpoint->metadata, "command");
  }
  const models::CodeModel model = make_model(options, codec, checkpoint);
  train::CodeSets sets = make_codes(options, codec, model);
  train::Objective objective = train::code_objective(
      model, options.rows, std::make_shared<const train::CodeSet>(std::move(sets.train)));
  objective.card["command"] = options.command;
  train::Trainer trainer(std::move(objective), options.trainer, options.device.device(),
                         options.device.compile());
  if (checkpoint) trainer.restore(*checkpoint);
  const TrainingReport trained = run_training(trainer, options.rows.batch, options.run, [&] {
    draw_sheet(trainer.weights(), options, codec);
  });
  return report(options, trainer, model, trained,
                held_out_bits(trainer.weights(), options, sets.held_out));
}

}  // namespace

void add_train_tokens(Command train, Action& action) {
  for (const data::PictureSet& set : trainable_sets()) {
    const Command command = train.add_subcommand(
        command_name("tokens", set),
        fmt::format("A transformer over the 16 bytes that code {}. SIGINT saves and stops.",
                    set.words));
    const auto options = std::make_shared<TrainTokens>(std::string(set.name));
    options->add(command);
    command.callback([options, command, &action] {
      options->command = options->settled.command_of(command, options->run.steps);
      options->settled.refuse_beside(options->run.resume);
      options->run.settle();
      action = [options] {
        options->run.claim();
        return run(*options);
      };
    });
  }
}

}  // namespace rivulet::cli
