// Exponential moving averages of weights.
#pragma once

#include <span>

#include "rivulet/graph/graph.h"
#include "rivulet/nn/params.h"

namespace rivulet::train {

/// Declares the update of each average: a <- a + (1 - decay)(w - a), w = `values` in the order of
/// `weights`, whose copies `averages` are (Params::copy_states); where `keep` (a number) is 0 the
/// averages stay. `decay` is a number.
void update_averages(nn::Params& averages, const nn::Params& weights, std::span<const Value> values,
                     Value decay, Value keep);

/// A decay that lets young averages follow: min(decay, (1 + step) / (10 + step)).
[[nodiscard]] float warm_decay(float decay, int64_t step);

}  // namespace rivulet::train
