#include "rivulet/live/experts_balance/views.h"

#include <algorithm>
#include <cmath>

#include "rivulet/core/random.h"

namespace rivulet::live::experts_balance {
namespace {

constexpr int chunk = 1024;  // places that go through the network at once
constexpr int map_points = map_side * map_side;
static_assert(map_points % chunk == 0);
constexpr int data_points = 2048;
constexpr float latest = 0.95F;  // later, the right velocity is known from too few points
constexpr auto measure_pause = std::chrono::milliseconds(400);

/// Streams of random numbers, by purpose; training has its own in train/.
enum Stream : uint64_t {
  data_stream = 95,
  noise_stream = 96,
  unseen_stream = 97,
  hand_stream = 98
};

/// x_t of noise and data [N,2], at a time for each.
std::vector<float> on_the_way(std::span<const float> x0, std::span<const float> x1,
                              std::span<const float> t) {
  std::vector<float> x(x0.size());
  for (size_t i = 0; i < x.size(); ++i) x[i] = (1 - t[i / 2]) * x0[i] + t[i / 2] * x1[i];
  return x;
}

std::vector<float> padded(std::span<const float> values, size_t size) {
  std::vector<float> out(size, 0.0F);
  std::ranges::copy(values, out.begin());
  return out;
}

}  // namespace

void Views::compile() {
  sides_.clear();
  for (int side = 0; side < sides; ++side) {
    const models::Experts2dConfig net = training_of(order().setup, side).net;
    sides_.push_back(
        {.map = {net, chunk, *order().device}, .parts = {net, hand_tokens, *order().device}});
  }
}

void Views::begin() {
  errors_ = {};
  errors_.run = order().run;
  measured_at_ = {};
  hand_ = {};
  const uint64_t seed = order().setup.seed;
  data_.resize(size_t{2} * data_points);
  Rng points(seed, data_stream);
  order().target->sample(points, data_);
  std::vector<float> x0(size_t{2} * chunk);
  std::vector<float> x1(size_t{2} * chunk);
  Rng(seed, noise_stream).normal(x0);
  Rng others(seed, unseen_stream);
  order().target->sample(others, x1);
  times_.resize(chunk);
  for (size_t i = 0; i < times_.size(); ++i) {
    times_[i] = latest * (static_cast<float>(i) + 0.5F) / chunk;
  }
  unseen_ = on_the_way(x0, x1, times_);
  right_.clear();
}

bool Views::look() {
  deliveries_->poll();
  if (deliveries_->front().run != order().run) return false;
  if (right_.empty()) {
    right_ = models::true_velocity(data_, unseen_, times_);
    return true;
  }
  if (deal()) return true;
  const bool due = !order().playing || Clock::now() - measured_at_ > measure_pause;
  const bool between = sides_[0].piece == 0 && sides_[1].piece == 0;
  if (between && due && errors_.step < deliveries_->front().step) {
    measure();
    return true;
  }
  for (size_t i = 0; i < sides_.size(); ++i) {
    const size_t side = (turn_ + i) % sides_.size();
    if (shows_newest(sides_[side])) continue;
    map_piece(side);
    if (sides_[side].piece == 0) turn_ = side + 1;
    return true;
  }
  return false;
}

void Views::load(size_t side) {
  Side& of = sides_[side];
  if (of.loaded == deliveries_->front().step) return;
  of.map.load(deliveries_->front().weights[side]);
  of.parts.load(deliveries_->front().weights[side]);
  of.loaded = deliveries_->front().step;
}

bool Views::shows_newest(const Side& side) const {
  return side.piece == 0 && side.shown.run == order().run && side.shown.time == order().time &&
         side.shown.step == deliveries_->front().step;
}

void Views::map_piece(size_t side) {
  Side& of = sides_[side];
  if (of.piece == 0) {
    load(side);
    of.shown.run = order().run;
    of.shown.step = of.loaded;
    of.shown.time = order().time;
    of.shown.expert.resize(map_points);
    of.shown.count.resize(map_points);
  }
  std::vector<float> xy;
  const auto cell = [](int i) {
    return data::plane_radius * (2 * (static_cast<float>(i) + 0.5F) / map_side - 1);
  };
  const int first = of.piece * chunk;
  for (int i = first; i < first + chunk; ++i) {
    xy.insert(xy.end(), {cell(i % map_side), -cell(i / map_side)});
  }
  of.map.run(xy, std::vector<float>(chunk, of.shown.time));
  const std::span<const float> gates = of.map.gates();
  const auto n = gates.size() / chunk;
  for (size_t i = 0; i < chunk; ++i) {
    const std::span<const float> row = gates.subspan(i * n, n);
    const auto most = std::ranges::max_element(row);
    const auto at = static_cast<size_t>(first) + i;
    of.shown.expert[at] = static_cast<int8_t>(*most > 0 ? most - row.begin() : -1);
    of.shown.count[at] =
        static_cast<int8_t>(std::ranges::count_if(row, [](float gate) { return gate > 0; }));
  }
  if (++of.piece < map_points / chunk) return;
  of.piece = 0;
  out_.post(of.shown, side);
}

void Views::measure() {
  errors_.step = deliveries_->front().step;
  for (size_t side = 0; side < sides_.size(); ++side) {
    load(side);
    sides_[side].map.run(unseen_, times_);
    const std::span<const float> v = sides_[side].map.velocity();
    double sum = 0;
    for (size_t i = 0; i < v.size(); ++i) sum += (v[i] - right_[i]) * (v[i] - right_[i]);
    errors_.last[side] = static_cast<float>(sum / static_cast<double>(v.size()));
    if (errors_.step > 0) {
      errors_.series[side].add(static_cast<float>(errors_.step), errors_.last[side]);
    }
  }
  measured_at_ = Clock::now();
  out_.post(errors_);
}

/// Tokens for the visitor, of the newest weights; false where they lie there already.
bool Views::deal() {
  if (!order().hand) return false;
  const auto side = static_cast<size_t>(order().hand_side);
  Side& of = sides_[side];
  if (of.piece != 0) return false;
  const float time = std::min(order().time, latest);
  if (hand_.run == order().run && hand_.step == deliveries_->front().step &&
      hand_.side == order().hand_side && hand_.time == time) {
    return false;
  }
  load(side);
  const std::vector<float> t(hand_tokens, time);
  std::vector<float> x0(size_t{2} * hand_tokens);
  std::vector<float> x1(size_t{2} * hand_tokens);
  Rng rng(order().setup.seed, hand_stream);
  rng.normal(x0);
  order().target->sample(rng, x1);
  hand_.run = order().run;
  hand_.step = of.loaded;
  hand_.side = order().hand_side;
  hand_.time = time;
  hand_.n = order().setup.n;
  hand_.k = order().setup.picked();
  hand_.gate = order().setup.gate;
  hand_.xy = on_the_way(x0, x1, t);
  hand_.truth = models::true_velocity(data_, hand_.xy, t);
  hand_.parts = of.parts.run(hand_.xy, t);
  of.map.run(padded(hand_.xy, size_t{2} * chunk), padded(t, chunk));
  const std::span<const float> gates = of.map.gates();
  hand_.router.assign(hand_tokens, 0);
  for (size_t i = 0; i < hand_.router.size(); ++i) {
    for (int j = 0; j < hand_.n; ++j) {
      const bool used = gates[i * static_cast<size_t>(hand_.n) + static_cast<size_t>(j)] > 0;
      if (used) hand_.router[i] |= 1U << j;
    }
  }
  out_.post(hand_);
  return true;
}

}  // namespace rivulet::live::experts_balance
