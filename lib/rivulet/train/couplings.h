// Reflow's second phase: pairs of noise and of what a trained flow makes of it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rivulet/train/flow2d.h"

namespace rivulet::train {

/// A pool of couplings (x_0, ODE(x_0)) (Liu et al. 2022), made a little in each training step so
/// that no step takes long. A function of the teacher's weights and of the generator.
class Couplings {
 public:
  static constexpr int pairs = 8192;

  Couplings(const Flow2dConfig& config, Rng rng, const Device& device,
            const CompileOptions& options);

  [[nodiscard]] bool begun() const { return !teacher_.tensors.empty(); }
  [[nodiscard]] bool complete() const { return begun() && done_ == total(); }
  /// Fixes the teacher.
  void begin(Weights teacher);
  /// A few evaluations of the teacher.
  void work();
  /// Pairs drawn from the pool: x0 and x1 [B,2].
  void draw(Rng& rng, std::span<float> x0, std::span<float> x1) const;

  /// Teacher, points and progress as tensors `prefix` + "couplings.*"; none before `begin`.
  void save(const std::string& prefix, io::SafeTensors& file) const;
  void restore(const std::string& prefix, const io::SafeTensors& file);

 private:
  static constexpr int chunk = 512;  // pairs that one evaluation moves
  static constexpr int ode_steps = 32;
  static constexpr int evaluations = 4;  // in one call of `work`
  [[nodiscard]] static constexpr int total() { return pairs / chunk * ode_steps; }

  std::vector<float> noise_;   // [pairs,2]
  std::vector<float> points_;  // [pairs,2], begins as the noise
  Flow2dSampler sampler_;
  Weights teacher_;
  int done_ = 0;  // evaluations, chunk by chunk
};

}  // namespace rivulet::train
