// The newest value from one thread to another; neither ever waits.
#pragma once

#include <array>
#include <atomic>
#include <utility>

namespace rivulet::live {

/// A triple buffer: one thread fills `back()` and publishes, one other thread polls and reads
/// `front()`. Values that nobody polled in time are dropped.
template <class T>
class Mailbox {
 public:
  /// The writer's: keeps whatever was written three publications ago, so memory is reused.
  [[nodiscard]] T& back() { return slots_[back_]; }
  void publish() { back_ = middle_.exchange(back_ | fresh) & index; }
  void post(const T& value) {
    back() = value;
    publish();
  }
  void post(T&& value) {
    back() = std::move(value);
    publish();
  }

  /// The reader's: true when `front()` has changed.
  bool poll() {
    if ((middle_.load(std::memory_order_relaxed) & fresh) == 0) return false;
    front_ = middle_.exchange(front_) & index;
    return true;
  }
  [[nodiscard]] const T& front() const { return slots_[front_]; }
  /// ... which may take it out.
  [[nodiscard]] T& front() { return slots_[front_]; }

 private:
  static constexpr unsigned index = 3;
  static constexpr unsigned fresh = 4;
  std::array<T, 3> slots_{};
  unsigned front_ = 0;
  std::atomic<unsigned> middle_{1};
  unsigned back_ = 2;
};

}  // namespace rivulet::live
