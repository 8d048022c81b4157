// A progress line on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/alive.h"

namespace rivulet::cli {

/// "42 minutes", "3.5 hours".
[[nodiscard]] std::string duration_text(double seconds);

/// On a terminal a bar that is redrawn ten times a second; elsewhere a line now and then. A run
/// that will take more than ten minutes is told how long, as soon as its pace is known.
class Progress {
 public:
  /// From step `first` to step `last`; with samples a step, the speed is told in samples.
  Progress(int64_t first, int64_t last, int samples = 0);
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(int64_t step, float loss);
  /// Ends the line; nothing is shown after it.
  void finish();
  [[nodiscard]] double steps_per_second(int64_t step) const;
  [[nodiscard]] double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  void expect(int64_t step);

  bool expected_ = false;
  int64_t first_;
  int64_t last_;
  int samples_;
  bool terminal_;
  bool open_ = false;  // a bar stands on the current line
  Clock::time_point begun_ = Clock::now();
  Clock::time_point shown_ = begun_;
};

/// A line that is written again while something goes on; elsewhere than on a terminal one line in
/// the end, if it took a second or more.
class Status {
 public:
  explicit Status(std::string what);
  ~Status();
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;

  void show(int64_t done, int64_t all);

 private:
  using Clock = std::chrono::steady_clock;
  void expect(int64_t done, int64_t all);

  bool expected_ = false;
  std::string what_;
  bool terminal_;
  Activity activity_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point shown_ = begun_;
};

}  // namespace rivulet::cli
