// Executables whose buffers are the host's memory: what the CPU and the reference device share.
#pragma once

#include <memory>
#include <vector>

#include "rivulet/exec/executable.h"
#include "rivulet/exec/plan/plan.h"
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

/// One step for each stage of the plan.
[[nodiscard]] std::unique_ptr<Executable> host_executable(const Graph& graph,
                                                          const plan::Plan& plan,
                                                          std::vector<Step> steps);

/// Writes a part over x, as the op slice_update does.
void write_slice(const plan::SliceUpdate& update, float* x, const Storage& at);

}  // namespace rivulet::exec
