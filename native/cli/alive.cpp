#include "cli/alive.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>

namespace rivulet::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds silence{1500};  // before something is said
constexpr std::chrono::milliseconds beat{500};

/// What the thread that watches and the one that works share.
struct Scene {
  std::mutex mutex;
  std::string what = "working";
  Clock::time_point begun = Clock::now();
  Clock::time_point shown = Clock::now();
  bool line = false;  // one of ours stands on the terminal

  void wipe() {
    if (line) fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    line = false;
    shown = Clock::now();
  }
};

Scene& scene() {
  static Scene one;
  return one;
}

}  // namespace

SignOfLife::SignOfLife() {
  if (isatty(STDERR_FILENO) == 1) thread_ = std::thread([this] { watch(); });
}

SignOfLife::~SignOfLife() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(scene().mutex);
  scene().wipe();
}

void SignOfLife::watch() {
  std::unique_lock waiting(mutex_);
  while (!ended_.wait_for(waiting, beat, [this] { return done_; })) {
    Scene& now = scene();
    const std::lock_guard lock(now.mutex);
    if (!now.line && Clock::now() - now.shown < silence) continue;
    const double seconds = std::chrono::duration<double>(Clock::now() - now.begun).count();
    fmt::print(stderr, "\r\033[K{}: {:.0f} s", now.what, seconds);
    std::fflush(stderr);
    now.line = true;
  }
}

Activity::Activity(const std::string& what) {
  Scene& now = scene();
  const std::lock_guard lock(now.mutex);
  before_ = std::exchange(now.what, what);
  now.begun = Clock::now();
}

Activity::~Activity() {
  Scene& now = scene();
  const std::lock_guard lock(now.mutex);
  now.wipe();
  now.what = before_;
  now.begun = Clock::now();
}

void shown_on_terminal() {
  Scene& now = scene();
  const std::lock_guard lock(now.mutex);
  now.wipe();
}

}  // namespace rivulet::cli
