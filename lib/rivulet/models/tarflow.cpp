#include "rivulet/models/tarflow.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/core/range.h"
#include "rivulet/graph/autodiff.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/inputs.h"
#include "rivulet/models/pictures.h"
#include "rivulet/models/states.h"

namespace rivulet::models {

Value noisy_pictures(const TarflowModel& model, Value pictures, Value n) {
  if (model.noise == TarflowNoise::gaussian) return pictures + model.sigma * n;
  const Value u = 0.5F * (1.0F + erf(n * (1.0F / std::numbers::sqrt2_v<float>)));
  return ((pictures + 1.0F) * 127.5F + u) * (1.0F / 128) - 1.0F;
}

namespace {

const float log_257 = std::log(257.0F);

/// log(1 + w) of the byte w = 128 (x + 1).
Value log_level(Value pictures) { return log(128.0F * pictures + 129.0F); }

}  // namespace

float picture_of_tone(Tone tone, float y) {
  if (tone == Tone::linear) return y;
  const float bounded = std::min(y, 2.0F);  // far above all bytes
  return (std::exp((bounded + 1) * log_257 / 2) - 129) / 128;
}

nn::Flowed tarflow_of_pictures(const TarflowModel& model, nn::Params& params, Value pictures,
                               Value labels) {
  const auto flow = [&](Value toned) {
    return nn::tarflow(model.config(), params, nn::patchify(model.pictures.net, toned), labels);
  };
  if (model.tone == Tone::linear) return flow(pictures);
  const Value level = log_level(pictures);  // [B,D]
  nn::Flowed flowed = flow((2 / log_257) * level - 1.0F);
  // dy/dx = 256 / (log 257 (1 + w)) of each pixel
  const float constant = static_cast<float>(model.pixels()) * std::log(256 / log_257);
  flowed.log_det = flowed.log_det + (constant - sum(level, {1}));
  return flowed;
}

double bits_per_dim(double nats_per_dim) {
  return (nats_per_dim + std::log(128.0)) / std::numbers::ln2;
}

void tarflow_noise(const TarflowModel& model, std::span<float> x, uint64_t seed, int64_t i) {
  std::vector<float> n(x.size());
  picture_noise(seed, i, n);
  for (size_t k = 0; k < x.size(); ++k) {
    if (model.noise == TarflowNoise::gaussian) {
      x[k] += model.sigma * n[k];
    } else {
      const float u = 0.5F * (1.0F + std::erf(n[k] / std::numbers::sqrt2_v<float>));
      x[k] = ((x[k] + 1.0F) * 127.5F + u) / 128 - 1.0F;
    }
  }
}

struct TarflowDensity::Impl {
  TarflowModel model;
  int batch;
  const Device* device;
  CompileOptions options;
  Program forward;
  std::optional<Program> gradient = std::nullopt;  // when it is first asked for

  void write(Program& program, std::span<const float> labels, std::span<const float> y) const;
};

namespace {

Program compile_density(const TarflowModel& model, const io::SafeTensors& file, int batch,
                        const Device& device, const CompileOptions& options, bool gradient) {
  Graph graph;
  nn::Params params(graph, file);
  const Value y = graph.input("y", {batch, model.pixels()});
  const Value labels = labels_input(graph, batch, model.pictures.net.classes);
  const nn::Flowed flowed = tarflow_of_pictures(model, params, y, labels);
  const Value log_q = nn::log_density(flowed);
  if (gradient) {
    graph.output("score", grad(sum(log_q), y));
  } else {
    graph.output("log_q", log_q);
    graph.output("z", nn::unpatchify(model.pictures.net, flowed.z()));
  }
  return compile(graph, device, options);
}

}  // namespace

void TarflowDensity::Impl::write(Program& program, std::span<const float> labels,
                                 std::span<const float> y) const {
  const std::vector<int>& classes = model.pictures.net.classes;
  if (labels.size() != static_cast<size_t>(batch) * classes.size()) {
    fail("tarflow", std::to_string(labels.size()) + " labels for " + std::to_string(batch) +
                        " pictures of " + std::to_string(classes.size()) + " attributes");
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    need("tarflow", "label", labels[i], 0, static_cast<float>(classes[i % classes.size()]));
  }
  program.write("y", y);
  write_labels(program, labels);
}

TarflowDensity::TarflowDensity(const io::SafeTensors& file, int batch, const Device& device,
                               const CompileOptions& options) {
  need("tarflow", "batch", batch, 1, 4096);
  TarflowModel model = tarflow_model(file);
  Program forward = compile_density(model, file, batch, device, options, false);
  impl_ = std::make_unique<Impl>(Impl{.model = std::move(model),
                                      .batch = batch,
                                      .device = &device,
                                      .options = options,
                                      .forward = std::move(forward)});
}
TarflowDensity::TarflowDensity(TarflowDensity&&) noexcept = default;
TarflowDensity& TarflowDensity::operator=(TarflowDensity&&) noexcept = default;
TarflowDensity::~TarflowDensity() = default;

const TarflowModel& TarflowDensity::model() const { return impl_->model; }
int TarflowDensity::batch() const { return impl_->batch; }
int64_t TarflowDensity::flops() const { return impl_->forward.flops(); }

void TarflowDensity::encode(std::span<const float> labels, std::span<const float> y,
                            std::span<float> z, std::span<float> log_q) {
  Program& program = impl_->forward;
  impl_->write(program, labels, y);
  program.run();
  std::ranges::copy(program.read("z"), z.begin());
  std::ranges::copy(program.read("log_q"), log_q.begin());
}

void TarflowDensity::score(std::span<const float> labels, std::span<const float> y,
                           std::span<float> score) {
  Impl& self = *impl_;
  if (!self.gradient) {
    self.gradient = compile_density(self.model, states_of(self.forward), self.batch, *self.device,
                                    self.options, true);
  }
  self.write(*self.gradient, labels, y);
  self.gradient->run();
  std::ranges::copy(self.gradient->read("score"), score.begin());
}

void TarflowDensity::denoise(std::span<const float> labels, std::span<float> y) {
  std::vector<float> gradient(y.size());
  score(labels, y, gradient);
  const float variance = impl_->model.sigma * impl_->model.sigma;
  for (size_t i = 0; i < y.size(); ++i) y[i] += variance * gradient[i];
}

}  // namespace rivulet::models
