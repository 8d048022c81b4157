// What a network with experts adds to the losses of its training.
#pragma once

#include <vector>

#include "rivulet/nn/moe.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

/// The losses with those of balance added to the first, and what layers report beside them:
/// "balance_loss" (their sum), "max_vio" (mean over layers of the batch, routed by the thresholds
/// from before it), "per_token" (experts of a token). The same where there are no experts.
[[nodiscard]] std::vector<Loss> with_experts(std::vector<Loss> losses, const nn::MoeTrace& trace);

}  // namespace rivulet::train
