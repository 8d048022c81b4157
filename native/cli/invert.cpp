// rivulet invert: a picture through TarFlow to its noise, and back.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numbers>

#include "cli/classes.h"
#include "cli/commands.h"
#include "cli/kinds.h"
#include "cli/options.h"
#include "rivulet/core/error.h"
#include "rivulet/data/fit.h"
#include "rivulet/io/json.h"
#include "rivulet/live/tarflow_pictures/latent.h"
#include "rivulet/models/tarflow_sampler.h"

namespace rivulet::cli {
namespace {

struct Invert {
  std::string model;
  std::string in;
  std::string out;
  std::vector<std::string> classes;
  std::string sampler = "sequential";
  std::vector<int> zero;  // tokens of the latent that become 0: the first, and how many
  float latent_noise = 0;
  float latent_scale = 1;
  uint64_t seed = 1;
  DeviceOptions device;
  bool json = false;
};

/// Pictures side by side, and what was measured on the way.
struct Inverted {
  std::vector<uint8_t>
      pixels;       // given, with noise, its latent, back; denoised, where noise is Gaussian
  double nats = 0;  // -log q per dimension of the noisy picture
  double latent_rms = 0;
  double round_trip = 0;  // largest difference, where the latent was left alone
  models::TarflowReport report;
};

std::vector<float> labels_of(const models::PictureNet& net,
                             const std::vector<std::string>& classes) {
  std::vector<float> labels(net.net.classes.begin(), net.net.classes.end());  // "any"
  for (const std::string& text : classes) {
    const ClassChoice choice = class_choice(net.attributes, text);
    labels[choice.attribute] = static_cast<float>(choice.value);
  }
  return labels;
}

/// What is done to the latent.
live::tarflow_pictures::LatentEdit edit_of(const Invert& options) {
  live::tarflow_pictures::LatentEdit edit{
      .grain = options.latent_noise, .scale = options.latent_scale, .seed = options.seed};
  if (!options.zero.empty()) {
    edit.silent.resize(static_cast<size_t>(options.zero[0] + options.zero[1]));
    std::fill(edit.silent.begin() + options.zero[0], edit.silent.end(), uint8_t{1});
  }
  return edit;
}

void append(std::vector<uint8_t>& pixels, std::span<const float> x) {
  const size_t first = pixels.size();
  pixels.resize(first + x.size());
  data::to_pixels(x, std::span(pixels).subspan(first));
}

Inverted invert(const Invert& options, const io::SafeTensors& file) {
  const CompileOptions compile{.threads = options.device.threads, .static_states = true};
  models::TarflowSampler sampler(file, 1, options.device.device(), compile);
  models::TarflowDensity density(file, 1, options.device.device(), compile);
  const models::TarflowModel& model = sampler.model();
  const nn::DitConfig& net = model.pictures.net;
  const std::vector<float> labels = labels_of(model.pictures, options.classes);
  Inverted result;
  std::vector<float> y(static_cast<size_t>(model.pixels()));
  data::to_model(data::fit_picture(io::load_png(options.in), net.side, net.channels), y);
  append(result.pixels, y);
  models::tarflow_noise(model, y, options.seed, 0);
  append(result.pixels, y);
  std::vector<float> x(y.size());
  float log_q = 0;
  density.encode(labels, y, x, {&log_q, 1});
  result.nats = -double{log_q} / static_cast<double>(y.size());
  for (const float value : x) result.latent_rms += double{value} * double{value};
  result.latent_rms = std::sqrt(result.latent_rms / static_cast<double>(x.size()));
  const live::tarflow_pictures::LatentEdit edit = edit_of(options);
  const bool changed = live::tarflow_pictures::changes(edit, false);
  live::tarflow_pictures::edit_latent(edit, net, {}, x);
  std::vector<float> shown = x;
  for (float& value : shown) value /= 3;  // three deviations fill the range of pixels
  append(result.pixels, shown);
  result.report = sampler.sample(
      {.labels = labels, .method = models::tarflow_method_names.read(options.sampler)}, x);
  append(result.pixels, x);
  for (size_t i = 0; i < x.size() && !changed; ++i) {
    result.round_trip = std::max(result.round_trip, std::fabs(double{x[i]} - double{y[i]}));
  }
  if (model.noise == models::TarflowNoise::gaussian) {
    density.denoise(labels, x);
    append(result.pixels, x);
  }
  return result;
}

int run(const Invert& options) {
  const io::SafeTensors file = load_model(options.model, "invert", {models::ModelKind::tarflow});
  const models::TarflowModel model = models::tarflow_model(file);
  const nn::DitConfig& net = model.pictures.net;
  const auto tokens = static_cast<int>(net.tokens());
  if (!options.zero.empty() && options.zero[0] + options.zero[1] > tokens) {
    fail("invert", fmt::format("--zero {},{}: there are {} tokens", options.zero[0],
                               options.zero[1], tokens));
  }
  const Inverted inverted = invert(options, file);
  const bool uniform = model.noise == models::TarflowNoise::uniform;
  const int pictures = uniform ? 4 : 5;
  const int zoom = std::clamp(1000 / (pictures * net.side), 1, 16);
  io::save_png(options.out,
               data::contact_sheet(inverted.pixels, net.side, net.channels, pictures, zoom, 1));
  if (options.json) {
    io::Json json = {{"file", options.out},
                     {"nats_per_dim", inverted.nats},
                     {"latent_rms", inverted.latent_rms},
                     {"round_trip", inverted.round_trip},
                     {"runs", inverted.report.runs},
                     {"cut", inverted.report.cut}};
    if (uniform) json["bits_per_dim"] = models::bits_per_dim(inverted.nats);
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  fmt::print("{:.4f} nats/dim", inverted.nats);
  if (uniform) fmt::print(" ({:.4f} bits/dim)", models::bits_per_dim(inverted.nats));
  fmt::print(", latent rms {:.3f}, way back within {:.2g}\n", inverted.latent_rms,
             inverted.round_trip);
  fmt::print(stderr, "saved {}: the picture, with noise, its latent, back{}\n", options.out,
             uniform ? "" : ", denoised");
  return 0;
}

}  // namespace

void add_invert(Command app, Action& action) {
  const Command command = app.add_subcommand(
      "invert", "A picture through TarFlow to its noise, changed there if you like, and back");
  const auto options = std::make_shared<Invert>();
  command.add_option("--model", options->model, "A TarFlow that 'train' saved")
      .type_name("FILE")
      .required();
  command.add_option("IN", options->in, "A picture, PNG").required();
  command.add_option("OUT", options->out, "Given, with noise, latent, back, denoised: a PNG")
      .required();
  command.add_option("--class", options->classes, "As in sample; 'any' where nothing is said")
      .type_name("CLASS")
      .take_all();
  command.add_option("--sampler", options->sampler, "For the way back")
      .one_of_shown(models::tarflow_method_names.list())
      .capture_default_str();
  command.add_option("--zero", options->zero, "Tokens of the latent that become 0: first, how many")
      .type_name("N,N")
      .delimiter(',')
      .expected(2)
      .between(0, 4096);
  command
      .add_option("--latent-noise", options->latent_noise,
                  "Share of new noise in the latent: 0 none, 1 nothing else")
      .type_name("X")
      .between(0.0, 1.0)
      .capture_default_str();
  const auto scale = [&](const char* name) {
    return command.add_option(name, options->latent_scale, "The latent times this")
        .type_name("X")
        .between(0.0, 4.0)
        .capture_default_str();
  };
  scale("--latent-scale");
  scale("--temperature").hidden();  // as it was called once
  command.add_option("--seed", options->seed, "Of the noises").capture_default_str();
  options->device.add(command);
  command.add_flag("--json", options->json, "Measurements as JSON");
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rivulet::cli
