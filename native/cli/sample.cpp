// rivulet sample
#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/kinds.h"
#include "cli/options.h"
#include "cli/sample_pictures.h"
#include "cli/scatter.h"
#include "cli/toy.h"
#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/io/card.h"
#include "rivulet/io/json.h"
#include "rivulet/models/kind.h"

namespace rivulet::cli {
namespace {

using models::ModelKind;

struct Sample {
  std::string model;
  std::string out;
  DeviceOptions device;
  std::optional<int> n;
  std::optional<int> steps;
  uint64_t seed = 1;
  std::vector<std::string> classes;
  float guidance = 1;
  std::string decoder;
  float temperature = 1;
  std::string sampler;  // empty: the usual one of the model
  int bits = 6;
  std::vector<std::string> towards;
  TarflowSample tarflow;
  std::vector<Option> tarflow_options;
  bool json = false;
};

std::optional<Sampler> chosen_sampler(const Sample& options) {
  if (options.sampler.empty()) return std::nullopt;
  return sampler_names.read(options.sampler);
}

std::vector<float> draw_points(const io::SafeTensors& file, const Sample& options) {
  const int n = options.n.value_or(2000);
  train::Flow2dSampler sampler(train::flow2d_config(file), n, options.device.device(),
                               {.threads = options.device.threads, .static_states = true});
  sampler.load(file);
  std::vector<float> xy(static_cast<size_t>(n) * 2);  // [n,2]
  Rng(options.seed).normal(xy);
  sampler.sample(xy, options.steps.value_or(1));
  return xy;
}

void print_points(std::span<const float> xy, bool json) {
  if (!json) {
    for (size_t i = 0; i < xy.size(); i += 2) fmt::print("{} {}\n", xy[i], xy[i + 1]);
    return;
  }
  io::Json points = io::Json::array();
  for (size_t i = 0; i < xy.size(); i += 2) {
    points.push_back({shortest(xy[i]), shortest(xy[i + 1])});
  }
  fmt::print("{}\n", io::Json{{"points", std::move(points)}}.dump());
}

int sample_points(const io::SafeTensors& file, const Sample& options) {
  const std::vector<float> xy = draw_points(file, options);
  if (options.out.empty()) {
    print_points(xy, options.json);
    return 0;
  }
  io::save_png(options.out, scatter(xy));
  fmt::print(stderr, "saved {}: {} points in {} steps\n", options.out, xy.size() / 2,
             options.steps.value_or(1));
  if (options.json) print_points(xy, true);
  return 0;
}

/// What was drawn, with labels in words.
io::Json report(const Drawn& drawn, const Sample& options) {
  io::Json list = io::Json::array();
  const auto& attributes = drawn.about.attributes;
  for (size_t i = 0; i < drawn.labels.size(); i += attributes.size()) {
    io::Json entry = io::Json::object();
    for (size_t k = 0; k < attributes.size(); ++k) {
      const auto value = static_cast<size_t>(drawn.labels[i + k]);
      const auto& values = attributes[k].values;
      entry[attributes[k].name] = value < values.size() ? values[value] : "any";
    }
    list.push_back(std::move(entry));
  }
  io::Json json = {{"file", options.out},
                   {"steps", drawn.steps},
                   {"seed", options.seed},
                   {"guidance", shortest(options.guidance)},
                   {"dataset", drawn.about.dataset},
                   {"labels", std::move(list)}};
  if (!drawn.uuids.empty()) json["uuids"] = drawn.uuids;
  if (!drawn.runs.empty()) {
    json["runs"] = drawn.runs;
    json["cut"] = drawn.cut;
  }
  return json;
}

int sample_pictures(const io::SafeTensors& file, const Sample& options) {
  if (options.out.empty()) {
    throw UsageError("--out", "is required for pictures: a PNG file that they go to");
  }
  const PictureSample wanted{.classes = options.classes,
                             .guidance = options.guidance,
                             .n = options.n.value_or(64),
                             .steps = options.steps,
                             .seed = options.seed,
                             .decoder = options.decoder,
                             .temperature = options.temperature,
                             .sampler = chosen_sampler(options),
                             .bits = options.bits,
                             .towards = options.towards,
                             .tarflow = options.tarflow};
  const Drawn drawn = draw_pictures(file, wanted, options.device);
  io::save_png(options.out, sheet_of(drawn));
  fmt::print(stderr, "saved {}: {} pictures in {} {}\n", options.out, wanted.n, drawn.steps,
             drawn.runs.empty() ? "steps" : "runs of blocks");
  if (drawn.cut > 0) fmt::print(stderr, "{} scales were beyond the limit and cut\n", drawn.cut);
  if (options.json) fmt::print("{}\n", report(drawn, options).dump(2));
  return 0;
}

int run(const Sample& options) {
  const io::SafeTensors file =
      load_model(options.model, "sample",
                 {ModelKind::plane_flow, ModelKind::picture_flow, ModelKind::diffusion,
                  ModelKind::tarflow, ModelKind::code});
  const ModelKind kind = models::kind_of(file.metadata);
  const bool codes = kind == ModelKind::code;
  const bool tarflow = kind == ModelKind::tarflow;
  if (!codes && !options.decoder.empty()) fail("sample", "--decoder is for models of codes");
  if (!codes && !tarflow && options.temperature != 1) {
    fail("sample", "--temperature is for models of codes and for TarFlow");
  }
  for (const Option& option : options.tarflow_options) {
    if (!tarflow && option.given()) fail("sample", option.name() + " is for TarFlow");
  }
  const bool pictures = kind == ModelKind::picture_flow || kind == ModelKind::diffusion;
  if (codes || tarflow || pictures) return sample_pictures(file, options);
  if (!options.classes.empty() || options.guidance != 1 || !options.sampler.empty() ||
      !options.towards.empty()) {
    fail("sample", "--class, --guidance, --sampler and --towards are for picture models");
  }
  return sample_points(file, options);
}

void add_tarflow_options(Sample& options, Command command) {
  TarflowSample& tarflow = options.tarflow;
  options.tarflow_options = {
      command.add_flag("--denoise", tarflow.denoise,
                       "TarFlow: from noisy pictures to clean ones, along the density's gradient"),
      command.add_flag("--snap", tarflow.snap, "TarFlow: pixels to the few colours of the set"),
      command.add_option("--group", tarflow.group, "gsj: tokens of the window that slides on")
          .type_name("N")
          .between(1, 4096)
          .capture_default_str(),
      command
          .add_option("--attention-temperature", tarflow.attention_temperature,
                      "TarFlow: of the guide, which guides pictures without labels, too")
          .type_name("X")
          .between(0.05, 20.0)
          .capture_default_str(),
      command
          .add_option("--guidance-form", tarflow.guidance_form,
                      "TarFlow: extrapolate (the paper's) or bounded (STARFlow's)")
          .type_name("NAME")
          .one_of_shown(models::tarflow_guidance_names.list())
          .capture_default_str()};
}

}  // namespace

void add_sample(Command app, Action& action) {
  const Command command = app.add_subcommand(
      "sample", "Draw samples: pictures, or points as text, as JSON or as a picture of the plane");
  const auto options = std::make_shared<Sample>();
  command.add_option("--model", options->model, "A file that 'train' saved")
      .type_name("FILE")
      .required();
  command.add_option("--n", options->n, "How many (default: 64 pictures, 2000 points)")
      .type_name("N")
      .between(1, 1 << 20);
  command
      .add_option("--steps", options->steps,
                  "Steps from noise to sample (default: 1; 100 with ddpm, ddim and codes)")
      .type_name("N")
      .between(1, 100000);
  command.add_option("--seed", options->seed, "Of the noise").type_name("N").capture_default_str();
  command.add_option("--out", options->out, "A PNG picture").type_name("FILE");
  command
      .add_option(
          "--class", options->classes,
          "Of the pictures: VALUE, or ATTRIBUTE=VALUE (again for others); what is not "
          "given is drawn at random, every value as likely as the others, however often the "
          "set has it; 'any' leaves it to the model")
      .type_name("CLASS")
      .take_all();
  command
      .add_option(
          "--guidance", options->guidance,
          "How strongly classes are followed: w of a_any + w (a_class - a_any), whatever the "
          "network gives; 1: as learned")
      .type_name("W")
      .between(1.0, 20.0)
      .capture_default_str();
  command
      .add_option("--decoder", options->decoder,
                  "The diffusion model that draws codes (default: the one that is shipped)")
      .type_name("FILE");
  command
      .add_option("--temperature", options->temperature,
                  "Of codes, and of TarFlow's noise: 1 as learned, less for likelier ones")
      .type_name("X")
      .between(0.01, 100.0)
      .capture_default_str();
  command
      .add_option("--sampler", options->sampler,
                  "Of pictures: flow, ddpm, ddim, codes (default: flow where the model is one, "
                  "else ddpm); TarFlow: sequential (default), jacobi, gsj")
      .type_name("NAME")
      .one_of(sampler_names.list());
  command.add_option("--bits", options->bits, "codes: noise from a codebook of 2^N vectors")
      .type_name("N")
      .between(1, 16)
      .capture_default_str();
  command
      .add_option("--towards", options->towards,
                  "codes: a class as in --class, for which the judge of the set, rather than the "
                  "network, chooses the noise")
      .type_name("CLASS")
      .take_all();
  add_tarflow_options(*options, command);
  options->device.add(command);
  command.add_flag("--json", options->json, "Points, or what the pictures are of, as JSON");
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli
