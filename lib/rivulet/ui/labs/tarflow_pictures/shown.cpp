// What the eye sees: pictures glide to where the newest runs are.
#include <algorithm>
#include <cmath>

#include "rivulet/models/pictures.h"
#include "rivulet/ui/labs/tarflow_pictures/lab.h"

namespace rivulet::ui {
namespace {

constexpr float score_gain = 4;       // what is small is to be seen
constexpr float difference_gain = 2;  // the same
constexpr float noise_gain = 0.4F;    // standard normal numbers within -1..1

std::vector<float> times(std::span<const float> values, float gain) {
  std::vector<float> out(values.begin(), values.end());
  for (float& v : out) v = std::clamp(v * gain, -1.0F, 1.0F);
  return out;
}

}  // namespace

/// The grid, and one picture of it with its score; noise until there are samples.
void TarflowPicturesLab::ease_samples(float part) {
  const auto d = static_cast<size_t>(side() * side() * channels());
  const tarflow_pictures::Sheet& sheet = engine_->sheet();
  const bool fits = sheet.run > 0 && sheet.side == side() && sheet.channels == channels();
  if (!fits &&
      (noise_seed_ != state_.seed || noise_.size() != d * tarflow_pictures::sample_count)) {
    noise_seed_ = state_.seed;
    noise_.resize(d * tarflow_pictures::sample_count);
    for (size_t i = 0; i < tarflow_pictures::sample_count; ++i) {
      models::picture_noise(state_.seed, static_cast<int64_t>(i),
                            std::span(noise_).subspan(i * d, d));
    }
  }
  const bool moving = sheet.stage == tarflow_pictures::Sheet::Stage::sampling;
  for (int i = 0; i < count_; ++i) {
    const auto noise = std::span(noise_);
    if (fits && i < sheet.count) {
      atlas_.ease(tarflow_pictures::grid_slot + i, sample_values(i), moving ? 1 : part);
    } else if (noise.size() == d * tarflow_pictures::sample_count) {
      atlas_.ease(tarflow_pictures::grid_slot + i, noise.subspan(static_cast<size_t>(i) * d, d), 1);
    }
  }
  if (!fits || state_.chosen >= sheet.count) return;
  atlas_.ease(tarflow_pictures::raw_slot, sheet.of(sheet.raw, state_.chosen), 1);
  if (state_.chosen >= sheet.denoised()) return;
  const auto moved = sheet.of(sheet.moved, state_.chosen);
  atlas_.ease(tarflow_pictures::score_slot, times(moved, score_gain), part);
  std::vector<float> clean(moved.begin(), moved.end());
  const auto raw = sheet.of(sheet.raw, state_.chosen);
  for (size_t i = 0; i < clean.size(); ++i) clean[i] += raw[i];
  const auto snapped = sheet.of(sheet.clean, state_.chosen);
  atlas_.ease(tarflow_pictures::clean_slot, state_.snap ? snapped : std::span<const float>(clean),
              part);
}

/// A picture, its noise as it is after the changes, and what comes back.
void TarflowPicturesLab::ease_latent(float part) {
  const std::vector<float> source = source_values();
  if (!source.empty()) {
    atlas_.ease(tarflow_pictures::source_slot, source, editor_.pen_down() ? 1.0F : part);
  }
  const tarflow_pictures::Latent& latent = engine_->latent();
  if (latent.run == 0 || latent.side != side() || latent.channels != channels()) return;
  if (!latent.edited.empty()) {
    atlas_.ease(tarflow_pictures::noise_slot, times(latent.edited, noise_gain), part);
  }
  if (latent.back.empty()) return;
  const bool finished = latent.stage == tarflow_pictures::Latent::Stage::finished;
  std::vector<float> back = latent.back;
  if (finished && state_.denoise) {
    for (size_t i = 0; i < back.size(); ++i) back[i] += latent.moved[i];
    if (state_.snap) back = latent.clean;
  }
  // While one answer follows the other, only whole ones are shown.
  if (finished || latent.answer == 0) atlas_.ease(tarflow_pictures::back_slot, back, part);
  if (!finished || source.size() != back.size()) return;
  for (size_t i = 0; i < back.size(); ++i) back[i] -= source[i];
  atlas_.ease(tarflow_pictures::difference_slot, times(back, difference_gain), part);
}

void TarflowPicturesLab::ease_pictures(const Ui& ui) {
  atlas_.resize(tarflow_pictures::slot_count, side(), channels());
  const float soft = 1 - std::exp(-16 * ui.dt);
  const float quick = 1 - std::exp(-32 * ui.dt);
  const auto held =
      static_cast<int>(std::min<int64_t>(held_out_.count(), tarflow_pictures::held_out_count));
  for (int i = 0; i < held; ++i) {
    if (atlas_.shown(tarflow_pictures::held_slot + i).empty()) {
      atlas_.ease(tarflow_pictures::held_slot + i, held_out_values(i), 1);
    }
  }
  if (state_.view == View::sample) ease_samples(soft);
  if (state_.view == View::latent) ease_latent(quick);
  if (state_.view == View::likelihood) {
    const auto d = static_cast<size_t>(side() * side() * channels());
    for (int i = 0; i < tarflow_pictures::disguises; ++i) {
      const auto& picture = engine_->likelihood().suspects[static_cast<size_t>(i)].picture;
      if (picture.size() == d) atlas_.ease(tarflow_pictures::suspect_slot + i, picture, quick);
    }
  }
  atlas_.upload(ui);
}

}  // namespace rivulet::ui
