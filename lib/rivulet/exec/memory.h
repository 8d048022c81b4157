// The memory plan of a program: which node's value lies where, and when it may be overwritten.
#pragma once

#include <span>
#include <vector>

#include "rivulet/exec/step.h"
#include "rivulet/graph/graph.h"

namespace rivulet::exec {

/// Floats at a 64-byte aligned address, zeroed, with `over_read` more behind them.
class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(int64_t count);
  [[nodiscard]] float* data() const { return data_; }
  [[nodiscard]] int64_t size() const { return size_; }

 private:
  std::vector<float> raw_;
  float* data_ = nullptr;
  int64_t size_ = 0;
};

/// Owns everything that a program's steps read and write. Leaves (inputs, states, constants, and
/// fills that some step reads) live in buffers of their own; all other values share one arena,
/// where a value's place is reused as soon as its last reader has run. Results and new states stay
/// to the end of the run.
class Memory {
 public:
  Memory(const Graph& graph, std::span<const Step> steps);

  [[nodiscard]] const Storage& storage() const { return storage_; }
  [[nodiscard]] int64_t arena_bytes() const { return arena_.size() * int64_t{sizeof(float)}; }
  [[nodiscard]] int64_t leaf_bytes() const;

 private:
  void make_leaves(const Graph& graph, std::span<const Step> steps, std::vector<float*>& pointers);

  std::vector<AlignedFloats> leaves_;
  AlignedFloats arena_;
  AlignedFloats scratch_;
  Storage storage_;
};

}  // namespace rivulet::exec
