#include "rivulet/live/experts_pictures/engine.h"

#include <algorithm>
#include <array>

#include "rivulet/live/clock.h"
#include "rivulet/live/experts_pictures/model.h"
#include "rivulet/live/experts_pictures/work.h"

namespace rivulet::live::experts_pictures {
namespace {

class Sampling final : public Worker<Order> {
 public:
  explicit Sampling(Outbox& out) : out_(out) {}

  void obey(const Order& order) override { order_ = order; }

  bool slice() override {
    if (load()) return true;
    if (!slot_ || order_.resting) return false;
    const CourseWork::Task whole{.model = order_.weights, .wish = order_.wish, .silenced = {}};
    if (advance(Cast::whole, whole)) return true;
    CourseWork::Task without = whole;
    without.silenced = order_.silenced;
    if (!order_.silenced.empty() && advance(Cast::without, without)) return true;
    return look_at_pictures();
  }

 private:
  using Slot = ModelSlot<LoadedModel>;

  bool load() {
    const Slot::Change change = slot_.set(order_.weights, *order_.device);
    if (change == Slot::Change::file) announce();
    return change != Slot::Change::none;
  }

  /// The model is another one, or none: nothing that was made with the last one holds.
  void announce() {
    for (const Cast cast : {Cast::whole, Cast::without}) {
      courses_[static_cast<size_t>(cast)].clear();
      out_.post(Course{}, cast);
    }
    preferred_.clear();
    out_.post(Preferred{});
    out_.post(slot_.card());
  }

  /// Does `step(model)`; a model that cannot is shown as broken and left alone.
  template <class Step>
  void attempt(Step step) {
    if (!slot_.attempt(step)) announce();
  }

  /// A piece of the course; false when it is at its end.
  bool advance(Cast cast, const CourseWork::Task& task) {
    CourseWork& work = courses_[static_cast<size_t>(cast)];
    if (work.begin(task, *slot_)) out_.post(work.course(), cast);
    if (work.course().finished()) return false;
    attempt([&](LoadedModel& model) {
      if (work.advance(model)) out_.post(work.course(), cast);
    });
    return true;
  }

  bool look_at_pictures() {
    if (!order_.pictures) return false;
    preferred_.begin({.model = order_.weights, .sheet = order_.pictures, .noised = order_.noised},
                     *slot_);
    if (preferred_.done()) return false;
    attempt([&](LoadedModel& model) {
      preferred_.advance(model);
      if (preferred_.done()) out_.post(preferred_.preferred());
    });
    return true;
  }

  Outbox& out_;
  Order order_;
  Slot slot_;
  std::array<CourseWork, cast_count> courses_;
  PreferredWork preferred_;
};

auto tasks(Outbox& out) {
  return std::array{Engine::Task{.name = "experts", .worker = std::make_unique<Sampling>(out)}};
}

}  // namespace

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

std::span<const float> Course::place(int step, int picture) const {
  const auto row = static_cast<size_t>(step * picture_count + picture);
  return std::span(places).subspan(row * extent.pixels(), extent.pixels());
}

std::span<const float> Course::gates(int step, int layer, int picture) const {
  const auto size = static_cast<size_t>(extent.tokens * extent.experts);
  const int row = (step * extent.layers + layer) * picture_count + picture;
  return std::span(all).subspan(static_cast<size_t>(row) * size, size);
}

std::vector<float> Course::load(int step, int layer) const {
  const auto n = static_cast<size_t>(extent.experts);
  std::vector<float> load(n);
  float sum = 0;
  for (int picture = 0; picture < picture_count; ++picture) {
    const std::span<const float> of = gates(step, layer, picture);
    for (size_t i = 0; i < of.size(); ++i) {
      if (of[i] == 0) continue;
      load[i % n] += 1;
      sum += 1;
    }
  }
  for (float& share : load) share /= std::max(sum, 1.0F);
  return load;
}

std::span<const float> Preferred::picture(int i) const {
  return std::span(values).subspan(static_cast<size_t>(i) * extent.pixels(), extent.pixels());
}

std::span<const Preferred::Patch> Preferred::of(int layer, int expert) const {
  const auto row = static_cast<size_t>(layer * extent.experts + expert);
  return std::span(best).subspan(row * preferred_count, preferred_count);
}

}  // namespace rivulet::live::experts_pictures
