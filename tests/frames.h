// The frame loop, played by a test.
#pragma once

#include <chrono>
#include <thread>

#include "rivulet/live/job.h"

namespace rivulet {

/// Frames until `done` or the time is over; false then.
template <class Frame, class Done>
bool frames_until(Frame frame, Done done, double seconds = 60) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) {
    frame();
    if (done()) return true;
    if (live::Job::has_threads()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

}  // namespace rivulet
