#include "rivulet/models/picture_codec.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/data/pictures.h"

namespace rivulet::models {
namespace {

constexpr size_t largest_batch = 64;  // rows of one evaluation

}  // namespace

Beam beam_of(int effort) {
  need("encode", "effort", effort, 1, max_effort);
  return {.beams = 4 << (effort - 1), .candidates = 4};
}

struct PictureCodec::Impl {
  io::SafeTensors file;
  const Device* device;
  CompileOptions options;
  DiffusionModel model;
  DdcmModel fingerprint;
  std::map<size_t, PictureDenoiser> denoisers;  // by their batch
  DdcmTimes times;

  [[nodiscard]] size_t pixels() const { return static_cast<size_t>(model.pixels()); }

  /// For so many rows at once, under these labels.
  Denoise denoiser(size_t rows, const std::vector<int>& labels) {
    const size_t batch = std::min(rows, largest_batch);
    auto found = denoisers.find(batch);
    if (found == denoisers.end()) {
      found =
          denoisers.emplace(batch, PictureDenoiser(file, static_cast<int>(batch), *device, options))
              .first;
    }
    found->second.condition(labels.empty() ? model.any()
                                           : std::vector<float>(labels.begin(), labels.end()));
    return std::ref(found->second);
  }
  DdcmResult finish(DdcmRun run, const CodeTick& tick) {
    while (run.step()) {
      if (tick) tick(run.seen().step + 1, run.seen().steps);
    }
    times.network += run.times().network;
    times.codebook += run.times().codebook;
    times.search += run.times().search;
    return run.finish();
  }
};

PictureCodec::PictureCodec(io::SafeTensors file, const Device& device,
                           const CompileOptions& options) {
  DiffusionModel model = diffusion_model(file);
  DdcmModel fingerprint{.hash = model_hash(file), .classes = model.pictures.net.classes};
  impl_ = std::make_unique<Impl>(Impl{.file = std::move(file),
                                      .device = &device,
                                      .options = options,
                                      .model = std::move(model),
                                      .fingerprint = std::move(fingerprint),
                                      .denoisers = {},
                                      .times = {}});
}
PictureCodec::PictureCodec(PictureCodec&&) noexcept = default;
PictureCodec& PictureCodec::operator=(PictureCodec&&) noexcept = default;
PictureCodec::~PictureCodec() = default;

const DiffusionModel& PictureCodec::model() const { return impl_->model; }
const DdcmModel& PictureCodec::fingerprint() const { return impl_->fingerprint; }
const DdcmTimes& PictureCodec::times() const { return impl_->times; }

std::vector<DdcmFile> PictureCodec::encode(std::span<const uint8_t> pictures,
                                           const DdcmSettings& settings,
                                           const std::vector<int>& labels, const CodeSearch& search,
                                           const CodeTick& tick) {
  const size_t d = impl_->pixels();
  const size_t n = pictures.size() / d;
  if (n == 0 || pictures.size() % d != 0) {
    fail("encode",
         std::to_string(pictures.size()) + " values are no whole pictures of " + std::to_string(d));
  }
  std::vector<float> x(pictures.size());
  data::to_model(pictures, x);
  std::vector<DdcmFile> files;
  const auto keep = [&](const DdcmResult& result) {
    for (const DdcmCode& code : result.codes) {
      files.push_back({.settings = settings, .labels = labels, .code = code});
    }
  };
  if (search.effort == 0) {
    const Ddcm ddcm(settings, impl_->denoiser(n, labels), impl_->model.pixels());
    keep(impl_->finish(ddcm.choose(pull_to(x), static_cast<int64_t>(n), search.choice, search.seed),
                       tick));
    return files;
  }
  const auto [beams, candidates] = beam_of(search.effort);
  const auto rows = static_cast<size_t>(beams) * static_cast<size_t>(candidates);
  const Ddcm ddcm(settings, impl_->denoiser(rows, labels), impl_->model.pixels());
  for (size_t i = 0; i < n; ++i) {
    const auto picture = std::span(x).subspan(i * d, d);
    keep(impl_->finish(ddcm.search({picture.begin(), picture.end()}, beams, candidates,
                                   colours_shown(impl_->model, settings)),
                       tick));
  }
  return files;
}

std::vector<uint8_t> PictureCodec::decode(const DdcmFile& file, const CodeTick& tick) {
  return decode(std::span(&file, 1), tick);
}

std::vector<uint8_t> PictureCodec::decode(std::span<const DdcmFile> files, const CodeTick& tick) {
  if (files.empty()) return {};
  std::vector<DdcmCode> codes;
  for (const DdcmFile& file : files) {
    if (file.settings != files[0].settings || file.labels != files[0].labels) {
      fail("decode", "codes of different settings or labels cannot be decoded together");
    }
    codes.push_back(file.code);
  }
  const Ddcm ddcm(files[0].settings, impl_->denoiser(files.size(), files[0].labels),
                  impl_->model.pixels());
  DdcmResult result = impl_->finish(ddcm.replay(std::move(codes)), tick);
  snap_colours(impl_->model, files[0].settings, result.x);
  std::vector<uint8_t> pixels(result.x.size());
  data::to_pixels(result.x, pixels);
  return pixels;
}

}  // namespace rivulet::models
