#include "rivulet/live/job.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <thread>

#include "rivulet/core/error.h"

namespace rivulet::live {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
constexpr bool threaded = false;
#else
constexpr bool threaded = true;
#endif

}  // namespace

struct Job::Impl {
  struct Running {
    Task task;
    double used = 0;                      // seconds / share: the task with the least goes first
    std::optional<uint64_t> rested = {};  // stirs before its last slice, if that had nothing to do
    std::thread thread;
  };

  std::vector<Running> tasks;
  mutable std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  Clock::time_point held{};  // until then
  uint64_t wakes = 0;
  uint64_t stirs = 0;  // wakes and slices that did something: others may have work of it
  std::atomic<bool> failed = false;
  std::atomic<uint64_t> attempt = 0;  // counts retries
  std::string error;
  bool by_device = false;

  /// Notes what went wrong, unless the attempt it belonged to is over.
  void fail(const char* why, uint64_t begun, bool device = false) {
    const std::scoped_lock lock(mutex);
    if (begun != attempt) return;
    error = why;
    by_device = device;
    failed = true;
  }

  /// One slice; what it throws is a failure.
  bool slice(Running& running) {
    if (failed) return false;
    const uint64_t begun = attempt;
    try {
      return running.task.slice();
    } catch (const std::bad_alloc&) {
      fail("there is not enough memory for these settings; choose smaller ones", begun);
    } catch (const DeviceError& failure) {
      fail(failure.what(), begun, true);
    } catch (const std::exception& exception) {
      fail(exception.what(), begun);
    }
    return false;
  }

  /// What a slice found, which was begun after so many `stirs`. Under the lock.
  void note(Running& running, bool busy, uint64_t seen) {
    if (busy) ++stirs;
    running.rested = busy ? std::nullopt : std::optional(seen);
  }

  void loop(Running& running) {
    Seconds owed{0};  // rest that a share below 1 asks for
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (Clock::now() < held) {
        changed.wait_until(lock, held, [&] { return stopping; });
        continue;
      }
      const uint64_t seen = wakes;
      const uint64_t stirred = stirs;
      lock.unlock();
      const auto start = Clock::now();
      const bool busy = slice(running);
      const Seconds spent = Clock::now() - start;
      lock.lock();
      if (stopping) break;
      note(running, busy, stirred);
      if (!busy) {
        changed.wait_for(lock, std::chrono::milliseconds(50),
                         [&] { return stopping || wakes != seen; });
        owed = Seconds{0};
        continue;
      }
      owed += spent * (1 / running.task.share - 1);
      if (owed > std::chrono::milliseconds(4)) {
        changed.wait_for(lock, owed, [&] { return stopping; });
        owed = Seconds{0};
      }
    }
  }
};

Job::Job(std::vector<Task> tasks) : impl_(std::make_unique<Impl>()) {
  impl_->tasks.resize(tasks.size());
  for (size_t i = 0; i < tasks.size(); ++i) impl_->tasks[i].task = std::move(tasks[i]);
  if constexpr (threaded) {
    for (auto& running : impl_->tasks) {
      running.thread = std::thread([impl = impl_.get(), &running] { impl->loop(running); });
    }
  }
}

Job::Job(Job&&) noexcept = default;
Job& Job::operator=(Job&&) noexcept = default;

Job::~Job() {
  if (!impl_) return;
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  for (auto& running : impl_->tasks) {
    if (running.thread.joinable()) running.thread.join();
  }
}

void Job::pump(double milliseconds) {
  if (threaded || Clock::now() < impl_->held) return;
  const auto end = Clock::now() + Seconds(milliseconds / 1000);
  std::vector<Impl::Running*> ready;
  for (auto& running : impl_->tasks) ready.push_back(&running);
  while (!ready.empty() && Clock::now() < end) {
    auto next = std::min_element(ready.begin(), ready.end(),
                                 [](const auto* a, const auto* b) { return a->used < b->used; });
    const auto start = Clock::now();
    const uint64_t stirred = impl_->stirs;
    const bool busy = impl_->slice(**next);
    impl_->note(**next, busy, stirred);
    const Seconds spent = Clock::now() - start;
    (*next)->used += spent.count() / (*next)->task.share;
    if (!busy) ready.erase(next);
  }
  // A task that idled must not catch up on all it missed.
  double most = 0;
  for (const auto& running : impl_->tasks) most = std::max(most, running.used);
  for (auto& running : impl_->tasks) running.used = std::max(running.used, most - 0.5);
}

void Job::wake() {
  {
    const std::scoped_lock lock(impl_->mutex);
    ++impl_->wakes;
    ++impl_->stirs;
  }
  impl_->changed.notify_all();
}

void Job::hold(std::chrono::milliseconds time) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->held = Clock::now() + time;
}

bool Job::rests() const {
  const std::scoped_lock lock(impl_->mutex);
  return std::ranges::all_of(impl_->tasks,
                             [&](const auto& running) { return running.rested == impl_->stirs; });
}

std::string Job::error() const {
  if (!impl_->failed) return {};
  const std::scoped_lock lock(impl_->mutex);
  return impl_->error;
}

bool Job::device_failed() const {
  if (!impl_->failed) return false;
  const std::scoped_lock lock(impl_->mutex);
  return impl_->by_device;
}

void Job::retry() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->error.clear();
    impl_->failed = false;
    ++impl_->attempt;
  }
  wake();
}

bool Job::has_threads() { return threaded; }

}  // namespace rivulet::live
