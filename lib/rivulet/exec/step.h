// Kernel calls of devices that work in the host's memory.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace rivulet::exec {

/// Where each node's value lies during a run. Addresses never change after planning.
class Storage {
 public:
  Storage() = default;
  Storage(std::vector<float*> pointers, float* scratch)
      : pointers_(std::move(pointers)), scratch_(scratch) {}

  [[nodiscard]] float* operator[](int node) const { return pointers_[static_cast<size_t>(node)]; }
  [[nodiscard]] float* scratch() const { return scratch_; }

 private:
  std::vector<float*> pointers_;  // nullptr: never stored (fused away, or not live)
  float* scratch_ = nullptr;
};

/// Floats past the end of any stored value that kernels may read and overwrite: vectors are long.
inline constexpr int64_t over_read = 32;

/// How a stage runs. A stage of which nothing runs (an alias) has an empty one.
struct Step {
  int64_t scratch = 0;  ///< floats needed during this step only (64-byte aligned)
  /// Optional: once, when addresses are known.
  std::function<void(const Storage&)> bind = {};
  std::function<void(const Storage&)> run = {};
  /// Optional: before a run, when a state or constant that the stage reads was set since the last
  /// call (all are, to begin with). For what is derived from weights, such as their packed form.
  std::function<void(const Storage&)> prepare = {};
};

}  // namespace rivulet::exec
