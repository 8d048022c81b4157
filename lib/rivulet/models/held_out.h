// How a flow of pictures does on pictures that it has not learned: its loss, and the load of its
// experts.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "rivulet/data/pictures.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/safetensors.h"

namespace rivulet::models {

/// What the routed experts of a layer did, over all tokens that came.
struct ExpertLoad {
  int block = 0;               ///< whose layer it is
  std::vector<double> shares;  ///< F [n] of all choices
  double per_token = 0;        ///< experts that a token used on average, without the shared ones

  [[nodiscard]] double max_violation() const;  ///< n max F - 1, as nn::max_violation
  [[nodiscard]] int dead() const;              ///< experts with less than 1 % of their fair share
};

struct HeldOut {
  double loss = 0;                 ///< mean of (v(x_t,t,0) - (x_1 - x_0))^2
  std::vector<ExpertLoad> layers;  ///< those with experts, the first one first
};

/// All pictures under their labels, each with the noise and at the time that the seed gives it, the
/// times spread evenly: alike for every model, so that models compare. `tick` hears of pictures
/// done. Throws Error when the file is not of a flow of such pictures.
[[nodiscard]] HeldOut held_out(const io::SafeTensors& file, const data::Pictures& pictures,
                               uint64_t seed, const Device& device, const CompileOptions& options,
                               const std::function<void(int64_t)>& tick = {});

}  // namespace rivulet::models
