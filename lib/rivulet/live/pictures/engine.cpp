#include "rivulet/live/pictures/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "rivulet/core/error.h"
#include "rivulet/live/pictures/model.h"
#include "rivulet/live/pictures/nearest.h"
#include "rivulet/live/pictures/work.h"
#include "rivulet/models/kind.h"

namespace rivulet::live::pictures {
namespace {

class Sampling final : public Worker<Order> {
 public:
  explicit Sampling(Outbox& out) : out_(out) {}

  void obey(const Order& order) override {
    order_ = order;
    if (training_.set(order_.training)) nearest_for_ = 0;
  }

  bool slice() override {
    for (int side = 0; side < model_count; ++side) {
      if (load(side)) return true;
    }
    for (int side = 0; side < model_count; ++side) {
      if (slot(side)) give_tasks(side);
    }
    switch (order_.view) {
      case View::grid:
        return advance_sheets(SheetKind::grid, grids_) || advance_trace() || find_nearest();
      case View::steps:
        return advance_steps() || advance_trace() || find_nearest();
      case View::morph:
        return advance_sheets(SheetKind::morph, morphs_) || advance_sheets(SheetKind::grid, grids_);
    }
    return false;
  }

 private:
  using Slot = ModelSlot<LoadedModel>;

  Slot& slot(int side) { return slots_[static_cast<size_t>(side)]; }

  bool load(int side) {
    const auto change = slot(side).set(
        order_.weights[static_cast<size_t>(side)], *order_.device, [side](const LoadedModel& read) {
          const models::PictureModel& model = read.model();
          const ModelKind& kind = kind_of(side);
          if (model.method == kind.method && model.one_step == kind.one_step) return;
          const std::string_view said =
              model.one_step ? models::distilled_method : models::name_of(model.method);
          fail("weights", fmt::format("these are weights of {}, not of {}", said, kind.name));
        });
    if (change != Slot::Change::file) return change != Slot::Change::none;
    forget_pictures(side);
    out_.post(slot(side).card(), side);
    return true;
  }

  void forget_pictures(int side) {
    const auto i = static_cast<size_t>(side);
    grids_[i].clear();
    steps_[i].clear();
    morphs_[i].clear();
    for (int kind = 0; kind < sheet_kinds; ++kind) out_.post(Sheet{}, kind, side);
    if (side != trace_side_) return;
    trace_.clear();
    out_.post(Trace{});
  }

  void give_tasks(int side) {
    const auto i = static_cast<size_t>(side);
    const FileBytes& file = slot(side).card().file;
    const Wish wish = slot(side)->within(order_.wish);
    if (order_.sides[i] && order_.view != View::steps) {
      const SheetWork::Task task{.model = file, .wish = wish, .count = picture_count, .to = {}};
      begin(grids_[i], task, SheetKind::grid, side);
    }
    if (order_.sides[i] && order_.view == View::morph) {
      const SheetWork::Task task{.model = file,
                                 .wish = wish,
                                 .count = morph_frames,
                                 .morph = true,
                                 .kind = order_.morph,
                                 .from = order_.chosen,
                                 .other = order_.other,
                                 .to = order_.to};
      begin(morphs_[i], task, SheetKind::morph, side);
    }
    const StepsWork::Task one{.model = file, .wish = wish, .picture = order_.chosen};
    if (order_.view == View::steps) begin(steps_[i], one, SheetKind::steps, side);
    if (order_.view != View::morph && side == order_.chosen_side) {
      trace_side_ = side;
      trace_.set(one, *slot(side));
    }
  }

  /// Shows the noise at once where the task is a new one.
  template <class Work>
  void begin(Work& work, const typename Work::Task& task, SheetKind kind, int side) {
    const uint64_t before = work.sheet().run;
    work.set(task, *slot(side));
    if (work.sheet().run != before) out_.post(work.sheet(), kind, side);
  }

  /// Does `step(model)`; a model that cannot is shown as broken and left alone.
  template <class Step>
  void attempt(int side, Step step) {
    if (slot(side).attempt(step)) return;
    forget_pictures(side);
    out_.post(slot(side).card(), side);
  }

  /// Shows the sheet where the step made that worth it.
  template <class Work>
  void advance(Work& work, SheetKind kind, int side) {
    attempt(side, [&](LoadedModel& model) {
      if (work.advance(model)) out_.post(work.sheet(), kind, side);
    });
  }

  /// One step of the side that is behind the other.
  bool advance_sheets(SheetKind kind, std::array<SheetWork, model_count>& works) {
    int next = -1;
    float least = 2;
    for (int side = 0; side < model_count; ++side) {
      const auto i = static_cast<size_t>(side);
      if (!order_.sides[i] || !slot(side) || works[i].done()) continue;
      const auto& progress = works[i].sheet().progress;
      float sum = 0;
      for (const float p : progress) sum += p / static_cast<float>(progress.size());
      if (sum < least) next = side;
      least = std::min(least, sum);
    }
    if (next < 0) return false;
    advance(works[static_cast<size_t>(next)], kind, next);
    return true;
  }

  bool advance_steps() {
    int next = -1;
    for (int side = 0; side < model_count; ++side) {
      const auto& work = steps_[static_cast<size_t>(side)];
      if (!slot(side) || work.done()) continue;
      if (next < 0 || work.evaluations() < steps_[static_cast<size_t>(next)].evaluations()) {
        next = side;
      }
    }
    if (next < 0) return false;
    advance(steps_[static_cast<size_t>(next)], SheetKind::steps, next);
    return true;
  }

  bool advance_trace() {
    if (order_.chosen_side != trace_side_ || !slot(trace_side_) || trace_.done()) return false;
    attempt(trace_side_, [&](LoadedModel& model) {
      trace_.advance(model);
      const bool last = trace_.done();
      if (!last && trace_.trace().known > 1 && seconds_since(trace_shown_) < 0.04) return;
      trace_shown_ = Clock::now();
      out_.post(trace_.trace());
    });
    return true;
  }

  /// Compares the finished picture with all training pictures that are here.
  bool find_nearest() {
    const Trace& trace = trace_.trace();
    if (!training_ || !trace_.done() || trace.run == 0 || nearest_for_ == trace.run) return false;
    nearest_for_ = trace.run;
    out_.post(training_.nearest(trace));
    return true;
  }

  Outbox& out_;
  Order order_;
  std::array<Slot, model_count> slots_;
  std::array<SheetWork, model_count> grids_;
  std::array<StepsWork, model_count> steps_;
  std::array<SheetWork, model_count> morphs_;
  TraceWork trace_;
  int trace_side_ = 0;
  Clock::time_point trace_shown_;
  TrainingSheet training_;
  uint64_t nearest_for_ = 0;
};

auto tasks(Outbox& out) {
  return std::array{Engine::Task{.name = "pictures", .worker = std::make_unique<Sampling>(out)}};
}

}  // namespace

Engine::Engine() : live::Engine<Order, Outbox>(tasks) {}

std::span<const float> Sheet::picture(int i) const {
  const auto pixels = static_cast<size_t>(side * side * channels);
  return std::span(values).subspan(static_cast<size_t>(i) * pixels, pixels);
}

bool Sheet::finished() const {
  return run > 0 && std::all_of(progress.begin(), progress.end(), [](float p) { return p >= 1; });
}

}  // namespace rivulet::live::pictures
