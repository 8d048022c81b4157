// Measuring operations on a device, beside what the machine can do at most.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rivulet/exec/program.h"

namespace rivulet::exec {

/// The most that one thread of this machine does, measured.
struct Peak {
  std::string instructions;  ///< "avx512", "wasm simd", ...
  double flops = 0;          ///< per second: multiply-adds from registers alone
  double bytes = 0;          ///< per second: a = b c + d over arrays of `bench_elements`
};
/// Takes about twice `seconds`.
[[nodiscard]] Peak measure_peak(double seconds = 0.1);

/// Elements of the arrays of pointwise and reduction cases, and of the peak's.
inline constexpr int64_t bench_elements = int64_t{1} << 20;

/// One operation (or a few that belong together) at one size.
struct OpCase {
  std::string name;  ///< "matmul 512x128 x 128x128"
  enum class Bound : uint8_t { flops, bytes } bound;
  std::function<Value(Graph&)> build;  ///< from states of its own making to one result
  bool large = false;                  ///< for cards: measured only where it is named
};
/// Products of many shapes, pointwise operations, reductions, movement: what models are made of.
[[nodiscard]] std::span<const OpCase> op_cases();

struct OpTiming {
  std::string name;
  OpCase::Bound bound;
  double seconds;  ///< of one run: the fastest of many
  double rate;     ///< floating-point operations or bytes (read and written once) per second
  double share;    ///< of the peak times the threads
  /// Of a device that rounds: the largest difference from the processor's result, beside the
  /// largest of its numbers.
  std::optional<double> error = {};
};
/// Runs a case again and again for about `seconds`. Devices that round do so.
[[nodiscard]] OpTiming time_op(const OpCase& op, const Device& device, const Peak& peak,
                               const CompileOptions& options = {}, double seconds = 0.1);

/// The fastest of many calls, in seconds per call.
[[nodiscard]] double fastest(const std::function<void()>& call, double seconds);

}  // namespace rivulet::exec
