#include "rivulet/live/tarflow_pictures/work.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/core/error.h"
#include "rivulet/core/random.h"
#include "rivulet/data/palette.h"
#include "rivulet/models/pictures.h"

namespace rivulet::live::tarflow_pictures {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t label_stream = 91;  // of random numbers: labels that nobody chose
constexpr int most_side = 64;
constexpr float no_likelihood = 1e4F;  // nats per dimension of what is not to be told from never
constexpr double rest = 0.012;         // seconds between two looks: a frame
// For the pace alone: how many runs a block takes, or a group of its tokens.
constexpr double usual_sweeps = 8;
constexpr double usual_group_sweeps = 4;

/// Without threads a run is one slice of a frame's time.
int density_batch() { return Job::has_threads() ? 4 : 1; }

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Noise and pictures from far outside what was learned can leave all bounds: such numbers are
/// replaced, since they say nothing of the model.
void mend(std::span<float> values, float instead = 0) {
  for (float& v : values) v = std::isfinite(v) ? v : instead;
}

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

// --- A model ---

LoadedTarflow::LoadedTarflow(FileBytes file)
    : file_(std::move(file)),
      tensors_(io::parse_safetensors(*file_)),
      model_(models::tarflow_model(tensors_)),
      config_(model_.config()) {
  const nn::DitConfig& net = model_.pictures.net;
  if (net.side > most_side || config_.tokens > static_cast<int>(most_tokens)) {
    fail("weights", fmt::format("pictures of {0}x{0} in {1} tokens are more than this lab shows",
                                net.side, config_.tokens));
  }
  for (const io::NamedTensor& named : tensors_.tensors) {
    if (std::ranges::all_of(named.tensor.span(), [](float v) { return std::isfinite(v); }))
      continue;
    fail("weights", "its numbers in \"" + named.name.substr(0, 64) + "\" are not finite");
  }
  (void)density();  // what is missing or of a wrong shape is found now
}

int64_t LoadedTarflow::parameters() const {
  int64_t sum = 0;
  for (const io::NamedTensor& tensor : tensors_.tensors) sum += tensor.tensor.numel();
  return sum;
}

models::TarflowSampler& LoadedTarflow::sampler(int batch) {
  const auto found = samplers_.find(batch);
  if (found != samplers_.end()) return found->second;
  return samplers_.emplace(batch, models::TarflowSampler(tensors_, batch, cpu_device()))
      .first->second;
}

models::TarflowDensity& LoadedTarflow::density() {
  if (!density_) density_.emplace(tensors_, density_batch(), cpu_device());
  return *density_;
}

std::vector<float> LoadedTarflow::rows(const PictureLabels& labels, int batch) const {
  std::vector<float> out;
  for (int i = 0; i < batch; ++i) {
    for (size_t k = 0; k < config_.classes.size(); ++k) {
      const bool told = k < labels.size() && labels[k] >= 0 && labels[k] < config_.classes[k];
      out.push_back(static_cast<float>(told ? labels[k] : config_.classes[k]));
    }
  }
  return out;
}

std::vector<float> LoadedTarflow::drawn_rows(const PictureLabels& labels, int batch,
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

Scored score_some(LoadedTarflow& model, std::span<const float> rows, std::span<const float> y,
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

// --- Samples ---

void SampleWork::clear() {
  const uint64_t runs = runs_;
  *this = SampleWork();
  runs_ = runs;
}

void SampleWork::set(const SampleWish& wish, LoadedTarflow& model) {
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

void SampleWork::begin(LoadedTarflow& model) {
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
double SampleWork::interval(const LoadedTarflow& model) const {
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

bool SampleWork::advance(LoadedTarflow& model) {
  if (sheet_.stage == Sheet::Stage::sampling) return sample(model);
  if (sheet_.stage == Sheet::Stage::denoising) return denoise(model);
  measure(model);
  return !timing_;
}

bool SampleWork::sample(LoadedTarflow& model) {
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
  if (!last && seconds_since(shown_) < rest) return false;
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
bool SampleWork::denoise(LoadedTarflow& model) {
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
  for (size_t i = 0; i < here; ++i) {
    std::vector<float> clean(y.begin() + static_cast<std::ptrdiff_t>(i * d),
                             y.begin() + static_cast<std::ptrdiff_t>((i + 1) * d));
    for (size_t k = 0; k < d; ++k) clean[k] += told.moved[i * d + k];
    data::snap_to_palette(clean, model.model().pictures.palette);
    sheet_.clean.insert(sheet_.clean.end(), clean.begin(), clean.end());
  }
  sheet_.moved.insert(sheet_.moved.end(), told.moved.begin(), told.moved.end());
  sheet_.nats.insert(sheet_.nats.end(), open.nats.begin(), open.nats.end());
  if (sheet_.denoised() == sheet_.count) sheet_.stage = Sheet::Stage::finished;
  return true;
}

/// The same once more at full speed, so that the time is the sampler's own.
void SampleWork::measure(LoadedTarflow& model) {
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
