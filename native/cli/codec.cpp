#include "cli/codec.h"

#include <array>

#include "cli/kinds.h"
#include "cli/sets.h"
#include "cli/toy.h"
#include "rivulet/core/error.h"
#include "rivulet/data/fit.h"
#include "rivulet/io/json.h"

namespace rivulet::cli {

void CodecOptions::add(Command command) {
  command
      .add_option("--model", model,
                  "Of denoising diffusion or flow matching (default: the one of avatars)")
      .type_name("FILE");
  device.add(command);
}

models::PictureCodec CodecOptions::open() const {
  const std::string path = model.empty() ? shipped_model(codec_model, "--model") : model;
  return models::PictureCodec(load_model(path, "codec", codec_kinds()), device.device(),
                              {.threads = device.threads, .static_states = true});
}

void CodeOptions::add(Command command) {
  const auto option = [&](const char* name, const char* type, auto& value, const char* help) {
    Option added = command.add_option(name, value, help).type_name(type);
    options_.push_back(added);
    return added;
  };
  option("--codes", "N", codes, "Steps that carry a code").between(1, 1000).capture_default_str();
  option("--bits", "N", given_.bits, "Of an index: a codebook of 2^N vectors")
      .between(1, 16)
      .capture_default_str();
  option("--form", "NAME", form, "What a step chooses: single, pursuit, turbo")
      .one_of(models::code_form_names.list())
      .capture_default_str();
  option("--atoms", "N", given_.atoms, "Vectors a step: pursuit, turbo")
      .between(1, 64)
      .capture_default_str();
  option("--coefficient-bits", "N", given_.coefficient_bits, "Of a coefficient: pursuit")
      .between(1, 8)
      .capture_default_str();
  option("--tail", "N", given_.tail, "Steps without a code after the others")
      .between(0, 255)
      .capture_default_str();
  rho_ = option("--rho", "X", given_.rho,
                "How much shorter steps become towards the picture, in quarters (default: tuned)")
             .between(1.0, 4.0);
  noise_ = option("--noise", "X", given_.noise,
                  "Scale of the noise that steps add, in sixteenths (default: tuned)")
               .between(0.0625, 1.0);
  option("--codebook", "NAME", codebook, "Where vectors are from: per-step, shared, hadamard")
      .one_of(models::codebook_names.list())
      .capture_default_str();
  option("--seed", "N", given_.seed, "Of the codebooks; but for 0 it takes 4 bytes")
      .capture_default_str();
  options_.push_back(command.add_flag(
      "--no-snap", no_snap_, "Leave colours as they are, where the model knows a palette"));
}

void CodeOptions::refuse(const std::string& why) const {
  for (const Option& option : options_) {
    if (option.given()) throw UsageError(option.name(), why);
  }
}

models::DdcmSettings CodeOptions::settings() const {
  const models::DdcmSettings tuned = models::tuned_settings(codes);
  models::DdcmSettings settings = given_;
  settings.codes = codes;
  settings.form = models::code_form_names.read(form);
  settings.codebook = models::codebook_names.read(codebook);
  settings.snap = !no_snap_;
  if (!rho_.given()) settings.rho = tuned.rho;
  if (!noise_.given()) settings.noise = tuned.noise;
  try {
    models::validate(settings);
  } catch (const Error& error) {
    throw UsageError("settings", error.what());
  }
  return settings;
}

io::Json to_json(const models::DdcmSettings& settings) {
  return {{"form", models::code_form_names.of(settings.form)},
          {"codebook", models::codebook_names.of(settings.codebook)},
          {"codes", settings.codes},
          {"bits", settings.bits},
          {"atoms", settings.atoms},
          {"coefficient_bits", settings.coefficient_bits},
          {"tail", settings.tail},
          {"rho", shortest(settings.rho)},
          {"noise", shortest(settings.noise)},
          {"snap", settings.snap},
          {"seed", settings.seed}};
}

io::Json to_json(const models::DdcmTimes& seconds) {
  return {{"network", seconds.network}, {"codebook", seconds.codebook}, {"search", seconds.search}};
}

std::vector<uint8_t> load_picture(const std::string& path, const models::DiffusionModel& model) {
  return data::fit_picture(io::load_png(path), model.pictures.net.side,
                           model.pictures.net.channels);
}

void save_picture(const std::string& path, const models::DiffusionModel& model,
                  std::span<const uint8_t> pixels) {
  io::save_png(path, {.width = model.pictures.net.side,
                      .height = model.pictures.net.side,
                      .channels = model.pictures.net.channels,
                      .pixels = {pixels.begin(), pixels.end()}});
}

}  // namespace rivulet::cli
