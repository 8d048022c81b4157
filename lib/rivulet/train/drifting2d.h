// A generator of the plane that drifts to the data: see models/drifting.h.
#pragma once

#include <memory>

#include "rivulet/data/target2d.h"
#include "rivulet/models/distill2d.h"
#include "rivulet/models/drifting.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

/// What may change between steps.
struct Drifting {
  float tau = 0.3F;     ///< reach of the kernel, 0.001..10
  float repulsion = 1;  ///< its factor, 0..2; without it all samples become one
};

struct Drifting2dTraining {
  models::Distill2dConfig nets;  ///< of which the generator and the data are used
  models::DriftForm form = models::DriftForm::shared;
  Drifting how;
  int batch = 256;  ///< points generated, and of the data, a step: 2..4096
  float learning_rate = 2e-3F;
  float ema_decay = 0.98F;
  int64_t schedule_steps = 10000;
  uint64_t seed = 1;
};

/// Throws Error naming the field that is out of range.
void validate(const Drifting2dTraining& config);

struct Drifting2d {
  std::shared_ptr<Drifting> how;
  Trainer trainer;
};
/// Learns what the teacher of distill2d knows; its generator begins as that of train/distill2d.h
/// does from the same seed. Losses: "loss", the mean of |V|^2.
[[nodiscard]] Drifting2d drifting2d_trainer(const Drifting2dTraining& config,
                                            const data::Target2d& target, const Device& device,
                                            const CompileOptions& options = {});

}  // namespace rivulet::train
