// What a device makes of a plan.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rivulet {
class Graph;
}

namespace rivulet::exec {

namespace plan {
struct Plan;
}

/// A graph and its plan.
struct Planned {
  const Graph& graph;
  const plan::Plan& plan;
};

/// A plan on a device: its kernels, and the buffers that they work on. Nodes and stages are the
/// plan's. Buffers belong to the device; the host sees copies, or the memory itself where that is
/// the host's.
class Executable {
 public:
  Executable() = default;
  Executable(const Executable&) = delete;
  Executable& operator=(const Executable&) = delete;
  virtual ~Executable() = default;

  /// Sets an input or a state.
  virtual void write(int node, std::span<const float> values) = 0;
  /// An input's memory on the host, which never moves. The next run sees what is written there.
  virtual std::span<float> input(int node) = 0;
  /// A leaf, or a result of the last finished run: valid until the next run or write.
  [[nodiscard]] virtual std::span<const float> read(int node) const = 0;

  /// Before a run's first stage.
  virtual void begin() = 0;
  /// May be put off until `flush` or `commit`.
  virtual void run(int stage) = 0;
  /// When it returns, the stages that were run have run.
  virtual void flush() {}
  /// After its last: states take the new values that they do not have yet.
  virtual void commit() = 0;
  /// All of a run that has begun, in seconds by stage, by the device's own clock; nothing is done
  /// where it has none.
  virtual std::vector<double> run_timed() { return {}; }

  /// Bytes of values between kernels, and of inputs, states and constants.
  [[nodiscard]] virtual int64_t arena_bytes() const = 0;
  [[nodiscard]] virtual int64_t leaf_bytes() const = 0;
};

}  // namespace rivulet::exec
