// Threads of one program, when they pay, and a way to split loops over them.
#pragma once

#include <pthreadpool.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

namespace rivulet::exec::xnnpack {

/// What a part of a step must be worth before another thread is woken for it, in multiply-adds of a
/// product: some 40 microseconds of one thread. To wake one takes 7 of the caller's, and more until
/// it is there. Products are about four times as slow in WebAssembly.
#ifdef __EMSCRIPTEN__
inline constexpr int64_t least_part = 1 << 20;
#else
inline constexpr int64_t least_part = 1 << 22;
#endif

/// What others take for an element, in multiply-adds of a product.
inline constexpr int64_t moving = 16;      ///< to read it and to write it
inline constexpr int64_t computing = 4;    ///< by one instruction, in a fused group
inline constexpr int64_t softening = 128;  ///< softmax
inline constexpr int64_t sorting = 1024;

/// Whether a step is faster with threads or on the caller's alone, by what its last calls took:
/// where others are at work on the machine, it can take a millisecond until a thread is awake.
class Habit {
 public:
  /// How the next call should run: both ways by turns to begin with, then the faster, and now and
  /// then the other. A run may hold two calls, so turns last that long.
  [[nodiscard]] bool threads() const {
    const bool faster = least(true) <= least(false);
    if (calls_ < 4 * turn * 2) return calls_ / turn % 2 == 0;
    return calls_ % retry < turn ? !faster : faster;
  }
  void note(bool with_threads, float seconds) {
    ++calls_;
    Lately& lately = lately_[static_cast<size_t>(with_threads)];
    lately.seconds[lately.calls++ % lately.seconds.size()] = seconds;
  }

 private:
  static constexpr uint64_t turn = 2;
  static constexpr uint64_t retry = 256;  // calls
  struct Lately {
    std::array<float, 4> seconds{};
    size_t calls = 0;
  };
  [[nodiscard]] float least(bool with_threads) const {
    return *std::ranges::min_element(lately_[static_cast<size_t>(with_threads)].seconds);
  }

  std::array<Lately, 2> lately_;
  uint64_t calls_ = 0;
};

/// Each step has one; steps of a program share its threads. One thread means no pool: everything
/// runs on the caller's.
class Pool {
 public:
  explicit Pool(int threads)
      : pool_(threads > 1 ? pthreadpool_create(static_cast<size_t>(threads)) : nullptr, Destroy{}) {
  }
  /// For another step, or a part of one that takes another time.
  [[nodiscard]] std::shared_ptr<const Pool> share() const {
    return std::shared_ptr<const Pool>(new Pool(pool_));
  }

  /// For so many multiply-adds: null, the caller's thread alone, where they are not worth more.
  [[nodiscard]] pthreadpool_t get(int64_t multiply_adds) const {
    return parts(multiply_adds) > 1 ? pool_.get() : nullptr;
  }
  /// Into how many parts, `most` at most, so many multiply-adds are split.
  [[nodiscard]] int64_t parts(int64_t multiply_adds,
                              int64_t most = std::numeric_limits<int64_t>::max()) const {
    return std::max<int64_t>(1, std::min({multiply_adds / least_part, most, threads()}));
  }
  [[nodiscard]] int64_t threads() const {
    return static_cast<int64_t>(pthreadpool_get_threads_count(pool_.get()));
  }

  /// body(i) for i < n, in any order, on any thread.
  template <class Body>
  void each(int64_t n, const Body& body) const {
    run(n < 2 ? nullptr : pool_.get(), [&](pthreadpool_t pool) {
      if (pool == nullptr) {
        for (int64_t i = 0; i < n; ++i) body(i);
        return;
      }
      pthreadpool_parallelize_1d(
          pool,
          [](void* context, size_t i) {
            (*static_cast<const Body*>(context))(static_cast<int64_t>(i));
          },
          const_cast<Body*>(&body), static_cast<size_t>(n), 0);
    });
  }
  /// call(pool) or call(null), whichever is faster: for what splits its work itself.
  template <class Call>
  void run(pthreadpool_t pool, const Call& call) const {
    if (pool == nullptr) return call(nullptr);
    using Clock = std::chrono::steady_clock;
    const bool threads = habit_.threads();
    const auto start = Clock::now();
    call(threads ? pool : nullptr);
    habit_.note(threads, std::chrono::duration<float>(Clock::now() - start).count());
  }

 private:
  struct Destroy {
    void operator()(pthreadpool_t pool) const { pthreadpool_destroy(pool); }
  };
  explicit Pool(std::shared_ptr<pthreadpool> pool) : pool_(std::move(pool)) {}

  std::shared_ptr<pthreadpool> pool_;
  mutable Habit habit_;  // a program belongs to one thread at a time
};

}  // namespace rivulet::exec::xnnpack
