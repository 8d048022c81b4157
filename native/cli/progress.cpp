#include "cli/progress.h"

#include "cli/alive.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

namespace rivulet::cli {

using std::chrono::duration;

std::string duration_text(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} seconds", seconds);
  if (seconds < 90.0 * 60) return fmt::format("{:.0f} minutes", seconds / 60);
  if (seconds < 36.0 * 3600) return fmt::format("{:.1f} hours", seconds / 3600);
  return fmt::format("{:.1f} days", seconds / 86400);
}

Progress::Progress(int64_t first, int64_t last, int samples)
    : first_(first), last_(last), samples_(samples), terminal_(isatty(STDERR_FILENO) == 1) {}

double Progress::seconds() const { return duration<double>(Clock::now() - begun_).count(); }

double Progress::steps_per_second(int64_t step) const {
  const double passed = seconds();
  return passed > 0 ? static_cast<double>(step - first_) / passed : 0;
}

void Progress::expect(int64_t step) {
  constexpr double measured = 2;  // seconds, and steps: compiled and warm
  constexpr int64_t some = 3;
  constexpr double long_run = 600;
  if (expected_ || step - first_ < some || seconds() < measured) return;
  expected_ = true;
  const double all = static_cast<double>(last_ - first_) / steps_per_second(step);
  if (all < long_run) return;
  finish();
  fmt::print(stderr, "{} steps will take about {} here\n", last_ - first_, duration_text(all));
}

void Progress::show(int64_t step, float loss) {
  const Clock::time_point now = Clock::now();
  expect(step);
  const double interval = terminal_ ? 0.1 : 10;
  if (duration<double>(now - shown_).count() < interval) return;
  shown_ = now;
  shown_on_terminal();
  const double speed = steps_per_second(step);
  const auto left = static_cast<int64_t>(static_cast<double>(last_ - step) / std::max(speed, 1e-9));
  const std::string rate = samples_ > 0 ? fmt::format("{:.0f} samples/s", speed * samples_)
                                        : fmt::format("{:.0f} steps/s", speed);
  const std::string line = fmt::format("step {}/{}  {}  loss {:.4f}  {}:{:02} left", step, last_,
                                       rate, loss, left / 60, left % 60);
  if (!terminal_) {
    fmt::print(stderr, "{}\n", line);
    return;
  }
  constexpr int64_t cells = 24;
  const auto full =
      static_cast<size_t>(cells * (step - first_) / std::max<int64_t>(last_ - first_, 1));
  fmt::print(stderr, "\r\033[K[{}{}] {}", std::string(full, '#'),
             std::string(size_t{cells} - full, '.'), line);
  std::fflush(stderr);
  open_ = true;
}

void Progress::finish() {
  if (open_) fmt::print(stderr, "\r\033[K");
  open_ = false;
}

Status::Status(std::string what)
    : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) == 1), activity_(what_) {}

void Status::expect(int64_t done, int64_t all) {
  constexpr double measured = 2;
  constexpr double long_run = 600;
  const double passed = duration<double>(Clock::now() - begun_).count();
  if (expected_ || done < 1 || passed < measured) return;
  expected_ = true;
  const double whole = passed * static_cast<double>(all) / static_cast<double>(done);
  if (whole < long_run) return;
  shown_on_terminal();
  fmt::print(stderr, "{}{}: this will take about {} here\n", terminal_ ? "\r\033[K" : "", what_,
             duration_text(whole));
}

Status::~Status() {
  const double seconds = duration<double>(Clock::now() - begun_).count();
  shown_on_terminal();
  if (terminal_) fmt::print(stderr, "\r\033[K");
  if (seconds >= 1) fmt::print(stderr, "{}: {:.0f} s\n", what_, seconds);
}

void Status::show(int64_t done, int64_t all) {
  const Clock::time_point now = Clock::now();
  expect(done, all);
  if (!terminal_ || now - shown_ < std::chrono::milliseconds(100)) return;
  shown_ = now;
  shown_on_terminal();
  fmt::print(stderr, "\r\033[K{}: {}/{}", what_, done, all);
  std::fflush(stderr);
}

}  // namespace rivulet::cli
