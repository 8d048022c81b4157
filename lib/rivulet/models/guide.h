// Classifier guidance by selection (DDCM, section 4): of the noise vectors there are, take the one
// that a judge (a classifier) likes best.
#pragma once

#include <memory>
#include <span>

#include "rivulet/exec/program.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/ddcm.h"
#include "rivulet/models/judge.h"

namespace rivulet::models {

/// log p(labels | x) of a judge and its gradient, for batches of one size.
class JudgeGradient {
 public:
  JudgeGradient(const io::SafeTensors& judge, int batch, const Device& device,
                const CompileOptions& options = {.static_states = true});
  JudgeGradient(JudgeGradient&&) noexcept;
  JudgeGradient& operator=(JudgeGradient&&) noexcept;
  ~JudgeGradient();

  [[nodiscard]] const JudgeModel& model() const;
  /// labels [K], classes[k]: any; pictures x [n,D] in [-1,1], gradient [n,D]. Returns the mean of
  /// log p(labels | x) over the rows. Throws Error for a label that there is not.
  float operator()(std::span<const float> labels, std::span<const float> x,
                   std::span<float> gradient);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// r = grad log p(labels | x0hat). The judge knows clean pictures only, so it is asked about x0hat
/// in the place of x_t. `judge` must outlive the runs.
[[nodiscard]] Pull pull_towards(JudgeGradient& judge, std::vector<float> labels);

}  // namespace rivulet::models
