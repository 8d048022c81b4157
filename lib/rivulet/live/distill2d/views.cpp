#include "rivulet/live/distill2d/views.h"

#include <algorithm>
#include <cmath>

#include "rivulet/core/random.h"

namespace rivulet::live::distill2d {
namespace {

constexpr int places = grid_places + shown_samples;
constexpr auto measure_pause = std::chrono::milliseconds(120);

/// Streams of random numbers, by purpose; training has its own in train/.
enum Stream : uint64_t { noise_stream = 105, eps_stream = 106, data_stream = 107 };

std::vector<float> noised(std::span<const float> x, std::span<const float> eps, float u) {
  const models::NoiseLevel level = models::cosine_level(u);
  std::vector<float> out(x.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = level.abar * x[i] + level.bbar * eps[i];
  return out;
}

Terms terms_of(std::span<const float> phi, std::span<const float> psi, std::span<const float> eps) {
  std::array<double, 5> sums{};
  for (size_t i = 0; i < eps.size(); ++i) {
    const double p = phi[i];
    const double q = psi[i];
    const double e = eps[i];
    const std::array<double, 5> products = {p * p, p * q, q * q, p * e, q * e};
    for (size_t k = 0; k < sums.size(); ++k) sums[k] += products[k];
  }
  const auto mean = [&](size_t k) {
    return static_cast<float>(sums[k] / static_cast<double>(eps.size()));
  };
  return {.phi_phi = mean(0),
          .phi_psi = mean(1),
          .psi_psi = mean(2),
          .phi_eps = mean(3),
          .psi_eps = mean(4)};
}

}  // namespace

std::vector<float> grid() {
  std::vector<float> xy;
  xy.reserve(2 * grid_places);
  const auto at = [](int i) {
    return data::plane_radius * (2 * (static_cast<float>(i) + 0.5F) / grid_side - 1);
  };
  for (int i = 0; i < grid_places; ++i) {
    xy.insert(xy.end(), {at(i % grid_side), at(i / grid_side)});
  }
  return xy;
}

float variance_ratio(float spread, float data_spread, float u) {
  const models::NoiseLevel level = models::cosine_level(u);
  const float noise = level.bbar * level.bbar;
  const float of = level.abar * level.abar * spread * spread + noise;
  return of / (level.abar * level.abar * data_spread * data_spread + noise);
}

float spread_at(float ratio, float data_spread, float u) {
  const models::NoiseLevel level = models::cosine_level(u);
  const float noise = level.bbar * level.bbar;
  const float of_data = level.abar * level.abar * data_spread * data_spread + noise;
  return std::sqrt(std::max(0.0F, ratio * of_data - noise)) / level.abar;
}

float value_of(models::DistillForm form, const Terms& terms) {
  const std::array<float, 5> coefficients = form.values();
  const std::array<float, 5> means = terms.values();
  float sum = 0;
  for (size_t k = 0; k < means.size(); ++k) sum += coefficients[k] * means[k];
  return sum;
}

/// Another pull: the field is another.
void Views::adjust(const Order& before) {
  const Setup& setup = order().setup;
  if (setup.tau == before.setup.tau && setup.repulsion == before.setup.repulsion) return;
  for (Side& side : sides_) side.shown.step = -1;
}

void Views::compile() {
  sides_.clear();
  sides_.reserve(sides);
  for (int side = 0; side < sides; ++side) {
    const Setup& setup = order().setup;
    const models::Distill2dConfig nets = distill_of(setup, side, order().level).nets;
    Side& of = sides_.emplace_back(
        Side{.sampler = {nets, shown_samples, *order().device}, .map = {}, .drift = {}});
    if (setup.drifts(side)) {
      of.drift.emplace(setup.form, grid_places, shown_samples, shown_samples, *order().device);
    } else {
      of.map.emplace(nets, *order().target, places, *order().device);
    }
  }
}

void Views::begin() {
  scores_ = {};
  scores_.run = order().run;
  measured_at_ = {};
  const uint64_t seed = order().setup.seed;
  noise_.resize(size_t{2} * shown_samples);
  eps_.resize(noise_.size());
  Rng(seed, noise_stream).normal(noise_);
  Rng(seed, eps_stream).normal(eps_);
  const models::Mixture2d mixture =
      models::mixture2d(distill_of(order().setup, 0, order().level).nets, *order().target);
  data_.run = order().run;
  data_.level = -1;
  data_.spread = mixture.spread();
  data_.xy.resize(noise_.size());
  Rng points(seed, data_stream);
  mixture.sample(points, data_.xy);
  distance_.emplace(data_.xy);
}

void Views::show_data() {
  data_.level = order().level;
  data_.noised = noised(data_.xy, eps_, order().level);
  out_.post(data_);
}

bool Views::look() {
  const bool both =
      std::ranges::all_of(sides_, [&](const Side& of) { return shows_newest(of.shown); });
  const bool due = !order().playing || Clock::now() - measured_at_ > measure_pause;
  if (both && due && scores_.step < sides_[0].shown.step) {
    measure();
    return true;
  }
  // Not before both show the last: on a slow machine there is always a newer one.
  if (both || deliveries_->front().run != order().run) deliveries_->poll();
  if (data_.level != order().level) {
    show_data();
    return true;
  }
  if (deliveries_->front().run != order().run) return false;
  for (size_t i = 0; i < sides_.size(); ++i) {
    const size_t side = (turn_ + i) % sides_.size();
    if (shows_newest(sides_[side].shown)) continue;
    look_at(side);
    turn_ = side + 1;
    return true;
  }
  return false;
}

bool Views::shows_newest(const Panel& panel) const {
  return panel.run == order().run && panel.level == order().level &&
         panel.step == deliveries_->front().step;
}

void Views::look_at(size_t side) {
  Side& of = sides_[side];
  const Delivery& delivery = deliveries_->front();
  Panel& shown = of.shown;
  of.sampler.load(delivery.of[side].generator);
  const std::span<const float> x = of.sampler.run(noise_);
  shown.run = order().run;
  shown.step = delivery.step;
  shown.level = order().level;
  shown.drifts = of.drift.has_value();
  shown.samples.assign(x.begin(), x.end());
  shown.spread = models::spread_of(x);
  if (shown.drifts) {
    look_at_drift(of);
  } else {
    of.map->load(delivery.of[side].fake);
    look_at_fields(of);
  }
  out_.post(shown, side);
}

/// Grid and noised samples go through the nets together.
void Views::look_at_fields(Side& of) {
  Panel& shown = of.shown;
  shown.noised = noised(shown.samples, eps_, shown.level);
  std::vector<float> at = grid();
  at.insert(at.end(), shown.noised.begin(), shown.noised.end());
  of.map->run(at, shown.level);
  const float bbar = models::cosine_level(shown.level).bbar;
  const auto scores = [&](std::span<const float> eps) {
    std::vector<float> out(eps.begin(), eps.begin() + ptrdiff_t{2} * grid_places);
    for (float& value : out) value = -value / bbar;
    return out;
  };
  shown.to_data = scores(of.map->teacher());
  shown.to_own = scores(of.map->fake());
  constexpr size_t first = size_t{2} * grid_places;
  shown.terms = terms_of(of.map->teacher().subspan(first), of.map->fake().subspan(first), eps_);
}

void Views::look_at_drift(Side& of) {
  Panel& shown = of.shown;
  shown.noised = shown.samples;
  of.drift->run(grid(), shown.samples, data_.xy, order().setup.tau);
  const std::span<const float> attraction = of.drift->attraction();
  const std::span<const float> repulsion = of.drift->repulsion();
  shown.to_data.assign(attraction.begin(), attraction.end());
  shown.to_own.assign(repulsion.begin(), repulsion.end());
  for (float& value : shown.to_own) value = order().setup.repulsion ? -value : 0;
}

void Views::measure() {
  scores_.step = sides_[0].shown.step;
  for (size_t side = 0; side < sides_.size(); ++side) {
    const Panel& shown = sides_[side].shown;
    Scores::Side& of = scores_.of[side];
    of.last_distance = (*distance_)(shown.samples);
    of.last_spread = shown.spread;
    const auto x = static_cast<float>(scores_.step);
    of.distance.add(x, std::min(of.last_distance, most_spread));
    of.spread.add(x, std::min(of.last_spread, most_spread));
  }
  measured_at_ = Clock::now();
  out_.post(scores_);
}

}  // namespace rivulet::live::distill2d
