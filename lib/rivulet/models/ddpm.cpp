#include "rivulet/models/ddpm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/core/range.h"
#include "rivulet/models/inputs.h"

namespace rivulet::models {
namespace {

/// Division by less would amplify a network's errors without limit; x0hat is clipped anyway.
constexpr float least_abar = 1e-3F;

NoiseLevel cosine_of(double t) {
  const double angle = t * std::numbers::pi / 2;
  return {.abar = static_cast<float>(std::cos(angle)), .bbar = static_cast<float>(std::sin(angle))};
}

/// The time that a network of this prediction is told: 0 noise, 1 data.
float told_time(Prediction prediction, NoiseLevel level) {
  if (prediction == Prediction::flow) return level.abar / (level.abar + level.bbar);
  const double angle = std::atan2(double{level.bbar}, double{level.abar});
  return static_cast<float>(1 - angle * 2 / std::numbers::pi);
}

}  // namespace

NoiseLevel cosine_level(float t) {
  need("noise level", "t", t, 0, 1);
  if (t == 0) return clean;
  return t == 1 ? pure_noise : cosine_of(double{t});
}

std::vector<NoiseLevel> noise_levels(int steps, float rho) {
  need("noise levels", "steps", steps, 1, 100'000);
  need("noise levels", "rho", rho, 0.25F, 8);
  std::vector<NoiseLevel> levels{pure_noise};
  for (int i = 1; i < steps; ++i) {
    levels.push_back(cosine_of(std::pow(1 - static_cast<double>(i) / steps, double{rho})));
  }
  levels.push_back(clean);
  return levels;
}

Posterior ddpm_step(NoiseLevel t, NoiseLevel s) {
  const double alpha = double{t.abar} / s.abar;
  const double bbar_t2 = double{t.bbar} * t.bbar;
  const double bbar_s2 = double{s.bbar} * s.bbar;
  const double beta2 = (bbar_t2 - bbar_s2) / (double{s.abar} * s.abar);  // 1 - alpha^2, digits kept
  return {.of_x_t = static_cast<float>(alpha * bbar_s2 / bbar_t2),
          .of_x_0 = static_cast<float>(s.abar * beta2 / bbar_t2),
          .sigma = static_cast<float>(std::sqrt(bbar_s2 * beta2 / bbar_t2))};
}

Posterior ddim_step(NoiseLevel t, NoiseLevel s) {
  const float kept = s.bbar / t.bbar;
  return {.of_x_t = kept, .of_x_0 = s.abar - kept * t.abar, .sigma = 0};
}

Denoise perfect_denoiser(std::vector<float> points, int64_t dimensions) {
  const auto d = static_cast<size_t>(dimensions);
  if (dimensions < 1 || points.empty() || points.size() % d != 0) {
    fail("perfect denoiser", std::to_string(points.size()) + " numbers are no points of " +
                                 std::to_string(dimensions) + " dimensions");
  }
  return [points = std::move(points), d](std::span<const float> x, NoiseLevel level,
                                         std::span<float> x0) {
    const size_t count = points.size() / d;
    const double scale = 0.5 / std::max(double{level.bbar} * level.bbar, 1e-12);
    std::vector<double> exponent(count);
    for (size_t row = 0; row < x.size(); row += d) {
      for (size_t i = 0; i < count; ++i) {
        double distance = 0;
        for (size_t j = 0; j < d; ++j) {
          const double gap = double{x[row + j]} - double{level.abar} * points[i * d + j];
          distance += gap * gap;
        }
        exponent[i] = -distance * scale;
      }
      const double largest = *std::ranges::max_element(exponent);
      std::vector<double> sum(d);
      double total = 0;
      for (size_t i = 0; i < count; ++i) {
        const double p = std::exp(exponent[i] - largest);
        total += p;
        for (size_t j = 0; j < d; ++j) sum[j] += p * points[i * d + j];
      }
      for (size_t j = 0; j < d; ++j) x0[row + j] = static_cast<float>(sum[j] / total);
    }
  };
}

void x0_of(Prediction prediction, NoiseLevel level, std::span<const float> x,
           std::span<float> out) {
  const auto [abar, bbar] = level;
  const float sum = abar + bbar;
  const float left = bbar / sum;  // 1 - flow time
  for (size_t i = 0; i < out.size(); ++i) {
    switch (prediction) {
      case Prediction::eps:
        out[i] = (x[i] - bbar * out[i]) / std::max(abar, least_abar);
        break;
      case Prediction::x0:
        break;
      case Prediction::v:
        out[i] = abar * x[i] - bbar * out[i];
        break;
      case Prediction::flow:
        out[i] = x[i] / sum + left * out[i];
        break;
    }
  }
}

struct PictureDenoiser::Impl {
  DiffusionModel model;
  int batch;
  Program program;
  std::vector<float> labels;  // [K] or [n,K]
  std::vector<float> rows;    // [batch,D], the inputs of one run
  std::vector<float> told;    // [batch,K]

  void fill_labels(size_t first);
};

PictureDenoiser::PictureDenoiser(const io::SafeTensors& file, int batch, const Device& device,
                                 const CompileOptions& options) {
  need("denoiser", "batch", batch, 1, 4096);
  DiffusionModel model = diffusion_model(file);
  Program program = compile_picture_model(model.pictures.net, file, batch, device, options);
  std::vector<float> any = model.any();
  const auto values = static_cast<size_t>(batch * model.pixels());
  const size_t told = static_cast<size_t>(batch) * any.size();
  impl_ = std::make_unique<Impl>(Impl{.model = std::move(model),
                                      .batch = batch,
                                      .program = std::move(program),
                                      .labels = std::move(any),
                                      .rows = std::vector<float>(values),
                                      .told = std::vector<float>(told)});
}
PictureDenoiser::PictureDenoiser(PictureDenoiser&&) noexcept = default;
PictureDenoiser& PictureDenoiser::operator=(PictureDenoiser&&) noexcept = default;
PictureDenoiser::~PictureDenoiser() = default;

const DiffusionModel& PictureDenoiser::model() const { return impl_->model; }
int PictureDenoiser::batch() const { return impl_->batch; }
int64_t PictureDenoiser::flops() const { return impl_->program.flops(); }

void PictureDenoiser::condition(std::span<const float> labels) {
  const std::vector<int>& classes = impl_->model.pictures.net.classes;
  const size_t attributes = classes.size();
  if (attributes == 0 ? !labels.empty() : labels.empty() || labels.size() % attributes != 0) {
    fail("denoiser", std::to_string(labels.size()) + " labels for pictures of " +
                         std::to_string(attributes) + " attributes");
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    need("denoiser", "label", labels[i], 0, static_cast<float>(classes[i % attributes]));
  }
  impl_->labels.assign(labels.begin(), labels.end());
}

/// Labels of the rows of a run that begins with row `first`.
void PictureDenoiser::Impl::fill_labels(size_t first) {
  const size_t attributes = model.pictures.net.classes.size();
  if (attributes == 0) return;
  const size_t known = labels.size() / attributes;
  for (size_t row = 0; row < static_cast<size_t>(batch); ++row) {
    const size_t from = known == 1 ? 0 : std::min(first + row, known - 1);
    std::copy_n(labels.begin() + static_cast<std::ptrdiff_t>(from * attributes), attributes,
                told.begin() + static_cast<std::ptrdiff_t>(row * attributes));
  }
  write_labels(program, told);
}

void PictureDenoiser::operator()(std::span<const float> x, NoiseLevel level, std::span<float> x0) {
  Impl& self = *impl_;
  const auto d = static_cast<size_t>(self.model.pixels());
  if (x.size() != x0.size() || x.size() % d != 0) {
    fail("denoiser",
         std::to_string(x.size()) + " pixels are no whole pictures of " + std::to_string(d));
  }
  const Prediction prediction = self.model.prediction;
  const float scale = prediction == Prediction::flow ? 1 / (level.abar + level.bbar) : 1;
  const float t = told_time(prediction, level);
  const float zero = 0;
  const float one = 1;
  for (size_t first = 0; first < x.size(); first += self.rows.size()) {
    const std::span<const float> part =
        x.subspan(first, std::min(self.rows.size(), x.size() - first));
    std::ranges::transform(part, self.rows.begin(), [&](float value) { return value * scale; });
    self.fill_labels(first / d);
    self.program.write(input::x, self.rows);
    self.program.write(input::t, {&t, 1});
    self.program.write(input::d, {&zero, 1});
    self.program.write(input::guidance, {&one, 1});
    self.program.run();
    const std::span<float> out = x0.subspan(first, part.size());
    std::ranges::copy(self.program.read("v").first(part.size()), out.begin());
    x0_of(prediction, level, part, out);
    for (float& value : out) value = std::clamp(value, -1.0F, 1.0F);
  }
}

void sample_ddpm(const Denoise& denoise, const Ancestral& how, std::span<float> x,
                 int64_t dimensions) {
  const std::vector<NoiseLevel> levels = noise_levels(how.steps, how.rho);
  const auto d = static_cast<size_t>(dimensions);
  std::vector<float> x0(x.size());
  std::vector<float> z(d);
  std::vector<Rng> streams;
  for (size_t row = 0; row * d < x.size(); ++row) {
    streams.push_back(Rng(how.seed, row).fork(0));  // not the stream of picture_noise
  }
  for (size_t i = 0; i + 1 < levels.size(); ++i) {
    denoise(x, levels[i], x0);
    const Posterior q =
        how.ddim ? ddim_step(levels[i], levels[i + 1]) : ddpm_step(levels[i], levels[i + 1]);
    for (size_t row = 0; row < streams.size(); ++row) {
      const float scale = how.noise * q.sigma;
      if (scale > 0) streams[row].normal(z);
      for (size_t j = 0; j < d; ++j) {
        float& value = x[row * d + j];
        value = q.of_x_t * value + q.of_x_0 * x0[row * d + j] + scale * z[j];
      }
    }
  }
}

}  // namespace rivulet::models
