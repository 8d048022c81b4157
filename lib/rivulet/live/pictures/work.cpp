#include "rivulet/live/pictures/work.h"

#include <algorithm>

#include "rivulet/live/loaded.h"
#include "rivulet/live/slerp.h"

namespace rivulet::live::pictures {
namespace {

std::span<float> picture_of(std::vector<float>& values, int64_t i, int64_t pixels) {
  return std::span(values).subspan(static_cast<size_t>(i * pixels), static_cast<size_t>(pixels));
}

}  // namespace

// --- The grid, and the frames of a morph ---

void SheetWork::set(const Task& task, LoadedModel& model) {
  if (sheet_.run != 0 && task == task_) return;
  task_ = task;
  begin(model);
}

void SheetWork::begin(LoadedModel& model) {
  const int64_t pixels = model.pixels();
  sheet_ = {.run = ++run_,
            .side = model.model().pictures.net.side,
            .channels = model.model().pictures.net.channels,
            .values = std::vector<float>(static_cast<size_t>(task_.count * pixels)),
            .progress = std::vector<float>(static_cast<size_t>(task_.count)),
            .batch = model.many().batch()};
  std::vector<float> from(static_cast<size_t>(pixels));
  std::vector<float> to(from.size());
  models::picture_noise(task_.wish.seed, task_.from, from);
  models::picture_noise(task_.wish.seed, task_.other, to);
  for (int i = 0; i < task_.count; ++i) {
    const std::span<float> noise = picture_of(sheet_.values, i, pixels);
    if (!task_.morph) {
      models::picture_noise(task_.wish.seed, i, noise);
    } else if (task_.kind == MorphKind::noise) {
      slerp(from, to, static_cast<float>(i) / static_cast<float>(task_.count - 1), noise);
    } else {
      std::copy(from.begin(), from.end(), noise.begin());
    }
  }
  request_ = model.request(task_.wish, sheet_.batch);
  far_ = request_;
  far_.labels = label_rows(model.model().pictures.net.classes, task_.to, sheet_.batch);
  first_ = 0;
  begin_batch(model);
}

void SheetWork::begin_batch(LoadedModel& model) {
  step_ = 0;
  seconds_ = 0;
  x_.assign(static_cast<size_t>(sheet_.batch * model.pixels()), 0.0F);
  const auto from = sheet_.values.begin() + static_cast<std::ptrdiff_t>(first_ * model.pixels());
  const int here = std::min(sheet_.batch, task_.count - first_);
  std::copy_n(from, here * model.pixels(), x_.begin());
  if (!task_.wish.draw_open) return;
  const std::vector<int>& classes = model.model().pictures.net.classes;
  const std::vector<float> rows =
      drawn_label_rows(classes, task_.wish.labels, first_ + sheet_.batch, task_.wish.seed);
  const auto of = static_cast<std::ptrdiff_t>(static_cast<size_t>(first_) * classes.size());
  request_.labels.assign(rows.begin() + of, rows.end());
}

/// A morph between choices goes where the two velocities send it, each by its part.
void SheetWork::step(LoadedModel& model, std::span<float> x) {
  models::PictureSampler& sampler = model.many();
  if (!task_.morph || task_.kind == MorphKind::noise) {
    sampler.advance(request_, x, step_);
    return;
  }
  scratch_.resize(x.size());
  far_velocity_.resize(x.size());
  const auto pixels = static_cast<size_t>(model.pixels());
  const auto blended = [&](std::span<const float> at, float t, float d, std::span<float> v) {
    sampler.velocity(request_, at, t, d, v);
    sampler.velocity(far_, at, t, d, far_velocity_);
    for (size_t k = 0; k < v.size(); ++k) {
      const auto frame = static_cast<float>(first_) + static_cast<float>(k / pixels);
      const float s = std::min(1.0F, frame / static_cast<float>(task_.count - 1));
      v[k] += s * (far_velocity_[k] - v[k]);
    }
  };
  models::euler_step(model.model().method, blended, x, scratch_, step_, request_.steps);
}

bool SheetWork::advance(LoadedModel& model) {
  const auto start = Clock::now();
  step(model, x_);
  seconds_ += seconds_since(start);
  ++step_;
  const int here = std::min(sheet_.batch, task_.count - first_);
  const auto to = sheet_.values.begin() + static_cast<std::ptrdiff_t>(first_ * model.pixels());
  std::copy_n(x_.begin(), here * model.pixels(), to);
  const float part = static_cast<float>(step_) / static_cast<float>(request_.steps);
  std::fill_n(sheet_.progress.begin() + first_, here, part);
  const bool finished = step_ == request_.steps;
  if (finished) finish_batch(model);
  if (!finished && seconds_since(shown_) < look_seconds) return false;
  shown_ = Clock::now();
  return true;
}

void SheetWork::finish_batch(LoadedModel& model) {
  check_finite(x_);
  const bool two_ends = task_.morph && task_.kind == MorphKind::choice;
  const double evaluations =
      static_cast<double>(model.many().evaluations(request_) * request_.steps) * (two_ends ? 2 : 1);
  sheet_.ms = static_cast<float>(seconds_ * 1e3);
  sheet_.gflops = static_cast<float>(static_cast<double>(model.many().flops()) * evaluations /
                                     std::max(seconds_, 1e-9) * 1e-9);
  first_ += sheet_.batch;
  if (first_ < task_.count) begin_batch(model);
}

// --- The same noise by 1, 2, 4, ... 128 steps, or by a student's one ---

void StepsWork::set(Task task, LoadedModel& model) {
  task.wish.steps = 1;
  if (sheet_.run != 0 && task == task_) return;
  task_ = std::move(task);
  const auto columns = static_cast<size_t>(model.columns());
  std::vector<float> noise(static_cast<size_t>(model.pixels()));
  models::picture_noise(task_.wish.seed, task_.picture, noise);
  sheet_ = {.run = ++run_,
            .side = model.model().pictures.net.side,
            .channels = model.model().pictures.net.channels,
            .values = {},
            .progress = std::vector<float>(columns),
            .batch = 1};
  for (size_t i = 0; i < columns; ++i) {
    sheet_.values.insert(sheet_.values.end(), noise.begin(), noise.end());
  }
  x_ = std::move(noise);
  column_ = step_ = 0;
  evaluations_ = 0;
}

bool StepsWork::advance(LoadedModel& model) {
  Wish wish = task_.wish;
  wish.steps = step_choices[static_cast<size_t>(column_)];
  const models::PictureRequest asked = model.request(wish, 1);
  if (step_ == 0) models::picture_noise(wish.seed, task_.picture, x_);
  const auto start = Clock::now();
  model.one().advance(asked, x_, step_);
  const double seconds = seconds_since(start);
  const int evaluations = model.one().evaluations(asked);
  evaluations_ += evaluations;
  sheet_.ms = static_cast<float>(seconds * 1e3);
  sheet_.gflops = static_cast<float>(static_cast<double>(model.one().flops() * evaluations) /
                                     std::max(seconds, 1e-9) * 1e-9);
  std::ranges::copy(x_, picture_of(sheet_.values, column_, model.pixels()).begin());
  ++step_;
  sheet_.progress[static_cast<size_t>(column_)] =
      static_cast<float>(step_) / static_cast<float>(wish.steps);
  if (step_ == wish.steps) {
    check_finite(x_);
    ++column_;
    step_ = 0;
  }
  return true;
}

// --- One picture's way ---

void TraceWork::set(const Task& task, LoadedModel& model) {
  if (trace_.run != 0 && task == task_) return;
  task_ = task;
  request_ = model.request(task_.wish, 1);
  const auto size = static_cast<size_t>((request_.steps + 1) * model.pixels());
  trace_ = {.run = ++run_,
            .steps = request_.steps,
            .known = 0,
            .side = model.model().pictures.net.side,
            .channels = model.model().pictures.net.channels,
            .places = std::vector<float>(size),
            .beliefs = std::vector<float>(size)};
  models::picture_noise(task_.wish.seed, task_.picture,
                        picture_of(trace_.places, 0, model.pixels()));
}

bool TraceWork::advance(LoadedModel& model) {
  const int64_t pixels = model.pixels();
  const int i = trace_.known;
  const std::span<float> here = picture_of(trace_.places, i, pixels);
  const std::span<float> belief = picture_of(trace_.beliefs, i, pixels);
  if (i == request_.steps) {  // it has arrived
    check_finite(here);
    std::ranges::copy(here, belief.begin());
  } else {
    const std::span<float> next = picture_of(trace_.places, i + 1, pixels);
    std::ranges::copy(here, next.begin());
    model.one().advance(request_, next, i);
    if (model.model().one_step) {  // all that it believes is the picture that it makes
      std::ranges::copy(next, belief.begin());
    } else {
      model.one().belief(request_, here, static_cast<float>(i) / static_cast<float>(request_.steps),
                         belief);
    }
    check_finite(belief);
  }
  ++trace_.known;
  return true;
}

}  // namespace rivulet::live::pictures
