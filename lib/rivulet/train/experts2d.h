// Flow matching in the plane by a network with experts: what the lab of balance trains.
#pragma once

#include "rivulet/data/target2d.h"
#include "rivulet/models/experts2d.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

struct Experts2dTraining {
  models::Experts2dConfig net;
  int batch = 512;              ///< tokens a step, 16..4096
  float learning_rate = 4e-3F;  ///< peak of warm-up + cosine
  uint64_t seed = 1;

  friend bool operator==(const Experts2dTraining&, const Experts2dTraining&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const Experts2dTraining& config);

/// Losses: those of with_experts beside "loss"; "flow_loss" is the same without that of balance.
/// Each step's program has the load F [n] as its output "load".
[[nodiscard]] Trainer experts2d_trainer(const Experts2dTraining& config,
                                        const data::Target2d& target, const Device& device,
                                        const CompileOptions& options = {});

}  // namespace rivulet::train
