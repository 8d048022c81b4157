#include "rivulet/live/ddcm/walks.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "rivulet/core/random.h"
#include "rivulet/data/target2d.h"
#include "rivulet/metrics/points.h"

namespace rivulet::live::ddcm {
namespace {

constexpr int walkers = 400;
constexpr int cloud = 1000;  // points that the perfect denoiser knows
constexpr int projections = 32;
constexpr uint64_t cloud_stream = 1;
constexpr uint64_t goal_stream = 2;
constexpr uint64_t ddpm_stream = 3;
constexpr uint64_t forward_stream = 100;  // + step

std::span<float> frame_of(std::vector<float>& frames, int i) {
  const size_t size = walkers * 2;
  return std::span(frames).subspan(static_cast<size_t>(i) * size, size);
}

/// As many of the points as there are walkers.
std::vector<float> some_of(std::span<const float> points, Rng rng) {
  std::vector<float> out;
  for (size_t i = 0; i < walkers; ++i) {
    const size_t k = rng.below(cloud);
    out.push_back(points[2 * k]);
    out.push_back(points[2 * k + 1]);
  }
  return out;
}

models::Choice choice_of(PlaneChoice choice) {
  return static_cast<models::Choice>(static_cast<int>(choice) - 1);
}

}  // namespace

void PlaneWork::set(const PlaneWish& wish) {
  if (wish_ && *wish_ == wish) return;
  const bool same = wish_ && wish_->target == wish.target && wish_->steps == wish.steps &&
                    wish_->seed == wish.seed;
  wish_ = wish;
  const uint64_t runs = trace_.run + 1;
  trace_ = {};
  trace_.run = runs;
  trace_.points = walkers;
  trace_.steps = wish.steps;
  if (!same) {
    const data::Target2d target(wish.target);
    Rng rng(wish.seed, cloud_stream);
    cloud_.resize(size_t{cloud} * 2);
    target.sample(rng, cloud_);
    goals_ = some_of(cloud_, Rng(wish.seed, goal_stream));
    others_ = some_of(cloud_, Rng(wish.seed, goal_stream).fork(1));
    denoise_ = models::perfect_denoiser(cloud_, 2);
    levels_ = models::noise_levels(wish.steps, 1);
    curves_ = {};
    curves_.run = trace_.run;
    for (auto& row : curves_.distance) row.fill(-1);
    next_curve_ = 0;
    curve_run_.reset();
  }
  trace_.data = goals_;
  const auto frames = static_cast<size_t>(wish.steps + 1) * walkers * 2;
  trace_.ddpm.resize(frames);
  trace_.chosen.resize(frames);
  trace_.ddpm_distance.resize(static_cast<size_t>(wish.steps + 1));
  trace_.chosen_distance.resize(static_cast<size_t>(wish.steps + 1));
  Rng(wish.seed, ddpm_stream).normal(frame_of(trace_.ddpm, 0));
  run_ = walk(wish.choice, wish.size);
}

/// The steps of noise_levels(S, 1): S-1 of them carry a code, the last one goes to x0hat.
models::DdcmRun PlaneWork::walk(PlaneChoice choice, int size) const {
  const models::DdcmSettings settings{
      .codes = wish_->steps - 1,
      .bits = static_cast<int>(std::bit_width(static_cast<unsigned>(size))) - 1,
      .rho = 1,
      .noise = 1,
      .snap = false,
      .seed = wish_->seed};
  const models::Ddcm ddcm(settings, denoise_, 2);
  if (choice != PlaneChoice::random) {
    return ddcm.choose(models::pull_to(goals_), walkers, choice_of(choice), wish_->seed);
  }
  std::vector<models::DdcmCode> codes;
  codes.reserve(walkers);
  for (uint64_t i = 0; i < walkers; ++i) {
    codes.push_back(models::random_code(settings, (uint64_t{wish_->seed} << 32) + i));
  }
  return ddcm.replay(std::move(codes));
}

/// One ancestral step of all walkers.
void PlaneWork::step_ddpm(int step) {
  const std::span<const float> from = frame_of(trace_.ddpm, step);
  const std::span<float> to = frame_of(trace_.ddpm, step + 1);
  std::vector<float> x0(from.size());
  std::vector<float> noise(from.size());
  const auto i = static_cast<size_t>(step);
  denoise_(from, levels_[i], x0);
  Rng(wish_->seed, ddpm_stream).fork(static_cast<uint64_t>(step) + 1).normal(noise);
  const models::Posterior q = models::ddpm_step(levels_[i], levels_[i + 1]);
  for (size_t k = 0; k < to.size(); ++k) {
    to[k] = q.of_x_t * from[k] + q.of_x_0 * x0[k] + q.sigma * noise[k];
  }
}

float PlaneWork::distance(int step, std::span<const float> points) const {
  const auto [abar, bbar] = levels_[static_cast<size_t>(step)];
  std::vector<float> forward(points.size());
  Rng(wish_->seed, forward_stream + static_cast<uint64_t>(step)).normal(forward);
  for (size_t k = 0; k < forward.size(); ++k) forward[k] = abar * others_[k] + bbar * forward[k];
  return metrics::sliced_wasserstein2(points, forward, projections);
}

void PlaneWork::advance() {
  const int step = trace_.known;
  const auto i = static_cast<size_t>(step);
  if (step < trace_.steps) {
    run_->step();
    std::ranges::copy(run_->seen().x_t, frame_of(trace_.chosen, step).begin());
    step_ddpm(step);
  } else {
    std::ranges::copy(run_->moved(), frame_of(trace_.chosen, step).begin());
    run_.reset();
  }
  trace_.ddpm_distance[i] = distance(step, frame_of(trace_.ddpm, step));
  trace_.chosen_distance[i] = distance(step, frame_of(trace_.chosen, step));
  ++trace_.known;
}

/// One step of the walk behind one value of the curves.
void PlaneWork::advance_curves() {
  constexpr auto sizes = static_cast<int>(plane_sizes.size());
  if (curves_.ddpm < 0) {
    double sum = 0;
    for (const float value : trace_.ddpm_distance) sum += value;
    curves_.ddpm = static_cast<float>(sum / static_cast<double>(trace_.steps + 1));
  }
  const int column = next_curve_ / plane_choices;  // all ways for one K, then the next K
  const int row = next_curve_ % plane_choices;
  static_assert(curve_count == plane_choices * sizes);
  if (!curve_run_) {
    curve_run_ = walk(static_cast<PlaneChoice>(row), plane_sizes[static_cast<size_t>(column)]);
    curve_sum_ = 0;
  }
  if (curve_run_->step()) {
    curve_sum_ += distance(curve_run_->seen().step, curve_run_->seen().x_t);
    return;
  }
  curve_sum_ += distance(trace_.steps, curve_run_->moved());
  curves_.distance[static_cast<size_t>(row)][static_cast<size_t>(column)] =
      static_cast<float>(curve_sum_ / static_cast<double>(trace_.steps + 1));
  curve_run_.reset();
  ++next_curve_;
}

}  // namespace rivulet::live::ddcm
