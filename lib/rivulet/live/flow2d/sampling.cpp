#include "rivulet/live/flow2d/sampling.h"

#include <algorithm>
#include <cmath>

#include "rivulet/core/random.h"

namespace rivulet::live::flow2d {
namespace {

constexpr int field_points = field_side * field_side;
static_assert(field_points <= cloud_points);
constexpr int projections = 64;

/// Streams of random numbers, by purpose; training has its own in train/.
enum Stream : uint64_t { noise_stream = 71, data_stream = 72 };

}  // namespace

bool Sampling::look() {
  deliveries_->poll();
  if (deliveries_->front().run != order().run) return false;
  if (floor_ == 0) measure_floor();
  if (draw_field()) return true;
  Lane* next = nullptr;
  for (Lane& lane : lanes_) {
    if ((lane.current >= 0 || pick(lane) >= 0) && (!next || lane.used < next->used)) next = &lane;
  }
  if (!next) return false;
  const auto start = Clock::now();
  advance(*next);
  next->used += seconds_since(start) / next->share;
  double most = 0;
  for (const Lane& lane : lanes_) most = std::max(most, lane.used);
  for (Lane& lane : lanes_) lane.used = std::max(lane.used, most - 0.5);
  return true;
}

const train::Weights& Sampling::weights(int side) const {
  return deliveries_->front().weights[static_cast<size_t>(side)];
}

void Sampling::begin() {
  floor_ = 0;
  noise_.resize(size_t{2} * cloud_points);
  Rng(order().configs[0].seed, noise_stream).normal(noise_);
  distances_ = {};
  distances_.run = order().run;
  drawn_ = {};
  for (auto& side : drawn_) side.fill(-1);
  paths_drawn_ = {{{-1, 0}, {-1, 0}}};
  field_drawn_ = {};
}

void Sampling::adjust(const Order& before) {
  if (before.target != order().target) floor_ = 0;
}

void Sampling::compile() {
  lanes_.clear();
  for (int side = 0; side < order().sides; ++side) {
    lanes_.push_back(
        {.side = side, .panels = {0, 1, 2, 3}, .share = 0.4, .sampler = sampler(side)});
    lanes_.push_back({.side = side, .panels = {4, 5, 4}, .share = 0.6, .sampler = sampler(side)});
  }
}

train::Flow2dSampler Sampling::sampler(int side) const {
  return {order().configs[static_cast<size_t>(side)], cloud_points, *order().device};
}

/// The panel that the lane should draw next, or -1 when all show the newest weights.
int Sampling::pick(const Lane& lane) const {
  const auto side = static_cast<size_t>(lane.side);
  const int64_t newest = weights(lane.side).step;
  // The first weights change too fast to be worth 128 steps.
  if (order().playing && newest < 30 && lane.panels.front() != 0) return -1;
  const auto wanted = [&](int panel) {
    return panel == order().panel && paths_drawn_[side] != std::pair(newest, panel);
  };
  for (const int panel : lane.panels) {  // a panel that shows nothing yet, or was just chosen
    if (drawn_[side][static_cast<size_t>(panel)] < 0) return panel;
    if (wanted(panel) && paths_drawn_[side].second != panel) return panel;
  }
  for (size_t i = 0; i < lane.panels.size(); ++i) {
    const int panel = lane.panels[(lane.turn + i) % lane.panels.size()];
    if (drawn_[side][static_cast<size_t>(panel)] < newest || wanted(panel)) return panel;
  }
  return -1;
}

void Sampling::load(Lane& lane) {
  if (lane.loaded == weights(lane.side).step) return;
  lane.sampler.load(weights(lane.side));
  lane.loaded = weights(lane.side).step;
}

void Sampling::keep_frame(Lane& lane) {
  if (lane.recording) lane.frames.insert(lane.frames.end(), lane.xy.begin(), lane.xy.end());
}

void Sampling::advance(Lane& lane) {
  if (lane.current < 0) {
    lane.current = pick(lane);
    ++lane.turn;
    load(lane);
    lane.done = 0;
    lane.xy = noise_;
    lane.frames.clear();
    lane.recording = lane.current == order().panel;
    keep_frame(lane);
  }
  const int n = train::shown_steps[lane.current];
  lane.sampler.advance(lane.xy, lane.done, n);
  keep_frame(lane);
  if (++lane.done == n) finish(lane);
}

void Sampling::finish(Lane& lane) {
  const auto side = static_cast<size_t>(lane.side);
  const auto index = static_cast<size_t>(lane.current);
  out_.post(Panel{.run = order().run, .step = lane.loaded, .xy = lane.xy}, side, index);
  drawn_[side][index] = lane.loaded;
  if (lane.recording) {
    Mailbox<Paths>& box = out_.box<Paths>(side);
    Paths& paths = box.back();
    paths.run = order().run;
    paths.step = lane.loaded;
    paths.n = train::shown_steps[lane.current];
    std::swap(paths.frames, lane.frames);  // a megabyte
    box.publish();
    paths_drawn_[side] = {lane.loaded, lane.current};
  }
  measure(lane);
  lane.current = -1;
}

/// Distance to the data. Few-step panels come round so often that most go unmeasured.
void Sampling::measure(const Lane& lane) {
  const auto side = static_cast<size_t>(lane.side);
  const auto index = static_cast<size_t>(lane.current);
  auto& last = measured_at_[side][index];
  if (distances_.last[side][index] > 0 && seconds_since(last) < 0.15 && order().playing) return;
  last = Clock::now();
  const float distance = (*distance_)(lane.xy);
  float& mean = distances_.last[side][index];  // of the last few: each alone is noisy
  mean = mean > 0 && order().playing ? 0.35F * mean + 0.65F * distance : distance;
  distances_.series[side][index].add(static_cast<float>(lane.loaded), mean);
  distances_.coverage[side][index] = metrics::mode_coverage(lane.xy, order().target->modes());
  distances_.floor = floor_;
  out_.post(distances_);
}

/// Data against data: no sampler can be expected to come below.
void Sampling::measure_floor() {
  std::vector<float> data(size_t{2} * cloud_points);
  Rng rng(order().configs[0].seed, data_stream);
  order().target->sample(rng, data);
  distance_.emplace(data, projections);
  constexpr int repeats = 8;
  for (int i = 0; i < repeats; ++i) {
    order().target->sample(rng, data);
    floor_ += (*distance_)(data) / repeats;
  }
}

/// The velocity field, where it is wanted and out of date: the visitor is looking at it.
bool Sampling::draw_field() {
  if (!order().field) return false;
  const int n = train::shown_steps[order().panel];
  for (Lane& lane : lanes_) {
    const auto side = static_cast<size_t>(lane.side);
    FieldKey key{.step = weights(lane.side).step, .time = order().time, .n = n};
    FieldKey& have = field_drawn_[side];
    const bool moved = have.time != key.time || have.n != key.n || have.step < 0;
    const bool stale = have.step != key.step && seconds_since(field_at_[side]) > 0.12;
    if (lane.panels.front() != 0 || lane.current >= 0 || !(moved || stale)) continue;
    load(lane);
    std::vector<float> xy(size_t{2} * cloud_points);
    for (int i = 0; i < field_points; ++i) {
      const data::Point p = field_point(i);
      xy[static_cast<size_t>(2 * i)] = p.x;
      xy[static_cast<size_t>(2 * i + 1)] = p.y;
    }
    std::vector<float> v(xy.size());
    const float d = 1.0F / static_cast<float>(n);
    lane.sampler.velocity(xy, std::min(order().time, 1 - d), d, v);
    v.resize(size_t{2} * field_points);
    out_.post(
        Field{.run = order().run, .step = key.step, .time = order().time, .d = d, .velocity = v},
        side);
    have = key;
    field_at_[side] = Clock::now();
    return true;
  }
  return false;
}

}  // namespace rivulet::live::flow2d
