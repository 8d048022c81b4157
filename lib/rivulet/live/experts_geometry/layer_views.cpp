#include "rivulet/live/experts_geometry/layer_views.h"

#include <algorithm>
#include <chrono>
#include <span>

#include "rivulet/live/experts_geometry/sets.h"
#include "rivulet/metrics/ranks.h"
#include "rivulet/train/expert_layer.h"

namespace rivulet::live::experts_geometry {
namespace {

using models::ExpertErrors;
using models::ExpertGram;

constexpr int chunk = 256;  // points that go through the layer at once
constexpr int ranked_at_once = 32;
static_assert(ranked_points <= chunk && ranked_points % ranked_at_once == 0);
static_assert(map_side * map_side % chunk == 0);

/// Of random numbers; training has its own in train/.
constexpr uint64_t points_stream = 95;

// While training goes on.
constexpr auto ranking_pause = std::chrono::milliseconds(120);
constexpr auto regions_pause = std::chrono::milliseconds(200);

/// The middle of cell i of `map_side`.
float cell(int i) {
  return -data::plane_radius +
         2 * data::plane_radius * (static_cast<float>(i) + 0.5F) / static_cast<float>(map_side);
}

uint8_t largest(std::span<const float> values) {
  return static_cast<uint8_t>(std::ranges::max_element(values) - values.begin());
}

/// What each rule misses at one point, added to what it misses at others.
void add(std::array<ExpertErrors, models::expert_rule_count>& sums,
         const std::array<ExpertErrors, models::expert_rule_count>& one) {
  for (size_t rule = 0; rule < sums.size(); ++rule) {
    sums[rule].squared.resize(one[rule].squared.size());
    std::ranges::transform(sums[rule].squared, one[rule].squared, sums[rule].squared.begin(),
                           std::plus{});
  }
}

}  // namespace

/// The same weights, judged otherwise.
void LayerViews::adjust(const Order& before) {
  if (before.weighed == order().weighed) return;
  ranking_.weighed = order().weighed;
  ranking_.step = -1;
  if (view_ == View::ranking) view_ = View::none;
}

bool LayerViews::look() {
  deliveries_->poll();
  if (deliveries_->front().run != order().run) return false;
  if (view_ == View::none) load();
  if (follow_held()) return true;
  if (view_ == View::none) choose();
  switch (view_) {
    case View::none:
      return false;
    case View::ranking:
      ranking_piece();
      break;
    case View::regions:
      regions_piece();
      break;
  }
  return true;
}

void LayerViews::compile() {
  maps_.clear();
  maps_.emplace_back(order().layer, chunk, *order().device);
  maps_.emplace_back(order().layer, 1, *order().device);
  loaded_ = -1;
  view_ = View::none;
}

void LayerViews::begin() {
  probe_ = {};
  regions_ = {};
  ranking_ = {};
  ranking_.weighed = order().weighed;
  ranked_at_ = regions_at_ = {};
  points_.resize(size_t{2} * ranked_points);
  std::vector<float> origins(points_.size());
  train::blurred_points(*order().target, order().blur, Rng(order().seed, points_stream), points_,
                        origins);
}

/// Whatever is made of several pieces is made of the same weights.
void LayerViews::load() {
  const Delivery& delivery = deliveries_->front();
  if (loaded_ == delivery.step && loaded_run_ == delivery.run) return;
  for (models::ExpertLayerMap& map : maps_) map.load(delivery.weights);
  loaded_ = delivery.step;
  loaded_run_ = delivery.run;
}

bool LayerViews::follow_held() {
  if (loaded_ < 0 || loaded_run_ != order().run) return false;
  if (probe_.run == order().run && probe_.step == loaded_ && probe_.at == order().held &&
      probe_.weighed == order().weighed) {
    return false;
  }
  models::ExpertLayerMap& map = maps_.back();
  map.run(std::array{order().held.x, order().held.y});
  const int n = order().layer.blocks;
  Vectors& vectors = probe_.vectors;
  vectors.of = {.n = n, .weighed = order().weighed, .seed = order().seed, .heads = {}};
  vectors.seen.clear();
  for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
    vectors.seen.insert(vectors.seen.end(), {map.vectors()[2 * i], map.vectors()[2 * i + 1], 0});
  }
  const ExpertGram gram(map.vectors(), n);
  vectors.norms = gram.norms();
  vectors.predicted.assign(map.rho().begin(), map.rho().end());
  judge(gram, vectors.predicted, order().weighed, vectors.errors);
  vectors.drawn = lots(n, order().seed);
  probe_.run = order().run;
  probe_.step = loaded_;
  probe_.at = order().held;
  probe_.weighed = order().weighed;
  out_.post(probe_);
  return true;
}

void LayerViews::choose() {
  const Clock::time_point now = Clock::now();
  const auto due = [&](int64_t step, Clock::time_point at, Clock::duration pause) {
    return step < loaded_ && (!order().playing || step < 0 || now - at > pause);
  };
  piece_ = 0;
  if (due(ranking_.step, ranked_at_, ranking_pause)) {
    view_ = View::ranking;
  } else if (due(regions_.step, regions_at_, regions_pause)) {
    view_ = View::regions;
  }
}

void LayerViews::ranking_piece() {
  const auto n = static_cast<size_t>(order().layer.blocks);
  models::ExpertLayerMap& map = maps_.front();
  if (piece_ == 0) {
    map.run(points_);
    ranking_.predicted.assign(map.rho().begin(), map.rho().end());
    ranking_.norms.clear();
    ranking_.errors = {};
    correlations_ = 0;
  }
  const std::span<const float> vectors = map.vectors();
  for (int i = 0; i < ranked_at_once; ++i) {
    const auto point = static_cast<size_t>(piece_ * ranked_at_once + i);
    const ExpertGram gram(vectors.subspan(2 * n * point, 2 * n), order().layer.blocks);
    const std::vector<float> norms = gram.norms();
    const auto predicted = std::span<const float>(ranking_.predicted).subspan(n * point, n);
    ranking_.norms.insert(ranking_.norms.end(), norms.begin(), norms.end());
    correlations_ += metrics::spearman(norms, predicted);
    std::array<ExpertErrors, models::expert_rule_count> errors;
    judge(gram, predicted, order().weighed, errors);
    add(ranking_.errors, errors);
  }
  if (++piece_ < ranked_points / ranked_at_once) return;
  const bool again = ranking_.run == order().run && ranking_.step < 0;  // of weights seen before
  ranking_.last = static_cast<float>(correlations_ / ranked_points);
  if (!again) ranking_.correlation.add(static_cast<float>(loaded_), ranking_.last);
  ranking_.run = order().run;
  ranking_.step = loaded_;
  ranked_at_ = Clock::now();
  out_.post(ranking_);
  view_ = View::none;
}

void LayerViews::regions_piece() {
  const auto n = static_cast<size_t>(order().layer.blocks);
  std::vector<float> xy(size_t{2} * chunk);
  for (int i = 0; i < chunk; ++i) {
    const int at = piece_ * chunk + i;
    xy[static_cast<size_t>(2 * i)] = cell(at % map_side);
    xy[static_cast<size_t>(2 * i + 1)] = -cell(at / map_side);  // from the top
  }
  models::ExpertLayerMap& map = maps_.front();
  map.run(xy);
  constexpr size_t cells = size_t{map_side} * map_side;
  regions_.norms.resize(cells);
  regions_.predicted.resize(cells);
  const std::span<const float> vectors = map.vectors();
  const std::span<const float> rho = map.rho();
  std::vector<float> squares(n);
  for (size_t i = 0; i < chunk; ++i) {
    const auto v = vectors.subspan(2 * n * i, 2 * n);
    for (size_t j = 0; j < n; ++j) {
      squares[j] = v[2 * j] * v[2 * j] + v[2 * j + 1] * v[2 * j + 1];
    }
    const size_t at = static_cast<size_t>(piece_) * chunk + i;
    regions_.norms[at] = largest(squares);
    regions_.predicted[at] = largest(rho.subspan(n * i, n));
  }
  if (++piece_ < static_cast<int>(cells) / chunk) return;
  regions_.run = order().run;
  regions_.step = loaded_;
  regions_at_ = Clock::now();
  out_.post(regions_);
  view_ = View::none;
}

}  // namespace rivulet::live::experts_geometry
