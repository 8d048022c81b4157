// Executables whose buffers are the host's memory: what the CPU and the reference device share.
#pragma once

#include <functional>
#include <memory>
#include <span>
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

/// What Device::load gives; `steps_of` one step for each stage of the plan.
[[nodiscard]] std::vector<std::unique_ptr<Executable>> host_executables(
    std::span<const Planned> programs,
    const std::function<std::vector<Step>(const Planned& program)>& steps_of);

/// Copies a box between two layouts of equal shape.
void copy_layout(float* to, const plan::Layout& to_layout, const float* from,
                 const plan::Layout& from_layout);

/// Writes a part over x, as the op slice_update does.
void write_slice(const plan::SliceUpdate& update, float* x, const Storage& at);

}  // namespace rivulet::exec
