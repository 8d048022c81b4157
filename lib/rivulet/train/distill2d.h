// Identity distillation in the plane: what `rivulet train distill-toy` and its lab train.
#pragma once

#include <memory>

#include "rivulet/data/target2d.h"
#include "rivulet/models/distill2d.h"
#include "rivulet/train/distill.h"

namespace rivulet::train {

struct Distill2dTraining {
  models::Distill2dConfig nets;
  /// Below level 0.2 separate modes look so narrow that lambda = 1.2 drives away what lies between.
  Distillation how{.rows = {.batch = 256}, .lowest_level = 0.2F, .normalise = false};
  float learning_rate = 5e-4F;       ///< of the generator: peak of warm-up + cosine
  float fake_learning_rate = 4e-3F;  ///< of the fake net
  float ema_decay = 0.98F;           ///< of the generator
  int64_t schedule_steps = 10000;    ///< updates of the generator
  uint64_t seed = 1;

  friend bool operator==(const Distill2dTraining&, const Distill2dTraining&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const Distill2dTraining& config);

/// A trainer, and what may be changed between its steps: loss, lambda and levels.
struct Distill2d {
  std::shared_ptr<Distillation> how;
  Trainer trainer;
};
[[nodiscard]] Distill2d distill2d_trainer(const Distill2dTraining& config,
                                          const data::Target2d& target, const Device& device,
                                          const CompileOptions& options = {});

/// The fake net as it is now, by the names of its weights: see models::Distill2dMap.
[[nodiscard]] io::SafeTensors fake_weights(const Trainer& trainer);

}  // namespace rivulet::train
