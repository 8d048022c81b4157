// One picture to noise and back, and how likely pictures are.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "rivulet/core/random.h"
#include "rivulet/data/palette.h"
#include "rivulet/live/slerp.h"
#include "rivulet/live/tarflow_pictures/work.h"
#include "rivulet/models/pictures.h"

namespace rivulet::live::tarflow_pictures {
namespace {

constexpr double rest = 0.012;             // seconds between two looks: a frame
constexpr uint64_t noise_seed = 20241209;  // of what is added to pictures before they are inverted
constexpr uint64_t grain_stream = 981;
constexpr uint64_t shuffle_stream = 982;
constexpr uint64_t disguise_stream = 983;

/// To the nearest byte: what a picture file can say.
float to_byte(float v) {
  return std::round((std::clamp(v, -1.0F, 1.0F) + 1) * 127.5F) / 127.5F - 1;
}

std::vector<float> with_noise(const models::TarflowModel& model, std::vector<float> x, int64_t i) {
  models::tarflow_noise(model, x, noise_seed, i);
  return x;
}

using Pixel = std::vector<std::ptrdiff_t>;

/// The pixels of a picture in random order.
Pixel shuffled_pixels(std::ptrdiff_t count) {
  Pixel order(static_cast<size_t>(count));
  for (std::ptrdiff_t i = 0; i < count; ++i) order[static_cast<size_t>(i)] = i;
  Rng rng(1, shuffle_stream);
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[rng.below(static_cast<uint32_t>(i))]);
  }
  return order;
}

}  // namespace

std::vector<float> disguised(Disguise how, std::span<const float> picture, int side, int channels) {
  std::vector<float> out(picture.begin(), picture.end());
  const auto pixels = static_cast<std::ptrdiff_t>(side) * side;
  const auto move = [&](const auto& from) {  // pixel i is what pixel from(i) was
    for (std::ptrdiff_t i = 0; i < pixels; ++i) {
      for (std::ptrdiff_t c = 0; c < channels; ++c) {
        out[static_cast<size_t>(i * channels + c)] =
            picture[static_cast<size_t>(from(i) * channels + c)];
      }
    }
  };
  switch (how) {
    case Disguise::none:
      break;
    case Disguise::turned:
      move([&](std::ptrdiff_t i) { return (side - 1 - i / side) * side + i % side; });
      break;
    case Disguise::inverted:
      for (float& v : out) v = -v;
      break;
    case Disguise::shuffled: {
      const Pixel order = shuffled_pixels(pixels);
      move([&](std::ptrdiff_t i) { return order[static_cast<size_t>(i)]; });
      break;
    }
    case Disguise::flat:
      for (std::ptrdiff_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (std::ptrdiff_t i = c; i < pixels * channels; i += channels) {
          sum += picture[static_cast<size_t>(i)];
        }
        for (std::ptrdiff_t i = c; i < pixels * channels; i += channels) {
          out[static_cast<size_t>(i)] = static_cast<float>(sum / static_cast<double>(pixels));
        }
      }
      break;
    case Disguise::noise:
      Rng(1, disguise_stream).uniform(out);
      for (float& v : out) v = 2 * v - 1;
      break;
  }
  for (float& v : out) v = to_byte(v);
  return out;
}

bool LatentWish::edited() const {
  return (blend > 0 && !other.empty()) || grain > 0 ||
         std::ranges::any_of(silent, [](uint8_t s) { return s != 0; });
}

// --- To noise and back ---

void LatentWork::clear() {
  const uint64_t runs = runs_;
  const uint64_t answers = answers_;
  *this = LatentWork();
  runs_ = runs;
  answers_ = answers;
}

void LatentWork::set(const LatentWish& wish, LoadedTarflow& model) {
  if (wish_ && *wish_ == wish) return;
  const bool same = wish_ && encoded_ && wish_->same_picture(wish);
  if (same && latent_.stage == Latent::Stage::sampling) return;
  wish_ = wish;
  if (same) {
    latent_.stage = Latent::Stage::encoding;  // the noise is known: it is only edited anew
    return;
  }
  const nn::DitConfig& net = model.model().pictures.net;
  encoded_ = false;
  latent_ = {.run = ++runs_,
             .answer = latent_.answer,
             .stage = Latent::Stage::encoding,
             .side = net.side,
             .channels = net.channels,
             .tokens = static_cast<int>(net.tokens()),
             .noisy = with_noise(model.model(), wish.picture, 0),
             .z = {},
             .edited = {},
             .back = {},
             .moved = {},
             .clean = {}};
}

bool LatentWork::advance(LoadedTarflow& model) {
  if (latent_.stage == Latent::Stage::encoding) {
    if (!encoded_) encode(model);
    edit(model);
    return true;
  }
  return sample(model);
}

void LatentWork::encode(LoadedTarflow& model) {
  Scored found = score_some(model, model.rows({}, 1), latent_.noisy, true, false);
  latent_.z = std::move(found.z);
  latent_.nats = found.nats.front();
  far_.clear();
  if (!wish_->other.empty()) {
    far_ = score_some(model, model.rows({}, 1), with_noise(model.model(), wish_->other, 1), true,
                      false)
               .z;
  }
  encoded_ = true;
}

void LatentWork::edit(LoadedTarflow& model) {
  const nn::DitConfig& net = model.model().pictures.net;
  std::vector<float>& z = latent_.edited = latent_.z;
  if (!far_.empty() && wish_->blend > 0) slerp(latent_.z, far_, wish_->blend, z);
  if (wish_->grain > 0) {  // the length of noise stays what it is
    Rng rng(wish_->seed, grain_stream);
    const float kept = std::sqrt(std::max(0.0F, 1 - wish_->grain * wish_->grain));
    for (float& v : z) v = kept * v + wish_->grain * rng.normal();
  }
  const int across = net.side / net.patch;
  for (size_t i = 0; i < z.size(); ++i) {
    const int pixel = static_cast<int>(i) / net.channels;
    const int row = pixel / net.side / net.patch;
    const auto token = static_cast<size_t>(row * across + pixel % net.side / net.patch);
    if (token < wish_->silent.size() && wish_->silent[token] != 0) z[i] = 0;
  }
  models::TarflowRequest request = wish_->request;
  request.labels = model.rows(wish_->labels, 1);
  model.sampler(1).begin(request, z);
  latent_.back = z;
  latent_.ms = 0;
  latent_.changed = wish_->edited() || request.guidance > 1 || request.labels != model.rows({}, 1);
  latent_.stage = Latent::Stage::sampling;
}

bool LatentWork::sample(LoadedTarflow& model) {
  models::TarflowSampler& sampler = model.sampler(1);
  const auto start = Clock::now();
  const bool last = sampler.advance();
  const auto now = Clock::now();
  latent_.ms += static_cast<float>(std::chrono::duration<double, std::milli>(now - start).count());
  if (!last && std::chrono::duration<double>(now - shown_).count() < rest) return false;
  shown_ = now;
  sampler.look(latent_.back);
  latent_.runs = 0;
  for (const int runs : sampler.report().runs) latent_.runs += runs;
  latent_.cut = sampler.report().cut;
  for (float& v : latent_.back) v = std::isfinite(v) ? v : 0;
  if (last) finish(model);
  return true;
}

void LatentWork::finish(LoadedTarflow& model) {
  const Scored told = score_some(model, model.rows(wish_->labels, 1), latent_.back, false, true);
  latent_.moved = told.moved;
  latent_.back_nats = score_some(model, model.rows({}, 1), latent_.back, true, false).nats.front();
  latent_.clean = latent_.back;
  latent_.error = 0;
  for (size_t i = 0; i < latent_.back.size(); ++i) {
    latent_.error = std::max(latent_.error, std::fabs(latent_.back[i] - latent_.noisy[i]));
    latent_.clean[i] += latent_.moved[i];
  }
  data::snap_to_palette(latent_.clean, model.model().pictures.palette);
  latent_.answer = ++answers_;
  latent_.stage = Latent::Stage::finished;
}

// --- Likelihoods ---

void LikelihoodWork::clear() {
  const uint64_t runs = runs_;
  *this = LikelihoodWork();
  runs_ = runs;
}

void LikelihoodWork::set_held_out(const data::Pictures& pictures, const LoadedTarflow& model) {
  held_out_ = pictures;
  const float sigma = model.model().sigma;
  const bool bits = model.model().noise == models::TarflowNoise::uniform;
  likelihood_ = {.run = ++runs_,
                 .bits = bits,
                 .floor = bits ? 0.0F
                               : 0.5F * std::log(2 * std::numbers::pi_v<float> *
                                                 std::numbers::e_v<float> * sigma * sigma),
                 .total = static_cast<int>(std::min<int64_t>(pictures.count(), held_out_count)),
                 .values = {},
                 .suspects = {}};
  wish_.reset();
}

void LikelihoodWork::set(const LikelihoodWish& wish, LoadedTarflow& model) {
  if (wish_ && *wish_ == wish) return;
  wish_ = wish;
  likelihood_.run = ++runs_;
  for (size_t i = 0; i < disguises; ++i) {
    Likelihood::Suspect& suspect = likelihood_.suspects[i];
    suspect = {};
    if (wish.picture.empty()) continue;
    suspect.picture = disguised(static_cast<Disguise>(i), wish.picture,
                                model.model().pictures.net.side, model.channels());
  }
}

float LikelihoodWork::value(const LoadedTarflow& model, float nats) const {
  const bool bits = model.model().noise == models::TarflowNoise::uniform;
  return bits ? static_cast<float>(models::bits_per_dim(nats)) : nats;
}

bool LikelihoodWork::done() const {
  const auto known = [](const Likelihood::Suspect& s) { return s.known || s.picture.empty(); };
  return !wish_ || (std::ranges::all_of(likelihood_.suspects, known) &&
                    static_cast<int>(likelihood_.values.size()) >= likelihood_.total);
}

void LikelihoodWork::advance(LoadedTarflow& model) {
  const auto batch = static_cast<size_t>(model.density().batch());
  std::vector<float> y;
  const auto add = [&](std::vector<float> picture, int64_t i) {
    picture = with_noise(model.model(), std::move(picture), i);
    y.insert(y.end(), picture.begin(), picture.end());
  };
  std::vector<Likelihood::Suspect*> waiting;
  for (Likelihood::Suspect& suspect : likelihood_.suspects) {
    if (suspect.known || suspect.picture.empty() || waiting.size() == batch) continue;
    waiting.push_back(&suspect);
    add(suspect.picture, 0);
  }
  const auto first = static_cast<int64_t>(likelihood_.values.size());
  if (waiting.empty()) {
    const int64_t end = std::min<int64_t>(likelihood_.total, first + static_cast<int64_t>(batch));
    for (int64_t i = first; i < end; ++i) {
      std::vector<float> picture(static_cast<size_t>(held_out_.numel()));
      data::to_model(held_out_.picture(i), picture);
      add(std::move(picture), i);
    }
  }
  const auto pictures = static_cast<int>(static_cast<int64_t>(y.size()) / model.pixels());
  const Scored found = score_some(model, model.rows({}, pictures), y, true, false);
  for (size_t i = 0; i < found.nats.size(); ++i) {
    const float v = value(model, found.nats[i]);
    if (waiting.empty()) {
      likelihood_.values.push_back(v);
    } else {
      waiting[i]->value = v;
      waiting[i]->known = true;
    }
  }
}

}  // namespace rivulet::live::tarflow_pictures
