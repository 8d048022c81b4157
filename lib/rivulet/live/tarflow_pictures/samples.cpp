#include "rivulet/live/tarflow_pictures/samples.h"

#include <algorithm>
#include <cmath>

#include "rivulet/models/pictures.h"

namespace rivulet::live::tarflow_pictures {
namespace {

// For the pace alone: how many runs a block takes, or a group of its tokens.
constexpr double usual_sweeps = 8;
constexpr double usual_group_sweeps = 4;

/// Calls `see(token, difference)` for every number of a picture.
template <class See>
void by_token(const nn::DitConfig& net, std::span<const float> a, std::span<const float> b,
              See see) {
  const int across = net.side / net.patch;
  for (int y = 0; y < net.side; ++y) {
    for (int x = 0; x < net.side; ++x) {
      const auto token = static_cast<size_t>(y / net.patch * across + x / net.patch);
      const auto at = static_cast<size_t>((y * net.side + x) * net.channels);
      for (size_t c = 0; c < static_cast<size_t>(net.channels); ++c) {
        see(token, std::fabs(a[at + c] - b[at + c]));
      }
    }
  }
}

}  // namespace

void SampleWork::clear() {
  const uint64_t runs = runs_;
  *this = SampleWork();
  runs_ = runs;
}

/// What was measured and compiled is of the device before.
void SampleWork::moved() {
  wish_.reset();
  known_.clear();
  sheet_.costs = {};
}

void SampleWork::set(const SampleWish& wish, LoadedModel& model) {
  if (wish_) {
    wish_->seconds = wish.seconds;  // of what is under way as well
    if (*wish_ == wish) return;
  }
  wish_ = wish;
  begin(model);
}

SampleWork::Way SampleWork::way() const {
  const bool first =
      request_.method == models::TarflowMethod::sequential || request_.first_in_order;
  return {request_.method, request_.group, first, request_.guidance > 1, wish_->count};
}

void SampleWork::begin(LoadedModel& model) {
  const auto& net = model.model().pictures.net;
  const auto d = static_cast<size_t>(model.pixels());
  request_ = wish_->request;
  request_.labels = model.drawn_rows(wish_->labels, wish_->count, wish_->seed);
  noise_.resize(static_cast<size_t>(wish_->count) * d);
  for (int i = 0; i < wish_->count; ++i) {
    models::picture_noise(wish_->seed, i, std::span(noise_).subspan(static_cast<size_t>(i) * d, d));
  }
  for (float& v : noise_) v *= wish_->temperature;
  const bool guided = request_.guidance > 1;
  const bool same_costs = guided == guided_ && sheet_.count == wish_->count;
  const std::array<Cost, 3> costs = same_costs ? sheet_.costs : std::array<Cost, 3>{};
  guided_ = guided;
  const Block untouched{.heat = std::vector<float>(static_cast<size_t>(net.tokens()), -1.0F)};
  sheet_ = {.run = ++runs_,
            .stage = Sheet::Stage::sampling,
            .side = net.side,
            .channels = net.channels,
            .count = wish_->count,
            .tokens = static_cast<int>(net.tokens()),
            .blocks = std::vector<Block>(static_cast<size_t>(model.model().blocks), untouched),
            .raw = noise_,
            .moved = {},
            .clean = {},
            .nats = {},
            .costs = costs};
  seen_ = noise_;
  block_ = 0;
  seconds_ = 0;
  timing_ = begun_ = false;
  due_ = Clock::now();
}

/// Seconds between two runs, for the whole to take as long as was wished.
double SampleWork::interval(const LoadedModel& model) const {
  const double whole = wish_->seconds;
  const auto tokens = static_cast<double>(model.config().tokens);
  const double blocks = model.config().blocks;
  const bool in_order = request_.method == models::TarflowMethod::sequential ||
                        (request_.first_in_order && block_ == 0);
  if (in_order) return whole / (blocks * std::max(1.0, tokens - 1));
  if (request_.method == models::TarflowMethod::jacobi) return whole / (blocks * usual_sweeps);
  const double groups = std::ceil(tokens / request_.group);
  return whole / (blocks * groups * usual_group_sweeps);
}

bool SampleWork::due() const {
  return !done() && (sheet_.stage != Sheet::Stage::sampling || Clock::now() >= due_);
}

bool SampleWork::advance(LoadedModel& model) {
  if (sheet_.stage == Sheet::Stage::sampling) return sample(model);
  if (sheet_.stage == Sheet::Stage::denoising) return denoise(model);
  measure(model);
  return !timing_;
}

bool SampleWork::sample(LoadedModel& model) {
  models::TarflowSampler& sampler = model.sampler(wish_->count);
  if (!begun_) {
    sampler.begin(request_, noise_);
    begun_ = true;
  }
  const int block = sampler.block();
  const auto start = Clock::now();
  const bool last = sampler.advance();
  const bool compiled = sampler.block() != block && !known_.contains(way());
  if (!compiled) seconds_ += seconds_since(start);  // the rest is measured later
  note_block(sampler);
  if (wish_->seconds > 0) {
    const auto pause = std::chrono::duration<double>(interval(model));
    due_ = std::max(due_ + std::chrono::duration_cast<Clock::duration>(pause),
                    Clock::now() - std::chrono::milliseconds(100));
  }
  if (!last && seconds_since(shown_) < look_seconds) return false;
  look(sampler);
  if (last) {
    mend(sheet_.raw);
    sheet_.stage = Sheet::Stage::denoising;
    const bool rushed = known_.contains(way()) && wish_->seconds == 0;
    if (rushed) {
      sheet_.costs[static_cast<size_t>(request_.method)] = {.runs = sheet_.runs, .ms = sheet_.ms};
    }
    timing_ = !rushed;
    begun_ = false;
    known_.insert(way());
  }
  return true;
}

/// What the run did to its block; the last run of a block leaves nothing moving there.
void SampleWork::note_block(const models::TarflowSampler& sampler) {
  const std::vector<int>& runs = sampler.report().runs;
  for (size_t i = block_; i < runs.size(); ++i) sheet_.blocks[i].runs = runs[i];
  const auto now =
      static_cast<size_t>(static_cast<int>(sheet_.blocks.size()) - 1 - sampler.block());
  for (; block_ < now; ++block_) {
    Block& ended = sheet_.blocks[block_];
    ended.solved = sheet_.tokens;
    std::ranges::fill(ended.heat, 0.0F);
  }
  if (block_ < sheet_.blocks.size()) sheet_.blocks[block_].solved = sampler.solved();
}

/// Pictures as they are now, and how far each token has moved since the last look.
void SampleWork::look(const models::TarflowSampler& sampler) {
  shown_ = Clock::now();
  sampler.look(sheet_.raw);
  sheet_.runs = 0;
  for (const Block& block : sheet_.blocks) sheet_.runs += block.runs;
  sheet_.cut = sampler.report().cut;
  sheet_.ms = static_cast<float>(seconds_ * 1e3);
  if (block_ < sheet_.blocks.size()) {
    Block& block = sheet_.blocks[block_];
    const nn::DitConfig& net = sampler.model().pictures.net;
    std::vector<float> most(block.heat.size());
    for (int i = 0; i < sheet_.count; ++i) {
      by_token(net, sheet_.of(sheet_.raw, i), sheet_.of(seen_, i),
               [&](size_t token, float d) { most[token] = std::max(most[token], d); });
    }
    const float low = std::log10(std::max(request_.tolerance, 1e-6F));
    for (size_t k = 0; k < most.size(); ++k) {
      const float level = (std::log10(std::max(most[k], 1e-9F)) - low) / -low;
      if (most[k] > 0) block.heat[k] = std::clamp(level, 0.0F, 1.0F);
      if (most[k] <= 0 && block.heat[k] > 0) block.heat[k] = 0;
    }
    const bool backwards = sampler.model().config().backwards(sampler.block());
    for (int k = 0; k < block.solved; ++k) {
      float& heat = block.heat[static_cast<size_t>(backwards ? sheet_.tokens - 1 - k : k)];
      heat = std::max(heat, 0.0F);
    }
  }
  seen_ = sheet_.raw;
}

/// A few pictures: where the density rises from there, and what they look like beyond the noise.
bool SampleWork::denoise(LoadedModel& model) {
  const auto d = static_cast<size_t>(model.pixels());
  const auto first = static_cast<size_t>(sheet_.denoised());
  const size_t here = std::min(static_cast<size_t>(model.density().batch()),
                               static_cast<size_t>(sheet_.count) - first);
  const std::span<const float> y = std::span(sheet_.raw).subspan(first * d, here * d);
  const size_t attributes = request_.labels.size() / static_cast<size_t>(sheet_.count);
  const auto labels =
      std::span<const float>(request_.labels).subspan(first * attributes, here * attributes);
  const Scored told = score_some(model, labels, y, false, true);
  const std::vector<float> any = model.rows({}, static_cast<int>(here));
  const Scored open = score_some(model, any, y, true, false);  // comparable with held-out pictures
  const std::vector<float> clean = cleaned(model.model(), y, told.moved);
  sheet_.clean.insert(sheet_.clean.end(), clean.begin(), clean.end());
  sheet_.moved.insert(sheet_.moved.end(), told.moved.begin(), told.moved.end());
  sheet_.nats.insert(sheet_.nats.end(), open.nats.begin(), open.nats.end());
  if (sheet_.denoised() == sheet_.count) sheet_.stage = Sheet::Stage::finished;
  return true;
}

/// The same once more at full speed, so that the time is the sampler's own.
void SampleWork::measure(LoadedModel& model) {
  models::TarflowSampler& sampler = model.sampler(wish_->count);
  if (!begun_) {
    sampler.begin(request_, noise_);
    begun_ = true;
    seconds_ = 0;
  }
  const auto start = Clock::now();
  timing_ = !sampler.advance();
  seconds_ += seconds_since(start);
  if (timing_) return;
  sheet_.ms = static_cast<float>(seconds_ * 1e3);
  sheet_.costs[static_cast<size_t>(request_.method)] = {.runs = sheet_.runs, .ms = sheet_.ms};
}

}  // namespace rivulet::live::tarflow_pictures
