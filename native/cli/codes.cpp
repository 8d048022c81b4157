#include "cli/codes.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/kinds.h"
#include "cli/progress.h"
#include "cli/sets.h"
#include "rivulet/core/error.h"

namespace rivulet::cli {
namespace {

constexpr int64_t at_once = 256;

}  // namespace

std::string decoder_path(const std::string& path, const std::string& dataset) {
  return path.empty() ? shipped_model(data::weights_file("flow", dataset), "--decoder") : path;
}

models::PictureCodec open_decoder(const std::string& path, const models::CodeModel& model,
                                  const DeviceOptions& device) {
  models::PictureCodec codec(load_model(path, "decoder", codec_kinds()), device.device(),
                             {.threads = device.threads, .static_states = true});
  if (codec.fingerprint().hash != model.decoder) {
    fail("decoder", fmt::format("{} is model {:08x}, and these codes are for {:08x}", path,
                                codec.fingerprint().hash, model.decoder));
  }
  return codec;
}

train::CodeSet encode_pictures(models::PictureCodec& codec, const models::DdcmSettings& settings,
                               const data::Pictures& pictures, int64_t n) {
  n = std::min(n, pictures.count());
  Status status(fmt::format("codes of {} pictures", n));
  train::CodeSet set;
  const auto values = static_cast<size_t>(pictures.numel());
  for (int64_t first = 0; first < n; first += at_once) {
    const auto rows = static_cast<size_t>(std::min(at_once, n - first));
    const std::span<const uint8_t> part =
        std::span(pictures.pixels).subspan(static_cast<size_t>(first) * values, rows * values);
    for (models::DdcmFile& file : codec.encode(part, settings)) {
      set.codes.push_back(std::move(file.code));
    }
    status.show(first + static_cast<int64_t>(rows), n);
  }
  const auto labels =
      std::span(pictures.labels).first(static_cast<size_t>(n) * pictures.attributes.size());
  set.labels.assign(labels.begin(), labels.end());
  return set;
}

std::vector<uint8_t> decode_codes(models::PictureCodec& codec, const models::DdcmSettings& settings,
                                  std::span<const models::DdcmCode> codes) {
  std::vector<uint8_t> pixels;
  for (size_t first = 0; first < codes.size(); first += at_once) {
    std::vector<models::DdcmFile> files;
    for (const models::DdcmCode& code :
         codes.subspan(first, std::min(size_t{at_once}, codes.size() - first))) {
      files.push_back({.settings = settings, .code = code});
    }
    const std::vector<uint8_t> part = codec.decode(files);
    pixels.insert(pixels.end(), part.begin(), part.end());
  }
  return pixels;
}

}  // namespace rivulet::cli
