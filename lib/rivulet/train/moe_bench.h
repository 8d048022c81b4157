// How long a layer of experts takes beside a dense one of equal active cost.
#pragma once

#include <string>
#include <vector>

#include "rivulet/exec/program.h"
#include "rivulet/nn/moe.h"

namespace rivulet::train {

struct MoeBench {
  int tokens = 1024;
  int width = 128;
  int hidden = 512;  ///< units that a token uses
  int chosen = 2;
  std::vector<int> experts = {8, 64};
  nn::Balance balance = nn::Balance::quantile;

  [[nodiscard]] nn::MoeConfig layer(int n) const {
    return {.experts = n, .chosen = chosen, .hidden = hidden / chosen, .balance = balance};
  }
};

/// Throws Error naming the field that is out of range.
void validate(const MoeBench& bench);

/// One way to compute a layer, and how long it took in each round.
struct TimedWay {
  std::string name;  ///< "dense", "2 of 8", "all of 8" (each expert on every token)
  Program program;
  std::vector<double> seconds = {};

  [[nodiscard]] double median() const;
  [[nodiscard]] double fastest() const;
  /// Of its time to that of another way, round by round: their median.
  [[nodiscard]] double ratio(const TimedWay& to) const;
};

/// "forward", and "training step": forward, backward with the gradient of what lies before, AdamW,
/// and what the layer makes of its thresholds.
struct MoeRace {
  std::string what;
  std::vector<TimedWay> ways;  ///< the first is dense
};

/// All ways take turns for about so many seconds a race, so that what disturbs one disturbs all.
[[nodiscard]] std::vector<MoeRace> race_experts(const MoeBench& bench, const Device& device,
                                                int threads, double seconds);

}  // namespace rivulet::train
