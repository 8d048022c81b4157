#include "rivulet/live/ddcm/code.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/core/error.h"
#include "rivulet/live/loaded.h"
#include "rivulet/models/picture_codec.h"

namespace rivulet::live::ddcm {
namespace {

std::span<float> piece(std::vector<float>& values, int64_t i, int64_t size) {
  return std::span(values).subspan(static_cast<size_t>(i * size), static_cast<size_t>(size));
}

}  // namespace

void CodeWork::clear() {
  run_.reset();
  ddcm_.reset();
  wish_.reset();
  trace_ = {};
}

void CodeWork::set(const CodeWish& wish, LoadedModel& model) {
  if (wish_ && *wish_ == wish) return;
  clear();
  wish_ = wish;
  trace_.run = ++runs_;
  try {
    begin(model);
  } catch (const Error& error) {
    run_.reset();
    trace_.error = error.what();
  }
}

void CodeWork::begin(LoadedModel& model) {
  const models::DiffusionModel& card = model.model();
  const CodeWish& wish = *wish_;
  const auto pixels = static_cast<size_t>(card.pixels());
  if (!wish.picture.empty() && wish.picture.size() != pixels) {
    fail("picture",
         fmt::format("{} numbers, the model's pictures have {}", wish.picture.size(), pixels));
  }
  seconds_ = 0;
  times_ = {};
  trace_.side = card.pictures.net.side;
  trace_.channels = card.pictures.net.channels;
  trace_.settings = wish.settings;
  trace_.labels = wish.labels;
  trace_.steps = wish.settings.codes + wish.settings.tail + 1;
  trace_.places.resize(static_cast<size_t>(trace_.steps + 1) * pixels);
  trace_.beliefs.resize(trace_.places.size());
  trace_.dots.resize(static_cast<size_t>(wish.settings.codes));
  pull_ = nullptr;
  if (wish.damage) {
    pull_ = models::pull_to_measurement(*wish.damage, models::damaged(*wish.damage, wish.picture));
  } else if (!wish.picture.empty()) {
    pull_ = models::pull_to(wish.picture);
  }
  searching_ = wish.effort > 0 && pull_ && !wish.damage &&
               wish.settings.form == models::CodeForm::single &&
               wish.choice == models::Choice::argmax;
  if (!searching_) {
    begin_steps(model);
    return;
  }
  trace_.searched = 0;
  const models::Beam beam = models::beam_of(wish.effort);
  ddcm_.emplace(wish.settings, model.denoise(beam.beams, wish.labels), card.pixels());
  run_ = ddcm_->search(wish.picture, beam.beams, beam.candidates,
                       models::colours_shown(card, wish.settings));
}

/// The steps that are shown: choosing, or the replay of a code.
void CodeWork::begin_steps(LoadedModel& model) {
  const CodeWish& wish = *wish_;
  ddcm_.emplace(wish.settings, model.denoise(1, wish.labels), model.model().pixels());
  if (!pull_) {
    run_ = ddcm_->replay({wish.code});
  } else if (searching_) {
    run_ = ddcm_->replay({trace_.code});
  } else {
    run_ = ddcm_->choose(pull_, 1, wish.choice, wish.settings.seed + uint64_t{1});
  }
}

void CodeWork::end_search(LoadedModel& model) {
  trace_.code = run_->finish().codes.at(0);
  trace_.searched = 1;
  times_ = run_->times();
  begin_steps(model);
}

bool CodeWork::advance(LoadedModel& model) {
  const auto start = Clock::now();
  const bool search = trace_.searched < 1;
  if (search && run_->finished()) {
    end_search(model);
    return true;
  }
  const bool stepped = run_->step_some(beam_rows());
  if (stepped && search) {
    trace_.searched = std::min(
        0.999F, static_cast<float>(run_->seen().step + 1) / static_cast<float>(trace_.steps));
  } else if (stepped) {
    note_step();
  }
  if (search || !searching_) seconds_ += seconds_since(start);
  if (!search && run_->finished()) finish(model.model());
  if (!stepped || (run_ && seconds_since(shown_) < look_seconds)) return false;
  shown_ = Clock::now();
  return true;
}

void CodeWork::note_step() {
  const models::DdcmStep& seen = run_->seen();
  const int64_t pixels = trace_.pixels();
  check_finite(seen.x0);
  std::ranges::copy(seen.x_t, piece(trace_.places, seen.step, pixels).begin());
  std::ranges::copy(seen.x0, piece(trace_.beliefs, seen.step, pixels).begin());
  if (seen.step < trace_.settings.codes) note_dots();
  trace_.known = seen.step + 1;
}

/// Standard scores of all inner products, counted, and those of the chosen ones. A code that was
/// found by search, or is read, is measured as its encoder would have.
void CodeWork::note_dots() {
  const models::DdcmStep& seen = run_->seen();
  StepDots& out = trace_.dots[static_cast<size_t>(seen.step)];
  if (!seen.chosen.empty()) out.index = seen.chosen[0];
  if (!pull_) return;
  std::vector<float> dots(seen.dots.begin(), seen.dots.end());
  if (dots.empty()) {
    const models::Codebook codebook(trace_.settings.codebook, trace_.settings.seed,
                                    trace_.settings.size(), trace_.pixels());
    std::vector<float> r(seen.x_t.size());
    pull_(seen.level, seen.x_t, seen.x0, r);
    dots.resize(static_cast<size_t>(codebook.size()));
    codebook.dots(seen.step, r, dots);
  }
  double sum = 0;
  double squares = 0;
  for (const float dot : dots) {
    sum += dot;
    squares += double{dot} * dot;
  }
  const auto count = static_cast<double>(dots.size());
  const double mean = sum / count;
  const double spread = std::sqrt(std::max(squares / count - mean * mean, 1e-30));
  const auto score = [&](float dot) { return static_cast<float>((dot - mean) / spread); };
  for (const float dot : dots) {
    const float part = (score(dot) + StepDots::reach) / (2 * StepDots::reach);
    const int bin = std::clamp(static_cast<int>(part * StepDots::bins), 0, StepDots::bins - 1);
    out.share[static_cast<size_t>(bin)] += 1;
  }
  const float most = *std::ranges::max_element(out.share);
  for (float& share : out.share) share /= most;
  for (const uint32_t k : seen.chosen) out.chosen.push_back(score(dots[k]));
}

void CodeWork::finish(const models::DiffusionModel& model) {
  const auto end = run_->finish();
  const int64_t pixels = trace_.pixels();
  trace_.code = end.codes.at(0);
  std::ranges::copy(end.x, piece(trace_.places, trace_.steps, pixels).begin());
  const std::span<float> picture = piece(trace_.beliefs, trace_.steps, pixels);
  std::ranges::copy(end.x, picture.begin());
  for (float& value : picture) value = std::clamp(value, -1.0F, 1.0F);
  models::snap_colours(model, trace_.settings, picture);
  if (!searching_) times_ = run_->times();
  trace_.ms = static_cast<float>(seconds_ * 1e3);
  trace_.network_ms = static_cast<float>(times_.network * 1e3);
  trace_.codebook_ms = static_cast<float>(times_.codebook * 1e3);
  trace_.search_ms = static_cast<float>(times_.search * 1e3);
  trace_.known = trace_.steps + 1;
  run_.reset();
}

}  // namespace rivulet::live::ddcm
