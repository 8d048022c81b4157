// Flow models in the plane: what `rivulet train toy` and the first lab train.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "rivulet/data/target2d.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/flow.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

struct Flow2dConfig {
  models::Method method = models::Method::shortcut;
  int width = 128;              ///< hidden units, 8..512
  int depth = 3;                ///< hidden layers, 1..8
  int batch = 512;              ///< points a step, 16..4096
  float learning_rate = 4e-3F;  ///< peak of warm-up + cosine
  float weight_decay = 0.01F;   ///< decoupled (AdamW)
  float bootstrap = 0.25F;      ///< share of the batch that trains self-consistency
  float ema_decay = 0.99F;      ///< of the averaged weights: bootstrap targets and samples
  int64_t schedule_steps =
      20000;  ///< length of the cosine; it ends at a tenth of the peak and stays
  uint64_t seed = 1;
  int64_t reflow_after = 1000;  ///< reflow: steps of flow matching before its own couplings
  float self_weight = 0;        ///< of the self-consistency loss; 0: models::usual_self_weight

  friend bool operator==(const Flow2dConfig&, const Flow2dConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const Flow2dConfig& config);

/// Flow matching, its self-consistent kin and reflow, on points of the target. `device` makes
/// reflow's couplings. Losses: loss, flow_loss, self_loss (0 where the method has none).
[[nodiscard]] Objective flow2d_objective(const Flow2dConfig& config, const data::Target2d& target,
                                         const Device& device, const CompileOptions& options = {});
/// How it is trained.
[[nodiscard]] TrainerConfig flow2d_training(const Flow2dConfig& config);
/// Both.
[[nodiscard]] Trainer flow2d_trainer(const Flow2dConfig& config, const data::Target2d& target,
                                     const Device& device, const CompileOptions& options = {});
/// Continues from a checkpoint as if training had never stopped. Throws Error when the checkpoint
/// is not one of a plane flow, or lacks the training states.
[[nodiscard]] Trainer flow2d_trainer(const io::SafeTensors& checkpoint, const Device& device,
                                     const CompileOptions& options = {});

/// What a checkpoint's metadata says; throws Error when the file is not of a plane flow or holds a
/// value that is out of range.
[[nodiscard]] Flow2dConfig flow2d_config(const io::SafeTensors& checkpoint);
[[nodiscard]] data::Target2d flow2d_target(const io::SafeTensors& checkpoint);

/// Samples with given weights. Owns its program: may live on another thread than the trainer.
class Flow2dSampler {
 public:
  /// `points`: how many points one evaluation holds.
  Flow2dSampler(const Flow2dConfig& config, int points, const Device& device,
                const CompileOptions& options = {.static_states = true});
  Flow2dSampler(Flow2dSampler&&) noexcept;
  Flow2dSampler& operator=(Flow2dSampler&&) noexcept;
  ~Flow2dSampler();

  void load(const Weights& weights);
  /// The averaged weights of a checkpoint.
  void load(const io::SafeTensors& checkpoint);
  /// Mean velocity over [t, t+d] at xy [points,2] into v [points,2].
  void velocity(std::span<const float> xy, float t, float d, std::span<float> v);
  /// One Euler step of n: x <- x + v(x, i/n, 1/n)/n for i = `step`. Plain flow matching and reflow
  /// know d = 0 only; the sampler passes what the method was trained for.
  void advance(std::span<float> xy, int step, int n);
  /// All n steps in place. From the SAME noise, n = 1, 2, 4, ... are comparable.
  void sample(std::span<float> xy, int n);
  [[nodiscard]] int points() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The counts of steps that the lab and the command line show.
inline constexpr int shown_steps[] = {1, 2, 4, 8, 32, 128};

}  // namespace rivulet::train
