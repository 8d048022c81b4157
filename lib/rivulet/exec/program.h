// Compiled graphs.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/core/tensor.h"
#include "rivulet/graph/graph.h"

namespace rivulet {
namespace exec {
class Executable;  // executable.h
struct Planned;
namespace plan {  // plan/plan.h
struct Limits;
struct Stage;
}  // namespace plan
}  // namespace exec

struct CompileOptions {
  /// Threads of one run; 1 is right for small models and busy machines.
  int threads = 1;
  /// States are weights that `write` sets rarely, of a model that is not in training: devices may
  /// pack them once per write, and those that round (see Device) round their products.
  bool static_states = false;
};

/// A device is a small table.
struct Device {
  std::string name;         ///< "cpu", "reference", "gpu:0"
  std::string description;  ///< for people: instruction set, threads
  /// What it can do. Ops that it has no kernels for are composed of others, or run by reference
  /// kernels.
  std::function<exec::plan::Limits(const CompileOptions& options)> limits;
  /// Turns stages into kernels, and makes their buffers: of programs as `compile_together` has
  /// them.
  std::function<std::vector<std::unique_ptr<exec::Executable>>(
      std::span<const exec::Planned> programs, const CompileOptions& options)>
      load;
  /// The processor plays a card: for tests, and never taken unless it is named.
  bool software = false;
  /// Models with `static_states` multiply in half precision: never taken unless it is named.
  bool rounds = false;
  /// States lie in a memory of its own, and are gone when it is lost.
  bool own_memory = false;
};

/// Every operation, plainly: the oracle of all tests.
[[nodiscard]] const Device& reference_device();
/// The fast CPU device, native and WebAssembly alike.
[[nodiscard]] const Device& cpu_device();
/// Those that compute: the processor's first, then cards, then what is for tests.
[[nodiscard]] std::span<const Device* const> devices();
/// These, the cards that the processor plays, and those that round.
[[nodiscard]] std::span<const Device* const> all_devices();
/// Why there is no card, in one sentence; empty where there is one.
[[nodiscard]] std::string no_gpu();
/// By name: "cpu", "gpu" (the first real card), "gpu:1" (by number), "gpu:radeon" (by a part of the
/// card's name). Throws Error listing the names there are.
[[nodiscard]] const Device& device(std::string_view name);

/// A graph made ready for a device. Memory is planned once; `run` allocates nothing. Owns its
/// states, so two programs share weights by `write(name, other.read(name))`. Whatever works with a
/// device throws DeviceError when that is lost, or has too little memory.
class Program {
 public:
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  /// Sets an input or a state. Throws Error for an unknown name or another size.
  void write(std::string_view name, std::span<const float> data);
  /// An input's own memory, which never moves: for changing a part of it between runs.
  [[nodiscard]] std::span<float> input(std::string_view name);
  /// An output (of the last finished run), a state or an input: valid until the next run or write.
  [[nodiscard]] std::span<const float> read(std::string_view name) const;
  [[nodiscard]] float scalar(std::string_view name) const { return read(name)[0]; }
  [[nodiscard]] bool contains(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> state_names() const;
  [[nodiscard]] Shape shape(std::string_view name) const;

  /// All stages, then the state updates.
  void run();
  /// Starts or continues a run and returns after `stages` stages at most; true when the run is
  /// complete. Lets a frame loop interleave, and a caller cancel (by `cancel`) between stages. The
  /// fused groups that end a run by changing states run together.
  [[nodiscard]] bool run_some(int stages);
  /// Drops a run begun by run_some: states keep their old values.
  void cancel();

  [[nodiscard]] std::span<const exec::plan::Stage> stages() const;
  [[nodiscard]] int64_t flops() const;
  /// Bytes of planned intermediate memory, and of states and constants.
  [[nodiscard]] int64_t arena_bytes() const;
  [[nodiscard]] int64_t state_bytes() const;
  /// Runs once, timing each stage, for profiles; seconds per stage in order.
  [[nodiscard]] std::vector<double> run_timed();

 private:
  friend std::vector<Program> compile_together(std::span<const Graph* const>, const Device&,
                                               const CompileOptions&);
  struct Impl;
  explicit Program(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

[[nodiscard]] Program compile(const Graph& graph, const Device& device,
                              const CompileOptions& options = {});

/// Programs over the same states: those of one name are one memory, which begins as the first graph
/// that has it says. What lies between their kernels shares memory too, so a run must end, or be
/// cancelled, before another of them begins, and then its outputs are gone. Throws Error where
/// states of one name differ in shape.
[[nodiscard]] std::vector<Program> compile_together(std::span<const Graph* const> graphs,
                                                    const Device& device,
                                                    const CompileOptions& options = {});

/// The plan that `compile` makes, a line a stage: for people and tests.
[[nodiscard]] std::string plan_text(const Graph& graph, const Device& device,
                                    const CompileOptions& options = {});

}  // namespace rivulet
