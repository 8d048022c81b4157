// Threads of one program, and a way to split loops over them.
#pragma once

#include <pthreadpool.h>

#include <cstdint>
#include <memory>

namespace rivulet::exec::xnnpack {

/// Shared by the steps of a program. One thread means no pool: everything runs on the caller's.
class Pool {
 public:
  explicit Pool(int threads)
      : pool_(threads > 1 ? pthreadpool_create(static_cast<size_t>(threads)) : nullptr) {}

  [[nodiscard]] pthreadpool_t get() const { return pool_.get(); }
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
