#include "rivulet/live/experts_pictures/work.h"

#include <algorithm>

#include "rivulet/core/error.h"
#include "rivulet/io/png.h"
#include "rivulet/live/loaded.h"

namespace rivulet::live::experts_pictures {
namespace {

constexpr int batch = LoadedModel::batch;
static_assert(picture_count % batch == 0);

constexpr double show_seconds = 0.04;  // a course is some megabytes
constexpr uint64_t noise_seed = 1;     // of real pictures

}  // namespace

// --- Pictures from noise ---

bool CourseWork::begin(const Task& task, const LoadedModel& model) {
  if (course_.run != 0 && task == task_) return false;
  task_ = task;
  request_ = model.request(task.wish);
  const Extent extent = model.extent();
  const size_t pixels = extent.pixels();
  const auto steps = static_cast<size_t>(task.wish.steps);
  course_ = {
      .run = ++runs_,
      .extent = extent,
      .steps = task.wish.steps,
      .places = std::vector<float>((steps + 1) * picture_count * pixels),
      .all = std::vector<float>(steps * static_cast<size_t>(extent.layers * picture_count *
                                                            extent.tokens * extent.experts))};
  for (int i = 0; i < picture_count; ++i) {
    models::picture_noise(
        task.wish.seed, i,
        std::span(course_.places).subspan(static_cast<size_t>(i) * pixels, pixels));
  }
  first_ = 0;
  seconds_ = 0;
  return true;
}

bool CourseWork::advance(LoadedModel& model) {
  const auto start = Clock::now();
  const size_t values = course_.extent.pixels() * batch;
  const auto row = static_cast<size_t>(course_.known * picture_count + first_) / batch;
  const std::span<float> here = std::span(course_.places).subspan(row * values, values);
  const std::span<float> next =
      std::span(course_.places).subspan((row + picture_count / batch) * values, values);
  std::ranges::copy(here, next.begin());
  models::PictureSampler& sampler = model.sampler(task_.silenced);
  sampler.advance(request_, next, course_.known);
  keep_gates(sampler);
  seconds_ += seconds_since(start);
  first_ += batch;
  if (first_ < picture_count) return false;
  first_ = 0;
  ++course_.known;
  course_.ms = static_cast<float>(std::exchange(seconds_, 0) * 1e3);
  if (course_.finished()) check_finite(next);
  if (!course_.finished() && seconds_since(shown_) < show_seconds) return false;
  shown_ = Clock::now();
  return true;
}

/// Those of the batch, into the place that its pictures have.
void CourseWork::keep_gates(const models::PictureSampler& sampler) {
  const Extent& extent = course_.extent;
  const auto size = static_cast<size_t>(extent.tokens * extent.experts);
  for (int layer = 0; layer < extent.layers; ++layer) {
    const int row = (course_.known * extent.layers + layer) * picture_count + first_;
    std::ranges::copy(
        sampler.gates(layer),
        course_.all.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(row) * size));
  }
}

// --- Patches of real pictures ---

void PreferredWork::begin(const Task& task, const LoadedModel& model) {
  if (found_.run != 0 && task == task_) return;
  task_ = task;
  const Extent extent = model.extent();
  if (read_ != task.sheet || extent != found_.extent) read(extent);
  found_.run = ++runs_;
  found_.noised = task.noised;
  found_.looked = 0;
  found_.best.assign(static_cast<size_t>(extent.layers * extent.experts * preferred_count), {});
}

/// A sheet that is damaged counts as an empty one: the lab then shows none.
void PreferredWork::read(const Extent& extent) {
  read_ = task_.sheet;
  found_.extent = extent;
  found_.values.clear();
  found_.count = 0;
  try {
    const data::Pictures pictures =
        data::cut_sheet(io::decode_png(*read_, extent.channels), extent.side, extent.channels);
    found_.count = static_cast<int>(std::min<int64_t>(pictures.count(), most_real));
    found_.values.resize(static_cast<size_t>(found_.count) * extent.pixels());
    data::to_model(std::span(pictures.pixels).first(found_.values.size()), found_.values);
  } catch (const Error&) {
    return;
  }
}

void PreferredWork::advance(LoadedModel& model) {
  const size_t pixels = found_.extent.pixels();
  const float t = found_.noised;
  const int here = std::min(batch, found_.count - found_.looked);
  std::vector<float> x(pixels * batch);
  std::vector<float> v(x.size());
  for (int i = 0; i < here; ++i) {
    const std::span<float> noised = std::span(x).subspan(static_cast<size_t>(i) * pixels, pixels);
    models::picture_noise(noise_seed, found_.looked + i, noised);
    const std::span<const float> picture = found_.picture(found_.looked + i);
    for (size_t k = 0; k < pixels; ++k) noised[k] = (1 - t) * noised[k] + t * picture[k];
  }
  models::PictureSampler& sampler = model.sampler({});
  sampler.velocity(model.request({.labels = {}, .guidance = 1}), x, t, 0, v);
  check_finite(v);
  const auto size = static_cast<size_t>(found_.extent.tokens * found_.extent.experts);
  for (int layer = 0; layer < found_.extent.layers; ++layer) {
    for (int i = 0; i < here; ++i) {
      note(found_.looked + i, layer,
           sampler.gates(layer).subspan(static_cast<size_t>(i) * size, size));
    }
  }
  found_.looked += here;
}

/// Each expert's first choice of this picture, where it is among the largest.
void PreferredWork::note(int picture, int layer, std::span<const float> gates) {
  const int n = found_.extent.experts;
  for (int expert = 0; expert < n; ++expert) {
    Preferred::Patch patch{.picture = picture};
    for (int token = 0; token < found_.extent.tokens; ++token) {
      const float gate = gates[static_cast<size_t>(token * n + expert)];
      if (gate > patch.gate) patch = {.picture = picture, .token = token, .gate = gate};
    }
    const auto first = found_.best.begin() + (layer * n + expert) * std::ptrdiff_t{preferred_count};
    const auto end = first + preferred_count;
    const auto place = std::find_if(
        first, end, [&](const Preferred::Patch& other) { return patch.gate > other.gate; });
    if (place == end) continue;
    std::move_backward(place, end - 1, end);
    *place = patch;
  }
}

}  // namespace rivulet::live::experts_pictures
