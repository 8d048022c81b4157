// What a device turns a graph into: a list of steps over planned memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "rivulet/graph/graph.h"

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

/// One kernel call. The planner gives every node in `writes` memory from this step until the last
/// step that reads it.
struct Step {
  std::string label;        ///< for profiles: "matmul (512,128)x(128,128)", "fused 7 ops"
  std::vector<int> reads;   ///< nodes whose stored values this step needs
  std::vector<int> writes;  ///< nodes that this step stores
  int64_t scratch = 0;      ///< floats needed during this step only (64-byte aligned)
  int64_t flops = 0;
  std::function<void(const Storage&)> bind;  ///< optional: once, when addresses are known
  std::function<void(const Storage&)> run;
  /// Optional: before a run, when a state or constant in `reads` was set since the last call (all
  /// are, to begin with). For what is derived from weights, such as their packed form.
  std::function<void(const Storage&)> prepare = {};
  /// Pairs (read, write) that may share one buffer, because element i of the write depends on
  /// nothing of the read but element i and is written after it.
  std::vector<std::pair<int, int>> in_place = {};
  /// When >= 0, `writes` is one node that IS that node's memory under another shape (a reshape):
  /// nothing runs. Node values never change once written, so this is always safe.
  int alias_of = -1;
};

}  // namespace rivulet::exec
