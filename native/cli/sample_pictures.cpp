#include "cli/sample_pictures.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/classes.h"
#include "cli/codes.h"
#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/models/kind.h"
#include "rivulet/models/pictures.h"

namespace rivulet::cli {
namespace {

constexpr uint64_t label_stream = uint64_t{1} << 62;  // beyond the streams of the noises
constexpr int most_at_once = 64;                      // in one evaluation

Drawn draw_flow(const io::SafeTensors& file, const PictureSample& options,
                const DeviceOptions& device, const CompileOptions& compile) {
  const int batch = std::min(options.n, most_at_once);
  models::PictureSampler sampler(file, batch, device.device(), compile);
  Drawn drawn{.about = models::picture_net(file.metadata),
              .steps = options.steps.value_or(1),
              .labels = picture_labels(sampler.model().pictures.attributes, options),
              .pixels = {}};
  drawn.pixels =
      draw_rows(drawn, options, batch, [&](std::span<const float> labels, std::span<float> x) {
        sampler.sample({.labels = {labels.begin(), labels.end()},
                        .guidance = options.guidance,
                        .steps = drawn.steps},
                       x);
      });
  return drawn;
}

Drawn draw_codes(const io::SafeTensors& file, const PictureSample& options,
                 const DeviceOptions& device, const CompileOptions& compile) {
  if (options.guidance != 1) fail("sample", "--guidance is for models of flow");
  if (options.sampler || !options.towards.empty()) {
    fail("sample", "--sampler and --towards are for models of flow and of denoising diffusion");
  }
  if (options.steps) fail("sample", "--steps: there are as many as codes have tokens");
  models::CodeSampler sampler(file, std::min(options.n, most_at_once), device.device(), compile);
  const models::CodeModel& model = sampler.model();
  models::PictureCodec codec =
      open_decoder(decoder_path(options.decoder, model.dataset), model, device);
  Drawn drawn{.about = {.net = codec.model().pictures.net,
                        .dataset = model.dataset,
                        .attributes = model.attributes,
                        .palette = codec.model().pictures.palette},
              .steps = model.settings.codes,
              .labels = picture_labels(model.attributes, options),
              .pixels = {}};
  const std::vector<models::DdcmCode> codes =
      sampler.sample(drawn.labels, options.n, options.temperature, options.seed);
  drawn.pixels = decode_codes(codec, model.settings, codes);
  if (model.settings == models::uuid_settings()) {
    for (const models::DdcmCode& code : codes) {
      drawn.uuids.push_back(models::uuid_text(models::uuid_of(code)));
    }
  }
  return drawn;
}

}  // namespace

std::vector<uint8_t> draw_rows(const Drawn& drawn, const PictureSample& options, int batch,
                               const SampleRows& sample) {
  const auto values = static_cast<size_t>(drawn.about.net.pixels());
  const size_t attributes = drawn.about.net.classes.size();
  std::vector<uint8_t> pixels(static_cast<size_t>(options.n) * values);
  std::vector<float> x(static_cast<size_t>(batch) * values);
  std::vector<float> labels(static_cast<size_t>(batch) * attributes);
  for (int first = 0; first < options.n; first += batch) {
    const auto rows = static_cast<size_t>(std::min(batch, options.n - first));
    for (size_t row = 0; row < rows; ++row) {
      models::picture_noise(options.seed, first + static_cast<int64_t>(row),
                            std::span(x).subspan(row * values, values));
    }
    std::ranges::copy(
        std::span(drawn.labels).subspan(static_cast<size_t>(first) * attributes, rows * attributes),
        labels.begin());
    sample(labels, x);
    data::to_pixels(std::span(x).first(rows * values),
                    std::span(pixels).subspan(static_cast<size_t>(first) * values, rows * values));
  }
  return pixels;
}

std::vector<float> picture_labels(const std::vector<data::Attribute>& attributes,
                                  const PictureSample& options) {
  std::vector<float> labels(static_cast<size_t>(options.n) * attributes.size());
  Rng rng(options.seed, label_stream);
  for (size_t i = 0; i < labels.size(); ++i) {
    const size_t values = attributes[i % attributes.size()].values.size();
    labels[i] = static_cast<float>(rng.below(static_cast<uint32_t>(values)));
  }
  for (const std::string& text : options.classes) {
    const ClassChoice choice = class_choice(attributes, text);
    for (size_t i = choice.attribute; i < labels.size(); i += attributes.size()) {
      labels[i] = static_cast<float>(choice.value);
    }
  }
  return labels;
}

Drawn draw_pictures(const io::SafeTensors& file, const PictureSample& options,
                    const DeviceOptions& device) {
  const CompileOptions compile{.threads = device.threads, .static_states = true};
  const models::ModelKind kind = models::kind_of(file.metadata);
  if (kind == models::ModelKind::code) return draw_codes(file, options, device, compile);
  if (kind == models::ModelKind::tarflow) return draw_tarflow(file, options, device);
  if (options.sampler && *options.sampler >= Sampler::sequential) {
    fail("sample", "sequential, jacobi and gsj invert a TarFlow: this is another model");
  }
  const bool is_ddpm = kind == models::ModelKind::diffusion;
  const Sampler usual = !options.towards.empty() ? Sampler::codes
                        : is_ddpm                ? Sampler::ddpm
                                                 : Sampler::flow;
  const Sampler sampler = options.sampler.value_or(usual);
  if (is_ddpm && sampler == Sampler::flow) {
    fail("sample", "a model of denoising diffusion has no flow: --sampler ddpm, ddim or codes");
  }
  if (!options.towards.empty() && sampler != Sampler::codes) {
    fail("sample", "a judge chooses among codes only: --towards goes with --sampler codes");
  }
  return sampler == Sampler::flow ? draw_flow(file, options, device, compile)
                                  : draw_diffusion(file, sampler, options, device);
}

io::Image sheet_of(const Drawn& drawn) {
  const nn::DitConfig& net = drawn.about.net;
  const auto count = static_cast<double>(drawn.pixels.size()) / static_cast<double>(net.pixels());
  const int columns = static_cast<int>(std::ceil(std::sqrt(count)));
  const int zoom = std::clamp(768 / (columns * net.side), 1, 16);
  return data::contact_sheet(drawn.pixels, net.side, net.channels, columns, zoom, 1);
}

}  // namespace rivulet::cli
