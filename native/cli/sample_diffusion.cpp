// Samples by denoising diffusion: ancestral, DDIM, or with the noise of a codebook.
#include <algorithm>
#include <iterator>
#include <optional>

#include "cli/classes.h"
#include "cli/sample_pictures.h"
#include "cli/sets.h"
#include "rivulet/core/error.h"
#include "rivulet/models/ddcm.h"
#include "rivulet/models/ddpm.h"
#include "rivulet/models/guide.h"

namespace rivulet::cli {
namespace {

/// Classifier-free guidance of x0hat, which costs two evaluations unless w = 1.
models::Denoise guided(models::PictureDenoiser& denoiser, std::span<const float> labels, float w) {
  return [&denoiser, labels, w, other = std::vector<float>()](
             std::span<const float> x, models::NoiseLevel level, std::span<float> x0) mutable {
    denoiser.condition(labels);
    denoiser(x, level, x0);
    if (w == 1 || labels.empty()) return;
    other.resize(x.size());
    denoiser.condition(denoiser.model().any());
    denoiser(x, level, other);
    for (size_t i = 0; i < x0.size(); ++i) {
      x0[i] = std::clamp(other[i] + w * (x0[i] - other[i]), -1.0F, 1.0F);
    }
  };
}

/// Steps whose noise is from a codebook of 2^bits vectors, all steps alike.
models::DdcmSettings code_settings(int steps, int bits, uint64_t seed) {
  return {.codes = std::clamp(steps - 1, 1, 1000),
          .bits = bits,
          .rho = 1,
          .noise = 1,
          .snap = false,
          .seed = static_cast<uint32_t>(seed)};
}

/// The labels that a judge is to see, [K], "any" where nothing is said.
std::vector<float> goal_of(const models::JudgeModel& judge, std::span<const std::string> towards) {
  std::vector<float> goal(judge.net.classes.begin(), judge.net.classes.end());
  for (const std::string& text : towards) {
    const ClassChoice choice = class_choice(judge.attributes, text);
    goal[choice.attribute] = static_cast<float>(choice.value);
  }
  return goal;
}

/// Draws rows of pictures one batch after another.
struct Painter {
  Sampler sampler;
  int steps;
  const PictureSample& options;
  models::PictureDenoiser denoiser;
  std::vector<float> labels;  // [n,K]
  std::optional<models::JudgeGradient> judge;
  std::vector<float> goal;  // [K] of the judge

  std::vector<float> paint(int64_t first, int64_t rows);
};

std::vector<float> Painter::paint(int64_t first, int64_t rows) {
  const models::DiffusionModel& model = denoiser.model();
  const auto d = static_cast<size_t>(model.pixels());
  const size_t k = model.pictures.net.classes.size();
  const models::Denoise denoise = guided(
      denoiser,
      std::span(labels).subspan(static_cast<size_t>(first) * k, static_cast<size_t>(rows) * k),
      options.guidance);
  if (judge) {  // each picture by a codebook of its own, or all would be alike
    const models::Ddcm codec(
        code_settings(steps, options.bits, options.seed + static_cast<uint64_t>(first)), denoise,
        model.pixels());
    return codec.choose(pull_towards(*judge, goal), rows).finish().x;
  }
  if (sampler == Sampler::codes) {
    const models::DdcmSettings settings = code_settings(steps, options.bits, options.seed);
    std::vector<models::DdcmCode> codes;
    codes.reserve(static_cast<size_t>(rows));
    for (int64_t i = 0; i < rows; ++i) {
      codes.push_back(random_code(settings, options.seed + static_cast<uint64_t>(first + i)));
    }
    return models::Ddcm(settings, denoise, model.pixels()).replay(codes).finish().x;
  }
  std::vector<float> x(static_cast<size_t>(rows) * d);
  for (int64_t i = 0; i < rows; ++i) {
    models::picture_noise(options.seed, first + i,
                          std::span(x).subspan(static_cast<size_t>(i) * d, d));
  }
  sample_ddpm(denoise,
              {.steps = steps,
               .ddim = sampler == Sampler::ddim,
               .seed = options.seed + static_cast<uint64_t>(first)},
              x, model.pixels());
  return x;
}

}  // namespace

Drawn draw_diffusion(const io::SafeTensors& file, Sampler sampler, const PictureSample& options,
                     const DeviceOptions& device) {
  constexpr int usual_steps = 100;
  constexpr int most = 64;  // pictures in one evaluation
  const bool towards = !options.towards.empty();
  const int batch = towards ? 1 : std::min(options.n, most);
  const CompileOptions compile{.threads = device.threads, .static_states = true};
  Painter painter{.sampler = sampler,
                  .steps = options.steps.value_or(usual_steps),
                  .options = options,
                  .denoiser = models::PictureDenoiser(file, batch, device.device(), compile),
                  .labels = {},
                  .judge = std::nullopt,
                  .goal = {}};
  const models::DiffusionModel& model = painter.denoiser.model();
  Drawn drawn{.about = models::picture_net(file.metadata),
              .steps = painter.steps,
              .labels = {},
              .pixels = {}};
  if (towards) {
    painter.judge.emplace(io::load_safetensors(shipped_model(
                              data::weights_file("judge", model.pictures.dataset), "--judge")),
                          batch, device.device(), compile);
    painter.goal = goal_of(painter.judge->model(), options.towards);
    // The judge alone decides: to the network every label is "any".
    for (int i = 0; i < options.n; ++i)
      std::ranges::copy(model.any(), std::back_inserter(drawn.labels));
  } else {
    drawn.labels = picture_labels(model.pictures.attributes, options);
  }
  painter.labels = drawn.labels;
  for (int first = 0; first < options.n; first += batch) {
    const std::vector<float> x = painter.paint(first, std::min(batch, options.n - first));
    const size_t done = drawn.pixels.size();
    drawn.pixels.resize(done + x.size());
    data::to_pixels(x, std::span(drawn.pixels).subspan(done));
  }
  return drawn;
}

}  // namespace rivulet::cli
