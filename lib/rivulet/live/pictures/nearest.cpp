#include "rivulet/live/pictures/nearest.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "rivulet/core/error.h"
#include "rivulet/io/png.h"

namespace rivulet::live::pictures {

bool TrainingSheet::set(const FileBytes& file) {
  if (file == file_) return false;
  file_ = file;
  pictures_.reset();
  return true;
}

Nearest TrainingSheet::nearest(const Trace& trace) {
  Nearest found{.trace = trace.run, .values = {}};
  if (!pictures_) read(trace.side, trace.channels);
  if (pictures_->side == trace.side && pictures_->channels == trace.channels) {
    const size_t pixels = trace.places.size() / static_cast<size_t>(trace.steps + 1);
    search(std::span(trace.places).last(pixels), found);
  }
  return found;
}

/// A sheet that is damaged counts as an empty one: the lab then speaks of no neighbour.
void TrainingSheet::read(int side, int channels) {
  pictures_.emplace();
  try {
    pictures_ = data::cut_sheet(io::decode_png(*file_, channels), side, channels);
  } catch (const Error&) {
    pictures_->side = 0;
  }
}

void TrainingSheet::search(std::span<const float> picture, Nearest& found) const {
  std::vector<float> seen(picture.size());
  for (size_t k = 0; k < seen.size(); ++k) {
    seen[k] = std::isfinite(picture[k]) ? std::clamp(picture[k], -1.0F, 1.0F) * 127.5F + 127.5F : 0;
  }
  float least = 0;
  int64_t best = -1;
  for (int64_t i = 0; i < pictures_->count(); ++i) {
    const std::span<const uint8_t> other = pictures_->picture(i);
    float sum = 0;
    for (size_t k = 0; k < seen.size(); ++k) {
      const float difference = seen[k] - static_cast<float>(other[k]);
      sum += difference * difference;
    }
    if (best < 0 || sum < least) {
      best = i;
      least = sum;
    }
  }
  if (best < 0) return;
  found.count = static_cast<int>(pictures_->count());
  found.distance = std::sqrt(least / static_cast<float>(seen.size())) / 255;
  found.values.resize(seen.size());
  data::to_model(pictures_->picture(best), found.values);
}

}  // namespace rivulet::live::pictures
