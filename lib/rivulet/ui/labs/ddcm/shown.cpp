// What the eye sees: pictures glide to where the newest steps are.
#include <algorithm>
#include <cmath>

#include "rivulet/metrics/fidelity.h"
#include "rivulet/ui/labs/ddcm/lab.h"

namespace rivulet::ui {
namespace {

constexpr float residual_gain = 3;  // small differences are to be seen

}  // namespace

/// The step before which the picture is shown, or all of them.
int DdcmLab::shown_step() const {
  const ddcm::CodeTrace& trace = engine_->trace();
  if (trace.known == 0) return 0;
  const float at = state_.time * static_cast<float>(trace.steps);
  return std::min(static_cast<int>(at + 1e-3F), trace.known - 1);
}

/// Place, belief and what is missing at the time that the visitor has chosen.
void DdcmLab::ease_trace(float part, std::span<const float> source) {
  const ddcm::CodeTrace& trace = engine_->trace();
  psnr_ = 0;
  if (trace.known == 0 || trace.side != side()) return;
  const int k = shown_step();
  const float at = state_.time * static_cast<float>(trace.steps);
  const float s = std::clamp(at - static_cast<float>(k), 0.0F, 1.0F);
  std::vector<float> place(trace.place(k).begin(), trace.place(k).end());
  if (k + 1 < trace.known) {
    const std::span<const float> next = trace.place(k + 1);
    for (size_t i = 0; i < place.size(); ++i) place[i] += s * (next[i] - place[i]);
  }
  const std::span<const float> belief = trace.belief(k);
  atlas_.ease(ddcm::place_slot, place, part);
  atlas_.ease(ddcm::belief_slot, belief, part);
  if (source.size() != belief.size()) return;
  std::vector<uint8_t> pixels(belief.size());
  data::to_pixels(belief, pixels);
  psnr_ = static_cast<float>(metrics::psnr(this->source(), pixels));
  std::vector<float> residual(belief.size());
  for (size_t i = 0; i < residual.size(); ++i) {
    residual[i] = std::clamp(residual_gain * (source[i] - belief[i]), -1.0F, 1.0F);
  }
  atlas_.ease(ddcm::residual_slot, residual, part);
}

void DdcmLab::ease_pictures(const Ui& ui) {
  atlas_.resize(ddcm::slot_count, side(), 3);
  const float quick = 1 - std::exp(-32 * ui.dt);
  const auto samples = static_cast<int>(std::min<int64_t>(samples_.count(), ddcm::sample_count));
  for (int i = 0; i < samples && samples_.side == side(); ++i) {
    if (!atlas_.shown(ddcm::sample_slot + i).empty()) continue;
    std::vector<float> values(static_cast<size_t>(samples_.numel()));
    data::to_model(samples_.picture(i), values);
    atlas_.ease(ddcm::sample_slot + i, values, 1);
  }
  const std::vector<float> source = source_values();
  if (!source.empty()) {
    atlas_.ease(ddcm::source_slot, source, editor_.pen_down() ? 1.0F : quick);
    if (state_.view == ddcm::View::restore) {
      atlas_.ease(ddcm::seen_slot, models::damaged(measurement(), source), quick);
    }
  }
  if (state_.view != ddcm::View::plane) ease_trace(quick, source);
  atlas_.upload(ui);
}

}  // namespace rivulet::ui
