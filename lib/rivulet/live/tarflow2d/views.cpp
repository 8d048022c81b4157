#include "rivulet/live/tarflow2d/views.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "rivulet/core/random.h"
#include "rivulet/live/targets.h"

namespace rivulet::live::tarflow2d {
namespace {

constexpr int chunk = cloud_points;  // points that go through the map at once
constexpr int few = 2;               // ... for the held point and the cursor
constexpr int unseen_chunks = 4;
constexpr int density_points = density_side * density_side;
static_assert(density_points % chunk == 0);

/// Streams of random numbers, by purpose; training has its own in train/.
enum Stream : uint64_t { noise_stream = 81, data_stream = 82, unseen_stream = 83 };

constexpr auto density_pause = std::chrono::milliseconds(500);
constexpr auto held_out_pause = std::chrono::milliseconds(400);

/// The middle of cell i of `density_side`.
float cell(int i) {
  return -data::plane_radius +
         2 * data::plane_radius * (static_cast<float>(i) + 0.5F) / density_side;
}

std::vector<float> even_grid() {
  std::vector<float> xy;
  xy.reserve(size_t{2} * grid_points);
  for (const bool upright : {false, true}) {
    for (int line = 0; line < grid_lines; ++line) {
      for (int i = 0; i < line_points; ++i) {
        const float across = spread(line, grid_lines);
        const float along = spread(i, line_points);
        xy.push_back(upright ? across : along);
        xy.push_back(upright ? along : across);
      }
    }
  }
  return xy;
}

}  // namespace

bool Views::look() {
  deliveries_->poll();
  if (deliveries_->front().run != order().run) return false;
  if (view_ == View::none) load();
  if (follow_held()) return true;
  if (view_ == View::none) choose();
  if (view_ == View::none) return false;
  advance();
  return true;
}

void Views::compile() {
  maps_.clear();
  maps_.emplace_back(order().config, chunk, *order().device);
  maps_.emplace_back(order().config, few, *order().device);
  loaded_ = -1;
  view_ = View::none;
}

void Views::begin() {
  cloud_step_ = density_step_ = held_out_step_ = -1;
  density_at_ = held_out_at_ = {};
  held_ = {};
  cloud_ = {};
  density_ = {};
  held_out_ = {};
  data_.resize(size_t{2} * cloud_points);
  noise_.resize(size_t{2} * cloud_points);
  unseen_.resize(size_t{2} * chunk * unseen_chunks);
  Rng points(order().seed, data_stream);
  order().target->sample(points, data_);
  Rng others(order().seed, unseen_stream);
  order().target->sample(others, unseen_);
  Rng(order().seed, noise_stream).normal(noise_);
  grid_ = even_grid();
  const std::optional<double> entropy = order().target->entropy();
  if (entropy) held_out_.entropy = static_cast<float>(*entropy);
}

/// Whatever is made of several pieces is made of the same weights.
void Views::load() {
  const Delivery& delivery = deliveries_->front();
  if (loaded_ == delivery.step && loaded_run_ == delivery.run) return;
  for (models::Tarflow2dMap& map : maps_) map.load(delivery.weights);
  loaded_ = delivery.step;
  loaded_run_ = delivery.run;
}

bool Views::follow_held() {
  if (loaded_ < 0 || loaded_run_ != order().run) return false;
  const int after = std::min(order().held_after, order().config.blocks);
  const auto same = [](data::Point a, data::Point b) { return a == b; };
  static_assert(few == 2);
  if (held_.run == order().run && held_.step == loaded_ && same(held_.cursor, order().cursor) &&
      !held_.path.empty()) {
    const auto k = static_cast<size_t>(2 * after);
    // The path holds the point itself where it is held, unless it was moved since.
    if (same({held_.path[k], held_.path[k + 1]}, order().held)) return false;
  }
  models::Tarflow2dMap& map = maps_.back();
  std::array<float, 2 * few> xy = {order().held.x, order().held.y, order().held.x, order().held.y};
  map.back(after, xy);
  xy[2] = order().cursor.x;
  xy[3] = order().cursor.y;
  const auto states = static_cast<size_t>(order().config.blocks + 1);
  std::vector<float> all(states * 2 * few);
  std::array<float, few> log_q{};
  map.forward(xy, all, log_q);
  held_.path.resize(2 * states);
  for (size_t k = 0; k < states; ++k) {
    held_.path[2 * k] = all[2 * few * k];
    held_.path[2 * k + 1] = all[2 * few * k + 1];
  }
  held_.path[static_cast<size_t>(2 * after)] = order().held.x;
  held_.path[static_cast<size_t>(2 * after) + 1] = order().held.y;
  held_.run = order().run;
  held_.step = loaded_;
  held_.log_q = log_q[0];
  held_.cursor = order().cursor;
  held_.log_q_cursor = log_q[1];
  out_.post(held_);
  return true;
}

void Views::choose() {
  const Clock::time_point now = Clock::now();
  // While training goes on, the dear ones come round less often.
  const auto due = [&](int64_t step, Clock::time_point at, Clock::duration pause) {
    const bool first = cloud_step_ < 0;  // the cloud comes before all else
    return !first && step < loaded_ && (!order().playing || step < 0 || now - at > pause);
  };
  if (due(density_step_, density_at_, density_pause)) {
    view_ = View::density;
  } else if (due(held_out_step_, held_out_at_, held_out_pause)) {
    view_ = View::held_out;
    sum_ = 0;
  } else if (cloud_step_ < loaded_) {
    view_ = View::cloud;
  }
  piece_ = 0;
}

void Views::advance() {
  switch (view_) {
    case View::none:
      return;
    case View::cloud:
      return cloud_piece();
    case View::density:
      return density_piece();
    case View::held_out:
      return held_out_piece();
  }
}

void Views::trace(std::span<const float> points, bool noise, std::vector<float>& states, int first,
                  int count) {
  models::Tarflow2dMap& map = maps_.front();
  const auto blocks = static_cast<size_t>(order().config.blocks);
  const auto whole = points.size();  // of one state
  const auto at = static_cast<size_t>(2 * first);
  const auto floats = static_cast<size_t>(2 * count);
  std::vector<float> xy(size_t{2} * chunk, 0.0F);
  std::copy_n(points.begin() + static_cast<std::ptrdiff_t>(at), floats, xy.begin());
  if (noise) map.back(order().config.blocks, xy);
  std::vector<float> all((blocks + 1) * xy.size());
  std::vector<float> log_q(chunk);
  map.forward(xy, all, log_q);
  states.resize((blocks + 1) * whole);
  for (size_t k = 0; k <= blocks; ++k) {
    std::copy_n(all.data() + k * xy.size(), floats, states.data() + k * whole + at);
  }
}

void Views::cloud_piece() {
  constexpr int grid_pieces = (grid_points + chunk - 1) / chunk;
  if (piece_ == 0) {
    trace(data_, false, cloud_.data, 0, cloud_points);
  } else if (piece_ == 1) {
    trace(noise_, true, cloud_.samples, 0, cloud_points);
  } else if (piece_ < 2 + grid_pieces) {
    const int first = (piece_ - 2) * chunk;
    trace(grid_, true, cloud_.grid, first, std::min(chunk, grid_points - first));
  } else {
    const auto blocks = static_cast<size_t>(order().config.blocks);
    std::vector<float> u(chunk, 0.0F);
    for (int i = 0; i < curve_points; ++i) u[static_cast<size_t>(i)] = curve_at(i);
    std::vector<float> mu(blocks * chunk);
    std::vector<float> scale(blocks * chunk);
    maps_.front().conditionals(u, mu, scale);
    cloud_.mu.resize(blocks * curve_points);
    cloud_.scale.resize(blocks * curve_points);
    for (size_t k = 0; k < blocks; ++k) {
      std::copy_n(mu.data() + k * chunk, curve_points, cloud_.mu.data() + k * curve_points);
      std::copy_n(scale.data() + k * chunk, curve_points, cloud_.scale.data() + k * curve_points);
    }
    cloud_.run = order().run;
    cloud_.step = cloud_step_ = loaded_;
    cloud_.blocks = order().config.blocks;
    out_.post(cloud_);
    view_ = View::none;
    return;
  }
  ++piece_;
}

void Views::density_piece() {
  constexpr int pieces = density_points / chunk;
  std::vector<float> xy(size_t{2} * chunk);
  for (int i = 0; i < chunk; ++i) {
    const int at = piece_ * chunk + i;
    xy[static_cast<size_t>(2 * i)] = cell(at % density_side);
    xy[static_cast<size_t>(2 * i + 1)] = -cell(at / density_side);  // from the top
  }
  std::vector<float> states(static_cast<size_t>(order().config.blocks + 1) * xy.size());
  density_.log_q.resize(density_points);
  maps_.front().forward(
      xy, states,
      std::span(density_.log_q)
          .subspan(static_cast<size_t>(piece_) * chunk, static_cast<size_t>(chunk)));
  if (++piece_ < pieces) return;
  constexpr float width = 2 * data::plane_radius / density_side;
  density_.marginal.assign(density_side, 0.0F);
  for (size_t i = 0; i < density_points; ++i) {
    density_.marginal[i % density_side] += width * std::exp(density_.log_q[i]);
  }
  density_.mass = width * std::accumulate(density_.marginal.begin(), density_.marginal.end(), 0.0F);
  density_.run = order().run;
  density_.step = density_step_ = loaded_;
  density_at_ = Clock::now();
  out_.post(density_);
  view_ = View::none;
}

void Views::held_out_piece() {
  std::vector<float> states(static_cast<size_t>(order().config.blocks + 1) * 2 * chunk);
  std::vector<float> log_q(chunk);
  const auto points = std::span<const float>(unseen_).subspan(
      static_cast<size_t>(piece_) * 2 * chunk, size_t{2} * chunk);
  maps_.front().forward(points, states, log_q);
  sum_ -= std::accumulate(log_q.begin(), log_q.end(), 0.0);
  if (++piece_ < unseen_chunks) return;
  held_out_.last = static_cast<float>(sum_ / (static_cast<double>(chunk) * unseen_chunks));
  held_out_.nll.add(static_cast<float>(loaded_), held_out_.last);
  held_out_.run = order().run;
  held_out_.step = held_out_step_ = loaded_;
  held_out_at_ = Clock::now();
  out_.post(held_out_);
  view_ = View::none;
}

}  // namespace rivulet::live::tarflow2d
