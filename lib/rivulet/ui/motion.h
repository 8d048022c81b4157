// What moves by itself: values that glide to where they should be, and a time that runs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace rivulet::ui {

/// Moves `shown` towards `wanted`, the faster the larger `speed` is; at once where sizes differ.
inline void ease(std::vector<float>& shown, std::span<const float> wanted, float dt, float speed) {
  if (shown.size() != wanted.size()) {
    shown.assign(wanted.begin(), wanted.end());
    return;
  }
  const float part = 1 - std::exp(-speed * dt);
  for (size_t i = 0; i < shown.size(); ++i) shown[i] += (wanted[i] - shown[i]) * part;
}

/// Runs a time 0..1 of the caller's: again and again, or once when there is something new to see.
class Playback {
 public:
  [[nodiscard]] bool repeats() const { return repeats_; }
  [[nodiscard]] bool runs() const { return repeats_ || once_; }
  [[nodiscard]] float clock() const { return clock_; }  ///< seconds since it began

  /// Starts or ends it; it ends with the time at 1.
  void toggle(float& time) {
    repeats_ = !runs();
    once_ = false;
    clock_ = 0;
    if (!repeats_) time = 1;
  }
  /// Leaves the time where it is.
  void hold() { repeats_ = once_ = false; }
  /// Ends it; what was shown once has then been seen to its end.
  void stop(float& time) {
    if (once_) time = 1;
    hold();
  }
  /// `what` is new: runs once, unless the visitor has put the time elsewhere.
  void show(uint64_t what, float time) {
    if (!differs(what) || repeats_ || (!once_ && time < 1)) return;
    once_ = true;
    clock_ = 0;
  }
  /// `what` needs not be shown.
  void skip(uint64_t what) { seen_ = what; }

  /// Seconds of the way and of the rest at its end.
  void advance(float dt, float way, float rest, float& time) {
    if (!runs()) return;
    clock_ += dt;
    const float at = once_ ? clock_ : std::fmod(clock_, way + rest);
    time = std::min(1.0F, at / way);
    if (time >= 1) once_ = false;
  }

 private:
  bool differs(uint64_t what) { return std::exchange(seen_, what) != what; }

  bool repeats_ = false;
  bool once_ = false;
  uint64_t seen_ = 0;
  float clock_ = 0;
};

}  // namespace rivulet::ui
