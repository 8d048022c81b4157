#include "rivulet/live/flow2d/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "rivulet/core/random.h"

namespace rivulet::live::flow2d {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int field_points = field_side * field_side;
static_assert(field_points <= cloud_points);
constexpr int projections = 64;

/// Streams of random numbers, by purpose; training has its own in train/.
enum Stream : uint64_t { noise_stream = 71, data_stream = 72 };

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Averaged weights on their way from the training task to the sampling task.
struct Delivery {
  uint64_t run = 0;
  std::array<train::Weights, 2> weights;
};

/// The training task: both sides of a comparison take the same number of steps.
class Training {
 public:
  Training(Mailbox<Order>& orders, Mailbox<Delivery>& deliveries, Mailbox<Progress>& reports)
      : orders_(orders), deliveries_(deliveries), reports_(reports) {}

  bool slice() {
    if (orders_.poll()) obey(orders_.front());
    if (trainers_.empty()) return false;  // nothing asked yet, or it could not be made
    const bool may = order_.playing || step_ < order_.allowance;
    if (!may) {
      if (!delivered_) deliver();
      return false;
    }
    for (int side = 0; side < order_.sides; ++side) advance(side);
    ++step_;
    ++counted_;
    delivered_ = false;
    const double elapsed = seconds_since(mark_);
    if (elapsed > 0.5) {
      rate_ = static_cast<double>(counted_) / elapsed;
      counted_ = 0;
      mark_ = Clock::now();
    }
    if (seconds_since(delivered_at_) > 0.04) deliver();
    return true;
  }

 private:
  void obey(const Order& order) {
    const bool begin = order.run != order_.run;
    const bool resumed = order.playing && !order_.playing;
    order_ = order;
    if (begin) {
      trainers_.clear();
      step_ = 0;
      loss_ = {};
      self_loss_ = {};
      last_loss_ = {};
      rate_ = 0;
      for (int side = 0; side < order.sides; ++side) {
        trainers_.push_back(train::flow2d_trainer(order.configs[static_cast<size_t>(side)],
                                                  *order.target, cpu_device()));
      }
      deliver();
    }
    if (begin || resumed) {
      counted_ = 0;
      mark_ = Clock::now();
    }
    for (size_t side = 0; side < trainers_.size(); ++side) {
      trainers_[side].set_learning_rate(order.configs[side].learning_rate);
      trainers_[side].set_ema_decay(order.configs[side].ema_decay);
    }
  }

  void advance(int side) {
    const auto i = static_cast<size_t>(side);
    last_loss_[i] = trainers_[i].step();
    const auto x = static_cast<float>(trainers_[i].steps());
    loss_[i].add(x, trainers_[i].loss("flow_loss"));
    const float self_loss = trainers_[i].loss("self_loss");
    if (self_loss > 0) self_loss_[i].add(x, self_loss);
  }

  void deliver() {
    delivered_ = true;
    delivered_at_ = Clock::now();
    Delivery& delivery = deliveries_.back();
    delivery.run = order_.run;
    for (size_t side = 0; side < trainers_.size(); ++side) {
      trainers_[side].averaged(delivery.weights[side]);
    }
    deliveries_.publish();
    Progress& report = reports_.back();
    report = {.run = order_.run,
              .step = step_,
              .steps_per_second = rate_,
              .sides = order_.sides,
              .loss = loss_,
              .self_loss = self_loss_,
              .last_loss = last_loss_};
    reports_.publish();
  }

  Mailbox<Order>& orders_;
  Mailbox<Delivery>& deliveries_;
  Mailbox<Progress>& reports_;
  Order order_;
  std::vector<train::Trainer> trainers_;
  std::array<Series, 2> loss_;
  std::array<Series, 2> self_loss_;
  std::array<float, 2> last_loss_{};
  int64_t step_ = 0;
  bool delivered_ = true;
  Clock::time_point delivered_at_ = Clock::now();
  Clock::time_point mark_ = Clock::now();
  int64_t counted_ = 0;
  double rate_ = 0;
};

/// Everything the sampling task publishes.
struct Outbox {
  std::array<std::array<Mailbox<Panel>, panel_count>, 2> panels;
  std::array<Mailbox<Paths>, 2> paths;
  std::array<Mailbox<Field>, 2> fields;
  Mailbox<Distances> distances;
};

/// A sampler and the panels it refreshes in turn. Panels of few steps have a lane of their own, or
/// they would wait for the 128-step panel each time.
struct Lane {
  int side = 0;
  std::vector<int> panels;
  double share = 1;
  train::Flow2dSampler sampler;
  double used = 0;         // seconds / share
  int64_t loaded = -1;     // training step of the sampler's weights
  int current = -1;        // panel being drawn
  int done = 0;            // its steps so far
  bool recording = false;  // its whole paths are kept
  size_t turn = 0;
  std::vector<float> xy = {};
  std::vector<float> frames = {};
};

/// The sampling task: draws the panels from the same noise over and over with the newest weights.
class Sampling {
 public:
  Sampling(Mailbox<Order>& orders, Mailbox<Delivery>& deliveries, Outbox& out)
      : orders_(orders), deliveries_(deliveries), out_(out) {}

  bool slice() {
    if (orders_.poll()) obey(orders_.front());
    deliveries_.poll();
    if (!order_.target || deliveries_.front().run != order_.run) return false;
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

 private:
  const train::Weights& weights(int side) const {
    return deliveries_.front().weights[static_cast<size_t>(side)];
  }

  void obey(const Order& order) {
    const bool begin = order.run != order_.run;
    const bool other_target = order.target != order_.target;
    order_ = order;
    if (begin || other_target) floor_ = 0;
    if (!begin) return;
    noise_.resize(size_t{2} * cloud_points);
    Rng(order.configs[0].seed, noise_stream).normal(noise_);
    distances_ = {};
    distances_.run = order.run;
    drawn_ = {};
    for (auto& side : drawn_) side.fill(-1);
    paths_drawn_ = {{{-1, 0}, {-1, 0}}};
    field_drawn_ = {};
    lanes_.clear();
    for (int side = 0; side < order.sides; ++side) {
      const auto& config = order.configs[static_cast<size_t>(side)];
      const auto lane = [&](std::vector<int> panels, double share) {
        lanes_.push_back({.side = side,
                          .panels = std::move(panels),
                          .share = share,
                          .sampler = {config, cloud_points, cpu_device()}});
      };
      lane({0, 1, 2, 3}, 0.4);
      lane({4, 5, 4}, 0.6);
    }
  }

  /// The panel that the lane should draw next, or -1 when all show the newest weights.
  int pick(const Lane& lane) const {
    const auto side = static_cast<size_t>(lane.side);
    const int64_t newest = weights(lane.side).step;
    // The first weights change too fast to be worth 128 steps.
    if (order_.playing && newest < 30 && lane.panels.front() != 0) return -1;
    const auto wanted = [&](int panel) {
      return panel == order_.panel && paths_drawn_[side] != std::pair(newest, panel);
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

  void load(Lane& lane) {
    if (lane.loaded == weights(lane.side).step) return;
    lane.sampler.load(weights(lane.side));
    lane.loaded = weights(lane.side).step;
  }

  void keep_frame(Lane& lane) {
    if (lane.recording) lane.frames.insert(lane.frames.end(), lane.xy.begin(), lane.xy.end());
  }

  void advance(Lane& lane) {
    if (lane.current < 0) {
      lane.current = pick(lane);
      ++lane.turn;
      load(lane);
      lane.done = 0;
      lane.xy = noise_;
      lane.frames.clear();
      lane.recording = lane.current == order_.panel;
      keep_frame(lane);
    }
    const int n = train::shown_steps[lane.current];
    lane.sampler.advance(lane.xy, lane.done, n);
    keep_frame(lane);
    if (++lane.done == n) finish(lane);
  }

  void finish(Lane& lane) {
    const auto side = static_cast<size_t>(lane.side);
    const auto index = static_cast<size_t>(lane.current);
    Panel& panel = out_.panels[side][index].back();
    panel.run = order_.run;
    panel.step = lane.loaded;
    panel.xy = lane.xy;
    out_.panels[side][index].publish();
    drawn_[side][index] = lane.loaded;
    if (lane.recording) {
      Paths& paths = out_.paths[side].back();
      paths.run = order_.run;
      paths.step = lane.loaded;
      paths.n = train::shown_steps[lane.current];
      std::swap(paths.frames, lane.frames);
      out_.paths[side].publish();
      paths_drawn_[side] = {lane.loaded, lane.current};
    }
    measure(lane);
    lane.current = -1;
  }

  /// Distance to the data. Few-step panels come round so often that most go unmeasured.
  void measure(const Lane& lane) {
    const auto side = static_cast<size_t>(lane.side);
    const auto index = static_cast<size_t>(lane.current);
    auto& last = measured_at_[side][index];
    if (distances_.last[side][index] > 0 && seconds_since(last) < 0.15 && order_.playing) return;
    last = Clock::now();
    const float distance = (*distance_)(lane.xy);
    float& mean = distances_.last[side][index];  // of the last few: each alone is noisy
    mean = mean > 0 && order_.playing ? 0.35F * mean + 0.65F * distance : distance;
    distances_.series[side][index].add(static_cast<float>(lane.loaded), mean);
    distances_.coverage[side][index] = metrics::mode_coverage(lane.xy, order_.target->modes());
    distances_.floor = floor_;
    out_.distances.back() = distances_;
    out_.distances.publish();
  }

  /// Data against data: no sampler can be expected to come below.
  void measure_floor() {
    std::vector<float> data(size_t{2} * cloud_points);
    Rng rng(order_.configs[0].seed, data_stream);
    order_.target->sample(rng, data);
    distance_.emplace(data, projections);
    constexpr int repeats = 8;
    for (int i = 0; i < repeats; ++i) {
      order_.target->sample(rng, data);
      floor_ += (*distance_)(data) / repeats;
    }
  }

  /// The velocity field, where it is wanted and out of date: the visitor is looking at it.
  bool draw_field() {
    if (!order_.field) return false;
    const int n = train::shown_steps[order_.panel];
    for (Lane& lane : lanes_) {
      const auto side = static_cast<size_t>(lane.side);
      FieldKey key{.step = weights(lane.side).step, .time = order_.time, .n = n};
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
      lane.sampler.velocity(xy, std::min(order_.time, 1 - d), d, v);
      v.resize(size_t{2} * field_points);
      out_.fields[side].back() = {order_.run, key.step, order_.time, d, std::move(v)};
      out_.fields[side].publish();
      have = key;
      field_at_[side] = Clock::now();
      return true;
    }
    return false;
  }

  struct FieldKey {
    int64_t step = -1;
    float time = 0;
    int n = 0;
  };

  Mailbox<Order>& orders_;
  Mailbox<Delivery>& deliveries_;
  Outbox& out_;
  Order order_;
  std::vector<Lane> lanes_;
  std::vector<float> noise_;
  std::optional<metrics::SlicedWasserstein2> distance_;
  float floor_ = 0;
  Distances distances_;
  std::array<std::array<int64_t, panel_count>, 2> drawn_{};  // training step shown by each panel
  std::array<std::pair<int64_t, int>, 2> paths_drawn_{};     // training step and panel of the paths
  std::array<FieldKey, 2> field_drawn_{};
  std::array<Clock::time_point, 2> field_at_{};
  std::array<std::array<Clock::time_point, panel_count>, 2> measured_at_{};
};

}  // namespace

struct Engine::Impl {
  Mailbox<Order> training_orders;
  Mailbox<Order> sampling_orders;
  Mailbox<Delivery> deliveries;
  Mailbox<Progress> progress;
  Outbox out;
  Training training{training_orders, deliveries, progress};
  Sampling sampling{sampling_orders, deliveries, out};
  // Last, so that its threads end before what they use.
  Job job{{{.name = "train", .share = 1, .slice = [this] { return training.slice(); }},
           {.name = "sample", .share = 0.34, .slice = [this] { return sampling.slice(); }}}};
};

Engine::Engine() : impl_(std::make_unique<Impl>()) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

void Engine::order(const Order& order) {
  impl_->training_orders.back() = order;
  impl_->training_orders.publish();
  impl_->sampling_orders.back() = order;
  impl_->sampling_orders.publish();
  impl_->job.wake();
}

void Engine::update(double milliseconds) {
  impl_->job.pump(milliseconds);
  impl_->progress.poll();
  impl_->out.distances.poll();
  for (size_t side = 0; side < 2; ++side) {
    for (auto& panel : impl_->out.panels[side]) panel.poll();
    impl_->out.paths[side].poll();
    impl_->out.fields[side].poll();
  }
}

const Progress& Engine::progress() const { return impl_->progress.front(); }

const Panel& Engine::panel(int side, int index) const {
  return impl_->out.panels[static_cast<size_t>(side)][static_cast<size_t>(index)].front();
}

const Paths& Engine::paths(int side) const {
  return impl_->out.paths[static_cast<size_t>(side)].front();
}

const Field& Engine::field(int side) const {
  return impl_->out.fields[static_cast<size_t>(side)].front();
}

const Distances& Engine::distances() const { return impl_->out.distances.front(); }
std::string Engine::error() const { return impl_->job.error(); }
void Engine::retry() { impl_->job.retry(); }

data::Point field_point(int i) {
  constexpr float step = 6.0F / field_side;
  return {-3 + step * (static_cast<float>(i % field_side) + 0.5F),
          -3 + step * (static_cast<float>(i / field_side) + 0.5F)};
}

}  // namespace rivulet::live::flow2d
