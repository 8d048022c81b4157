// Pieces of work, each taken one batch at a time.
#pragma once

#include <utility>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/live/clock.h"
#include "rivulet/live/experts_pictures/engine.h"
#include "rivulet/live/experts_pictures/model.h"

namespace rivulet::live::experts_pictures {

/// Pictures from noise, all at the same step.
class CourseWork {
 public:
  struct Task {
    FileBytes model;
    Wish wish;
    Silenced silenced;

    friend bool operator==(const Task&, const Task&) = default;
  };

  /// Begins anew when the task is another one; true when it did.
  bool begin(const Task& task, const LoadedModel& model);
  /// One step of one batch; true when the course is worth showing again.
  bool advance(LoadedModel& model);
  [[nodiscard]] const Course& course() const { return course_; }
  void clear() { course_ = {}; }

 private:
  void keep_gates(const models::PictureSampler& sampler);

  Task task_;
  Course course_;
  models::PictureRequest request_;
  uint64_t runs_ = 0;
  int first_ = 0;  // picture of the batch under way
  double seconds_ = 0;
  Clock::time_point shown_;
};

/// Real pictures with noise on them, and who takes their patches.
class PreferredWork {
 public:
  struct Task {
    FileBytes model;
    FileBytes sheet;
    float noised = 0;

    friend bool operator==(const Task&, const Task&) = default;
  };

  /// Begins anew when the task is another one.
  void begin(const Task& task, const LoadedModel& model);
  [[nodiscard]] bool done() const { return found_.looked >= found_.count; }
  /// One batch.
  void advance(LoadedModel& model);
  [[nodiscard]] const Preferred& preferred() const { return found_; }
  void clear() { *this = PreferredWork(runs_); }
  PreferredWork() = default;

 private:
  explicit PreferredWork(uint64_t runs) : runs_(runs) {}
  void read(const Extent& extent);
  void note(int picture, int layer, std::span<const float> gates);

  Task task_;
  FileBytes read_;  // the sheet in `found_.values`
  Preferred found_;
  uint64_t runs_ = 0;
};

}  // namespace rivulet::live::experts_pictures
