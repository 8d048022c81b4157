// What the eye sees: pictures glide to where the newest samples are.
#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/pictures/lab.h"

namespace rivulet::ui {

/// Those of the pictures in sight; the set's usual size until there are any.
int PicturesLab::pixel_side() const {
  const models::PictureModel* const known = model();
  return known ? known->pictures.net.side : state_.set->side;
}

int PicturesLab::channels() const {
  const models::PictureModel* const known = model();
  return known ? known->pictures.net.channels : state_.set->channels;
}

std::span<const float> PicturesLab::noise(int picture) {
  const auto pixels = static_cast<size_t>(pixel_side() * pixel_side() * channels());
  if (noise_seed_ != state_.wish.seed || noise_.size() != pixels * pictures::picture_count) {
    noise_seed_ = state_.wish.seed;
    noise_.resize(pixels * pictures::picture_count);
    for (int i = 0; i < pictures::picture_count; ++i) {
      models::picture_noise(state_.wish.seed, i,
                            std::span(noise_).subspan(static_cast<size_t>(i) * pixels, pixels));
    }
  }
  return std::span(noise_).subspan(static_cast<size_t>(picture) * pixels, pixels);
}

/// Slots from `first` show the sheet; while there is none, the noise it will begin from.
void PicturesLab::ease_sheet(int first, const pictures::Sheet& sheet, int count, float part) {
  const bool fits = sheet.run > 0 && sheet.side == pixel_side() && sheet.channels == channels();
  const bool one_noise = count != pictures::picture_count;
  for (int i = 0; i < count; ++i) {
    atlas_.ease(first + i, fits ? sheet.picture(i) : noise(one_noise ? state_.chosen : i), part);
  }
}

/// The large picture of a morph lies between two of its frames.
void PicturesLab::ease_morph(int side, float part) {
  const int first = pictures::morph_slot + side * pictures::morph_frames;
  const float at = state_.blend * (pictures::morph_frames - 1);
  const int k = std::min(static_cast<int>(at), pictures::morph_frames - 2);
  const float s = at - static_cast<float>(k);
  const std::span<const float> a = atlas_.shown(first + k);
  const std::span<const float> b = atlas_.shown(first + k + 1);
  std::vector<float> between(a.size());
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) between[i] = a[i] + s * (b[i] - a[i]);
  atlas_.ease(pictures::blend_slot + side, between, part);
}

/// Place and belief at the time that the visitor has chosen.
void PicturesLab::ease_trace(float part) {
  const pictures::Trace& trace = engine_->trace();
  const auto pixels = static_cast<size_t>(pixel_side() * pixel_side() * channels());
  const bool fits = trace.run > 0 && trace.known > 0 && trace.side == pixel_side() &&
                    trace.channels == channels();
  if (!fits) {
    atlas_.ease(pictures::place_slot, noise(state_.chosen), part);
    return;
  }
  const float at =
      std::min(state_.time * static_cast<float>(trace.steps), static_cast<float>(trace.known - 1));
  const auto k = static_cast<size_t>(at);
  const auto place = std::span(trace.places);
  std::vector<float> now(place.begin() + static_cast<std::ptrdiff_t>(k * pixels),
                         place.begin() + static_cast<std::ptrdiff_t>((k + 1) * pixels));
  if (k + 1 < static_cast<size_t>(trace.known)) {  // steps are straight lines
    const float s = at - static_cast<float>(k);
    for (size_t i = 0; i < pixels; ++i) now[i] += s * (place[(k + 1) * pixels + i] - now[i]);
  }
  atlas_.ease(pictures::place_slot, now, part);
  atlas_.ease(pictures::belief_slot, std::span(trace.beliefs).subspan(k * pixels, pixels), part);
  const pictures::Nearest& nearest = engine_->nearest();
  if (nearest.trace == trace.run && nearest.count > 0)
    atlas_.ease(pictures::nearest_slot, nearest.values, part);
}

void PicturesLab::ease_pictures(const Ui& ui) {
  atlas_.resize(pictures::slot_count, pixel_side(), channels());
  const float soft = 1 - std::exp(-16 * ui.dt);
  const float quick = 1 - std::exp(-32 * ui.dt);
  const bool grids =
      state_.view == pictures::View::grid ||
      (state_.view == pictures::View::morph && state_.morph == pictures::MorphKind::noise);
  for (const int side : shown_sides()) {
    if (grids) {
      ease_sheet(pictures::grid_slot + side * pictures::picture_count, engine_->grid(side),
                 pictures::picture_count, soft);
    }
    if (state_.view == pictures::View::steps) {
      ease_sheet(pictures::steps_slot + side * pictures::step_counts, engine_->steps(side),
                 pictures::columns_of(side), soft);
    }
    if (state_.view == pictures::View::morph) {
      ease_sheet(pictures::morph_slot + side * pictures::morph_frames, engine_->morph(side),
                 pictures::morph_frames, soft);
      ease_morph(side, quick);
    }
  }
  if (state_.view != pictures::View::morph) ease_trace(quick);
  atlas_.upload(ui);
}

}  // namespace rivulet::ui
