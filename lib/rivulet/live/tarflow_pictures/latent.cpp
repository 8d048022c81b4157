#include "rivulet/live/tarflow_pictures/latent.h"

#include <algorithm>
#include <cmath>

#include "rivulet/core/random.h"
#include "rivulet/live/slerp.h"

namespace rivulet::live::tarflow_pictures {
namespace {

constexpr uint64_t grain_stream = 981;

}  // namespace

bool changes(const LatentEdit& edit, bool other) {
  return (edit.blend > 0 && other) || edit.grain > 0 || edit.scale != 1 ||
         std::ranges::any_of(edit.silent, [](uint8_t s) { return s != 0; });
}

void edit_latent(const LatentEdit& edit, const nn::DitConfig& net, std::span<const float> other,
                 std::span<float> z) {
  if (!other.empty() && edit.blend > 0) {
    const std::vector<float> own(z.begin(), z.end());
    slerp(own, other, edit.blend, z);
  }
  if (edit.grain > 0) {  // the length of noise stays what it is
    Rng rng(edit.seed, grain_stream);
    const float kept = std::sqrt(std::max(0.0F, 1 - edit.grain * edit.grain));
    for (float& v : z) v = kept * v + edit.grain * rng.normal();
  }
  const int across = net.side / net.patch;
  for (size_t i = 0; i < z.size(); ++i) {
    const int pixel = static_cast<int>(i) / net.channels;
    const int row = pixel / net.side / net.patch;
    const auto token = static_cast<size_t>(row * across + pixel % net.side / net.patch);
    const bool silent = token < edit.silent.size() && edit.silent[token] != 0;
    z[i] = silent ? 0 : z[i] * edit.scale;
  }
}

void LatentWork::clear() {
  const uint64_t runs = runs_;
  const uint64_t answers = answers_;
  *this = LatentWork();
  runs_ = runs;
  answers_ = answers;
}

void LatentWork::set(const LatentWish& wish, LoadedModel& model) {
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

void LatentWork::moved() {
  if (latent_.stage == Latent::Stage::sampling) latent_.stage = Latent::Stage::encoding;
}

bool LatentWork::advance(LoadedModel& model) {
  if (latent_.stage == Latent::Stage::encoding) {
    if (!encoded_) encode(model);
    edit(model);
    return true;
  }
  return sample(model);
}

void LatentWork::encode(LoadedModel& model) {
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

void LatentWork::edit(LoadedModel& model) {
  std::vector<float>& z = latent_.edited = latent_.z;
  edit_latent(wish_->edit, model.model().pictures.net, far_, z);
  models::TarflowRequest request = wish_->request;
  request.labels = model.rows(wish_->labels, 1);
  model.sampler(1).begin(request, z);
  latent_.back = z;
  latent_.ms = 0;
  latent_.changed = changes(wish_->edit, !far_.empty()) || request.guidance > 1 ||
                    request.labels != model.rows({}, 1);
  latent_.stage = Latent::Stage::sampling;
}

bool LatentWork::sample(LoadedModel& model) {
  models::TarflowSampler& sampler = model.sampler(1);
  const auto start = Clock::now();
  const bool last = sampler.advance();
  latent_.ms += static_cast<float>(seconds_since(start) * 1e3);
  if (!last && seconds_since(shown_) < look_seconds) return false;
  shown_ = Clock::now();
  sampler.look(latent_.back);
  latent_.runs = 0;
  for (const int runs : sampler.report().runs) latent_.runs += runs;
  latent_.cut = sampler.report().cut;
  mend(latent_.back);
  if (last) finish(model);
  return true;
}

void LatentWork::finish(LoadedModel& model) {
  const Scored told = score_some(model, model.rows(wish_->labels, 1), latent_.back, false, true);
  latent_.moved = told.moved;
  latent_.back_nats = score_some(model, model.rows({}, 1), latent_.back, true, false).nats.front();
  latent_.clean = cleaned(model.model(), latent_.back, latent_.moved);
  latent_.error = 0;
  for (size_t i = 0; i < latent_.back.size(); ++i) {
    latent_.error = std::max(latent_.error, std::fabs(latent_.back[i] - latent_.noisy[i]));
  }
  latent_.answer = ++answers_;
  latent_.stage = Latent::Stage::finished;
}

}  // namespace rivulet::live::tarflow_pictures
