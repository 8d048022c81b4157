// Pieces of sampling, each taken one network evaluation at a time.
#pragma once

#include <span>
#include <vector>

#include "rivulet/live/clock.h"
#include "rivulet/live/pictures/engine.h"
#include "rivulet/live/pictures/model.h"
#include "rivulet/models/pictures.h"

namespace rivulet::live::pictures {

/// A number of pictures of equal wish, batch after batch: the grid, and the frames of a morph.
class SheetWork {
 public:
  struct Task {
    FileBytes model;
    Wish wish;
    int count = 0;
    bool morph = false;  ///< the rest counts only then
    MorphKind kind = MorphKind::noise;
    int from = 0;
    int other = 0;
    PictureLabels to;

    friend bool operator==(const Task&, const Task&) = default;
  };

  /// Begins anew when the task is another one.
  void set(const Task& task, LoadedModel& model);
  [[nodiscard]] bool done() const { return sheet_.run == 0 || first_ >= task_.count; }
  /// One step of one batch; true when the sheet is worth showing again.
  bool advance(LoadedModel& model);
  [[nodiscard]] const Sheet& sheet() const { return sheet_; }
  void clear() { *this = SheetWork(run_); }
  SheetWork() = default;

 private:
  explicit SheetWork(uint64_t run) : run_(run) {}
  void begin(LoadedModel& model);
  void begin_batch(LoadedModel& model);
  void step(LoadedModel& model, std::span<float> x);
  void finish_batch(LoadedModel& model);

  Task task_;
  Sheet sheet_;
  uint64_t run_ = 0;
  int first_ = 0;  // picture of the batch under way
  int step_ = 0;
  models::PictureRequest request_;
  models::PictureRequest far_;  // a morph between choices: the other end
  std::vector<float> x_;        // [batch,D]
  std::vector<float> scratch_;
  std::vector<float> far_velocity_;
  double seconds_ = 0;
  Clock::time_point shown_;
};

/// One noise, sampled with every number of steps.
class StepsWork {
 public:
  struct Task {
    FileBytes model;
    Wish wish;  ///< its steps do not count
    int picture = 0;

    friend bool operator==(const Task&, const Task&) = default;
  };

  void set(Task task, LoadedModel& model);
  [[nodiscard]] bool done() const { return sheet_.run == 0 || column_ >= sheet_.count(); }
  [[nodiscard]] int64_t evaluations() const { return evaluations_; }  ///< so far
  bool advance(LoadedModel& model);
  [[nodiscard]] const Sheet& sheet() const { return sheet_; }
  void clear() { *this = StepsWork(run_); }
  StepsWork() = default;

 private:
  explicit StepsWork(uint64_t run) : run_(run) {}

  Task task_;
  Sheet sheet_;
  uint64_t run_ = 0;
  int column_ = 0;
  int step_ = 0;
  int64_t evaluations_ = 0;
  std::vector<float> x_;  // [D]
};

/// One picture with all that it passes on its way.
class TraceWork {
 public:
  using Task = StepsWork::Task;

  void set(const Task& task, LoadedModel& model);
  [[nodiscard]] bool done() const { return trace_.run == 0 || trace_.known > trace_.steps; }
  bool advance(LoadedModel& model);
  [[nodiscard]] const Trace& trace() const { return trace_; }
  void clear() { *this = TraceWork(run_); }
  TraceWork() = default;

 private:
  explicit TraceWork(uint64_t run) : run_(run) {}

  Task task_;
  Trace trace_;
  uint64_t run_ = 0;
  models::PictureRequest request_;
};

}  // namespace rivulet::live::pictures
