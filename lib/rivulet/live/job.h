// Work that never runs on the thread of the user interface.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rivulet::live {

/// Endless work in slices of some milliseconds. With threads each task has one of its own; without
/// them the frame loop pumps slices for a few milliseconds a frame. The tasks of a lab live as long
/// as the lab: what they should do now reaches them through mailboxes.
class Job {
 public:
  struct Task {
    std::string name;
    /// With threads: the part of one core it may use. Without: its part of the pumped time.
    double share = 1;
    /// One slice of work; false when there is nothing to do now. May throw: the job then fails.
    std::function<bool()> slice;
  };

  explicit Job(std::vector<Task> tasks);
  Job(Job&&) noexcept;
  Job& operator=(Job&&) noexcept;
  ~Job();  ///< lets running slices end

  /// Without threads: runs slices until the time is used up. With threads: nothing.
  void pump(double milliseconds);
  /// Wakes tasks that had nothing to do.
  void wake();
  /// For so long no slice begins: who draws has the processor alone.
  void hold(std::chrono::milliseconds time);
  /// Whether all that was asked for is done: since anybody last woke them or worked, every task has
  /// looked and found nothing to do. One that fails rests.
  [[nodiscard]] bool rests() const;
  /// What a task threw; empty while all is well. After a failure no slice runs until `retry`.
  [[nodiscard]] std::string error() const;
  /// It was a DeviceError: with another device all may be well.
  [[nodiscard]] bool device_failed() const;
  void retry();
  [[nodiscard]] static bool has_threads();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::live
