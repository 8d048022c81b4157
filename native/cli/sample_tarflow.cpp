// Samples of TarFlow: noise through the inverse of its blocks.
#include <algorithm>
#include <numeric>
#include <optional>

#include "cli/sample_pictures.h"
#include "rivulet/core/error.h"
#include "rivulet/data/palette.h"
#include "rivulet/models/tarflow_sampler.h"

namespace rivulet::cli {
namespace {

models::TarflowMethod method_of(const PictureSample& options) {
  switch (options.sampler.value_or(Sampler::sequential)) {
    case Sampler::sequential:
      return models::TarflowMethod::sequential;
    case Sampler::jacobi:
      return models::TarflowMethod::jacobi;
    case Sampler::gauss_seidel:
      return models::TarflowMethod::gauss_seidel;
    default:
      fail("sample", "a TarFlow is sampled by sequential, jacobi or gsj");
  }
}

models::TarflowRequest request_of(const PictureSample& options) {
  const TarflowSample& tarflow = options.tarflow;
  return {.method = method_of(options),
          .group = tarflow.group,
          .guidance = options.guidance,
          .form = models::tarflow_guidance_names.read(tarflow.guidance_form),
          .attention_temperature = tarflow.attention_temperature};
}

}  // namespace

Drawn draw_tarflow(const io::SafeTensors& file, const PictureSample& options,
                   const DeviceOptions& device) {
  constexpr int most = 16;  // pictures at once
  if (options.steps) fail("sample", "--steps: TarFlow has as many as tokens and sweeps need");
  if (!options.towards.empty()) fail("sample", "--towards is for models of diffusion");
  const CompileOptions compile{.threads = device.threads, .static_states = true};
  const int batch = std::min(options.n, most);
  models::TarflowSampler sampler(file, batch, device.device(), compile);
  const models::TarflowModel& model = sampler.model();
  std::optional<models::TarflowDensity> density;
  if (options.tarflow.denoise) {
    if (model.noise != models::TarflowNoise::gaussian) {
      fail("sample", "--denoise: the model was trained without Gaussian noise");
    }
    density.emplace(file, batch, device.device(), compile);
  }
  Drawn drawn{.about = model.pictures,
              .labels = picture_labels(model.pictures.attributes, options),
              .pixels = {}};
  models::TarflowRequest request = request_of(options);
  const auto pixels = static_cast<size_t>(model.pixels());
  drawn.pixels =
      draw_rows(drawn, options, batch, [&](std::span<const float> labels, std::span<float> x) {
        request.labels.assign(labels.begin(), labels.end());
        for (float& value : x) value *= options.temperature;
        const models::TarflowReport report = sampler.sample(request, x);
        if (drawn.runs.empty()) drawn.runs = report.runs;
        drawn.cut += report.cut;
        if (density) density->denoise(labels, x);
        if (!options.tarflow.snap) return;
        for (size_t first = 0; first < x.size(); first += pixels) {
          data::snap_to_palette(x.subspan(first, pixels), model.pictures.palette);
        }
      });
  drawn.steps = std::accumulate(drawn.runs.begin(), drawn.runs.end(), 0);
  return drawn;
}

}  // namespace rivulet::cli
