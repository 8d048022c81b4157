#include "rivulet/live/tarflow_pictures/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/data/palette.h"
#include "rivulet/live/loaded.h"

namespace rivulet::live::tarflow_pictures {
namespace {

constexpr uint64_t label_stream = 91;  // of random numbers: labels that nobody chose
constexpr float no_likelihood = 1e4F;  // nats per dimension of what is not to be told from never

constexpr uint64_t noise_seed = 20241209;  // of what is added to pictures before they are inverted

/// Without threads a run is one slice of a frame's time.
int density_batch() { return Job::has_threads() ? 4 : 1; }

}  // namespace

LoadedModel::LoadedModel(const FileBytes& file, const Device& device)
    : LoadedModel(file, io::parse_safetensors(*file), device) {}

LoadedModel::LoadedModel(const FileBytes& file, const io::SafeTensors& read, const Device& device)
    : file_(file),
      device_(&device),
      model_(models::tarflow_model(read)),
      config_(model_.config()),
      parameters_(parameters_of(read)) {
  const nn::DitConfig& net = model_.pictures.net;
  if (net.side > most_side || config_.tokens > static_cast<int>(most_tokens)) {
    fail("weights", fmt::format("pictures of {0}x{0} in {1} tokens are more than this lab shows",
                                net.side, config_.tokens));
  }
  for (const io::NamedTensor& named : read.tensors) {
    if (std::ranges::all_of(named.tensor.span(), [](float v) { return std::isfinite(v); }))
      continue;
    fail("weights", "its numbers in \"" + named.name.substr(0, 64) + "\" are not finite");
  }
  // What is missing or of a wrong shape is found now.
  density_.emplace(read, density_batch(), device);
}

void LoadedModel::move_to(const Device& device) {
  device_ = &device;
  samplers_.clear();
  density_.reset();
}

Card LoadedModel::card() const {
  Card card;
  card.parameters = parameters_;
  card.model = model_;
  return card;
}

models::TarflowSampler& LoadedModel::sampler(int batch) {
  const auto found = samplers_.find(batch);
  if (found != samplers_.end()) return found->second;
  return samplers_
      .emplace(batch, models::TarflowSampler(io::parse_safetensors(*file_), batch, *device_))
      .first->second;
}

models::TarflowDensity& LoadedModel::density() {
  if (!density_) density_.emplace(io::parse_safetensors(*file_), density_batch(), *device_);
  return *density_;
}

std::vector<float> LoadedModel::rows(const PictureLabels& labels, int batch) const {
  return label_rows(config_.classes, labels, batch);
}

std::vector<float> LoadedModel::drawn_rows(const PictureLabels& labels, int batch,
                                           uint64_t seed) const {
  std::vector<float> out = rows(labels, batch);
  Rng rng(seed, label_stream);
  for (size_t i = 0; i < out.size(); ++i) {
    const int values = config_.classes[i % config_.classes.size()];
    const auto value = static_cast<float>(rng.below(static_cast<uint32_t>(values)));
    if (out[i] == static_cast<float>(values)) out[i] = value;
  }
  return out;
}

Scored score_some(LoadedModel& model, std::span<const float> rows, std::span<const float> y,
                  bool encode, bool score) {
  models::TarflowDensity& density = model.density();
  const auto d = static_cast<size_t>(model.pixels());
  const auto batch = static_cast<size_t>(density.batch());
  const size_t count = y.size() / d;
  Scored found;
  std::vector<float> in(batch * d);
  std::vector<float> out(batch * d);
  std::vector<float> log_q(batch);
  if (count == 0) return found;
  const size_t attributes = rows.size() / count;
  std::vector<float> labels(batch * attributes);
  for (size_t first = 0; first < count; first += batch) {
    const size_t here = std::min(batch, count - first);
    for (size_t i = 0; i < batch; ++i) {  // what is left over is the last picture again
      const size_t k = first + std::min(i, here - 1);
      std::ranges::copy(y.subspan(k * d, d), in.begin() + static_cast<std::ptrdiff_t>(i * d));
      std::ranges::copy(rows.subspan(k * attributes, attributes),
                        labels.begin() + static_cast<std::ptrdiff_t>(i * attributes));
    }
    const auto end = out.begin() + static_cast<std::ptrdiff_t>(here * d);
    if (encode) {
      density.encode(labels, in, out, log_q);
      found.z.insert(found.z.end(), out.begin(), end);
      for (size_t i = 0; i < here; ++i) {
        found.nats.push_back(-log_q[i] / static_cast<float>(d));
      }
    }
    if (!score) continue;
    density.score(labels, in, out);
    const float variance = model.model().sigma * model.model().sigma;
    for (float& v : out) v *= variance;
    found.moved.insert(found.moved.end(), out.begin(), end);
  }
  mend(found.z);
  mend(found.nats, no_likelihood);
  mend(found.moved);
  return found;
}

std::vector<float> cleaned(const models::TarflowModel& model, std::span<const float> y,
                           std::span<const float> moved) {
  std::vector<float> clean(y.begin(), y.end());
  for (size_t k = 0; k < clean.size(); ++k) clean[k] += moved[k];
  const auto d = static_cast<size_t>(model.pixels());
  for (size_t first = 0; first < clean.size(); first += d) {
    data::snap_to_palette(std::span(clean).subspan(first, d), model.pictures.palette);
  }
  return clean;
}

std::vector<float> with_noise(const models::TarflowModel& model, std::vector<float> x, int64_t i) {
  models::tarflow_noise(model, x, noise_seed, i);
  return x;
}

void mend(std::span<float> values, float instead) {
  for (float& v : values) v = std::isfinite(v) ? v : instead;
}

}  // namespace rivulet::live::tarflow_pictures
