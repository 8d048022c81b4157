// What encoding and decoding have in common.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/options.h"
#include "rivulet/io/json.h"
#include "rivulet/models/picture_codec.h"

namespace rivulet::cli {

/// The model that codes are made with where none is named.
inline constexpr auto codec_model = "flow-avatars.safetensors";

struct CodecOptions {
  std::string model;
  DeviceOptions device;

  void add(Command command);
  [[nodiscard]] models::PictureCodec open() const;
};

/// DDCM's settings on the command line: what is not given is as it was tuned.
struct CodeOptions {
  int codes = 16;
  std::string form = "single";
  std::string codebook = "per-step";

  void add(Command command);
  /// Throws UsageError naming an option of these that was given: `why`.
  void refuse(const std::string& why) const;
  /// Throws UsageError where they do not fit together.
  [[nodiscard]] models::DdcmSettings settings() const;

 private:
  models::DdcmSettings given_;
  std::vector<Option> options_;
  Option rho_;
  Option noise_;
  bool no_snap_ = false;
};

[[nodiscard]] io::Json to_json(const models::DdcmSettings& settings);
[[nodiscard]] io::Json to_json(const models::DdcmTimes& seconds);

/// A picture file in the size and channels of a model.
[[nodiscard]] std::vector<uint8_t> load_picture(const std::string& path,
                                                const models::DiffusionModel& model);
void save_picture(const std::string& path, const models::DiffusionModel& model,
                  std::span<const uint8_t> pixels);

}  // namespace rivulet::cli
