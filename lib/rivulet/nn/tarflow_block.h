// One block of TarFlow, in both directions: what back-propagation without stored activations needs.
#pragma once

#include "rivulet/nn/tarflow.h"

namespace rivulet::nn {

/// z = (x - mu - L x) exp(-alpha), or x = z exp(alpha) + mu + L x number by number.
[[nodiscard]] Value coupled(Direction way, Value from, const Affine& affine);

/// What one coupling layer makes of its tokens, and by which log-scale alpha.
struct Passed {
  Value to;     ///< [B,N,D]
  Value alpha;  ///< [B,N,D] or, without the zeros of the first token, [B,N-1,D]
};

/// One block of tarflow or of tarflow_inverse: tokens [B,N,D] and labels as there.
[[nodiscard]] Passed tarflow_block(const TarflowConfig& config, Params& params, int block,
                                   Direction way, Value from, Value labels);

}  // namespace rivulet::nn
