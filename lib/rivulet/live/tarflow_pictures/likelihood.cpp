#include "rivulet/live/tarflow_pictures/likelihood.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rivulet/core/random.h"

namespace rivulet::live::tarflow_pictures {
namespace {

constexpr uint64_t shuffle_stream = 982;
constexpr uint64_t disguise_stream = 983;

/// To the nearest byte: what a picture file can say.
float to_byte(float v) {
  return std::round((std::clamp(v, -1.0F, 1.0F) + 1) * 127.5F) / 127.5F - 1;
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

void LikelihoodWork::clear() {
  const uint64_t runs = runs_;
  *this = LikelihoodWork();
  runs_ = runs;
}

void LikelihoodWork::set_held_out(const data::Pictures& pictures, const LoadedModel& model) {
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

void LikelihoodWork::set(const LikelihoodWish& wish, LoadedModel& model) {
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

float LikelihoodWork::value(const LoadedModel& model, float nats) const {
  const bool bits = model.model().noise == models::TarflowNoise::uniform;
  return bits ? static_cast<float>(models::bits_per_dim(nats)) : nats;
}

bool LikelihoodWork::done() const {
  const auto known = [](const Likelihood::Suspect& s) { return s.known || s.picture.empty(); };
  return !wish_ || (std::ranges::all_of(likelihood_.suspects, known) &&
                    static_cast<int>(likelihood_.values.size()) >= likelihood_.total);
}

void LikelihoodWork::advance(LoadedModel& model) {
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
