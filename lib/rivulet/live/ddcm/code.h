// Coding, reading and restoring a picture, each step of it in pieces of some milliseconds.
#pragma once

#include <optional>

#include "rivulet/live/clock.h"
#include "rivulet/live/ddcm/engine.h"
#include "rivulet/live/ddcm/model.h"
#include "rivulet/models/ddcm.h"

namespace rivulet::live::ddcm {

/// One picture to a code, one code to a picture, or one damaged picture to a whole one.
class CodeWork {
 public:
  /// Begins anew when the wish is another one.
  void set(const CodeWish& wish, LoadedModel& model);
  [[nodiscard]] bool done() const { return !run_; }
  /// A piece of a step; true when the trace is worth showing again.
  bool advance(LoadedModel& model);
  [[nodiscard]] const CodeTrace& trace() const { return trace_; }
  void clear();

 private:
  void begin(LoadedModel& model);
  void begin_steps(LoadedModel& model);
  void end_search(LoadedModel& model);
  void note_step();
  void note_dots();
  void finish(const models::DiffusionModel& model);

  std::optional<CodeWish> wish_;
  CodeTrace trace_;
  uint64_t runs_ = 0;
  bool searching_ = false;
  models::Pull pull_;  // to the picture, or to what is seen of it; none where a code is read
  std::optional<models::Ddcm> ddcm_;
  std::optional<models::DdcmRun> run_;
  double seconds_ = 0;       // spent on encoding
  models::DdcmTimes times_;  // ... of these in the stages of encoding
  Clock::time_point shown_;
};

}  // namespace rivulet::live::ddcm
