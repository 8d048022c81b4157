// When a frame is due: at once where something happens, seldom where nothing does.
#pragma once

#include <algorithm>
#include <chrono>

namespace rivulet::ui {

/// A page on which nothing moves is looked at ten times a second, to see whether that is still so,
/// and drawn never. What moves by itself, training say, is drawn as often as takes a quarter of the
/// time; an answer to the visitor does not wait for that.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds look_again{100};
  static constexpr std::chrono::milliseconds quiet_after{700};  ///< the last change
  static constexpr std::chrono::milliseconds answering{400};    ///< after what a visitor does
  static constexpr std::chrono::milliseconds slow_frame{12};
  static constexpr int share = 4;  ///< drawing takes one part of so many

  /// The visitor has done something, or something has come for them.
  void wake(Clock::time_point now) { woken_ = changed_ = now; }
  [[nodiscard]] bool due(Clock::time_point now) const {
    if (now - woken_ < answering) return true;
    const auto since = now - begun_;
    return since >= share * cost_ && (now - changed_ < quiet_after || since >= look_again);
  }
  /// A frame was made from `begun` on; `changed`: it differs from the last one, or work goes on.
  void made(Clock::time_point begun, bool changed) {
    begun_ = begun;
    if (changed) changed_ = begun;
  }
  /// So long did a frame take from its beginning until the graphics processor was done with it.
  void cost(Clock::duration duration) {
    cost_ = (3 * cost_ + std::min<Clock::duration>(duration, look_again)) / 4;
  }
  [[nodiscard]] Clock::duration cost() const { return cost_; }
  [[nodiscard]] bool slow() const { return cost_ > slow_frame; }

 private:
  Clock::time_point woken_ = Clock::now();
  Clock::time_point changed_ = Clock::now();
  Clock::time_point begun_{};
  Clock::duration cost_{};
};

}  // namespace rivulet::ui
