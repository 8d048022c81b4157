// What the kernels of stages are written with.
#pragma once

#include <algorithm>
#include <bit>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rivulet/exec/gpu/build.h"
#include "rivulet/exec/gpu/lower.h"

namespace rivulet::exec::gpu {

/// A kernel under construction, and what it will be called on.
class Draft {
 public:
  explicit Draft(std::string name, int threads = 256, int subgroup = 0)
      : threads_(threads), builder_(std::move(name), threads, subgroup) {}

  [[nodiscard]] Builder& builder() { return builder_; }
  /// The number of an operand in the kernel; equal ones are one.
  int operand(const Operand& wanted);
  int reads(const plan::Run& run) { return operand({.node = run.node, .offset = run.offset}); }
  int writes(int node) { return operand({.node = node, .written = true}); }

  [[nodiscard]] Call finish(int64_t groups) {
    return {.kernel = builder_.finish(groups), .operands = std::move(operands_)};
  }
  /// For kernels of one thread an element.
  [[nodiscard]] Call finish_elements(int64_t count) {
    return finish((count + threads_ - 1) / threads_);
  }

 private:
  int threads_;
  Builder builder_;
  std::vector<Operand> operands_;
};

/// body(i) by one thread for each i in 0..count-1.
template <class Body>
[[nodiscard]] Call each_element(Draft& draft, int64_t count, const Body& body) {
  Builder& b = draft.builder();
  const Val i = b.thread();
  b.when(less(i, count), [&] { body(i); });
  return draft.finish_elements(count);
}

/// Element `index` of the result `out`, and what an epilogue makes of it.
void write_element(Draft& draft, int out, const plan::Epilogue& then, Val index, Val value);

/// Where element i of a view lies, without the view's offset.
[[nodiscard]] Val place_in(const plan::View& view, Val i);

/// Threads of a group that fold together: this one's number among them, how many they are (a power
/// of two), and how far apart.
struct Lanes {
  Val number;
  int count;
  int step;
};
/// A fold of what these threads have, which all of them get: the same, to the bit, whether or not
/// subgroups help. `array` is made where it takes one, of a float for each thread.
[[nodiscard]] Val fold_lanes(Builder& b, std::optional<Shared>& array, const Lanes& lanes,
                             plan::Fold fold, Val mine);
[[nodiscard]] Val fold_two(plan::Fold fold, Val a, Val b);
/// What a fold begins with.
[[nodiscard]] float first_of(plan::Fold fold);

/// The smallest power of two that is not below n, at most `most`.
[[nodiscard]] inline int power_of_two(int64_t n, int most) {
  return static_cast<int>(std::min<uint64_t>(
      std::bit_ceil(static_cast<uint64_t>(std::max<int64_t>(n, 1))), static_cast<uint64_t>(most)));
}

/// x seen as [outer, reduced, inner], folded over `reduced` in the order of numbers that a card
/// likes, always the same.
struct FoldCall {
  int subgroup = 0;
  plan::Fold fold = plan::Fold::sum;
  plan::Reduce::Axes axes = {};
  Operand from = {};
  Operand to = {};
  /// What becomes of result i instead of going to `to`, if anything.
  std::function<void(Draft& draft, Val i, Val result)> store = {};
};
/// One call, or two with `scratch` floats between them that begin at `scratch_offset`.
void append_fold(Lowered& lowered, const FoldCall& fold, int64_t scratch_offset);

}  // namespace rivulet::exec::gpu
