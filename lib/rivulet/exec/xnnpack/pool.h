// Threads of one program, and a way to split loops over them.
#pragma once

#include <pthreadpool.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>

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

/// Shared by the steps of a program. One thread means no pool: everything runs on the caller's.
class Pool {
 public:
  explicit Pool(int threads)
      : pool_(threads > 1 ? pthreadpool_create(static_cast<size_t>(threads)) : nullptr) {}

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
    if (pool_ == nullptr || n < 2) {
      for (int64_t i = 0; i < n; ++i) body(i);
      return;
    }
    pthreadpool_parallelize_1d(
        pool_.get(),
        [](void* context, size_t i) {
          (*static_cast<const Body*>(context))(static_cast<int64_t>(i));
        },
        const_cast<Body*>(&body), static_cast<size_t>(n), 0);
  }

 private:
  struct Destroy {
    void operator()(pthreadpool_t pool) const { pthreadpool_destroy(pool); }
  };
  std::unique_ptr<pthreadpool, Destroy> pool_;
};

}  // namespace rivulet::exec::xnnpack
