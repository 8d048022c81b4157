// The work behind the lab "Experts, Balance": one task trains two networks side by side, one looks
// at which experts they use where, and what they find reaches the frame loop through mailboxes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "rivulet/live/device.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/experts_balance/hand.h"
#include "rivulet/live/experts_balance/state.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/series.h"

namespace rivulet::live::experts_balance {

inline constexpr int sides = 2;
inline constexpr int map_side = 96;  ///< places along an edge of the plane

/// What the visitor wants; goes to both tasks whole.
struct Order {
  uint64_t run = 0;  ///< a new number starts training again
  Setup setup;
  std::shared_ptr<const data::Target2d> target;
  bool playing = true;
  int64_t allowance = 0;  ///< steps that may be taken while not playing, in total
  float time = 0;         ///< flow time at which the plane is seen
  bool hand = false;      ///< tokens for the visitor's own routing are wanted
  int hand_side = 1;
  const Device* device = usual_device();

  friend bool operator==(const Order&, const Order&) = default;
};

/// How one network fares. Loads are means over the last batches, or the noise of a batch would
/// hide how even they are.
struct Fate {
  Series violation;               ///< MaxVio
  std::vector<Series> load;       ///< F of each expert
  std::vector<Series> threshold;  ///< beta of each expert; empty where there are none
  std::vector<float> last_load;   // [n]
  float last_violation = 0;
  float per_token = 0;  ///< experts that a token used, in the last batch
  float moved = 0;      ///< |W - W_0| / |W_0| of the router's weights
};

/// How training goes.
struct Progress {
  uint64_t run = 0;
  int64_t step = 0;
  double steps_per_second = 0;
  std::array<Fate, sides> fates;
};

/// Which experts the places of the plane use, row by row from the top.
struct Map {
  uint64_t run = 0;
  int64_t step = -1;
  float time = 0;
  std::vector<int8_t> expert;  // [map_side^2]: the one with the largest gate, -1: none
  std::vector<int8_t> count;   // [map_side^2]: how many
};

/// Distance to the velocity that is right, over training: half the mean of |v - v*|^2.
struct Errors {
  uint64_t run = 0;
  int64_t step = -1;
  std::array<Series, sides> series;
  std::array<float, sides> last{};
};

using Outbox = live::Outbox<Progress, Several<Map, sides>, Errors, Hand>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();

  [[nodiscard]] const Progress& progress() const { return get<Progress>(); }
  [[nodiscard]] const Map& map(int side) const { return get<Map>(side); }
  [[nodiscard]] const Errors& errors() const { return get<Errors>(); }
  [[nodiscard]] const Hand& hand() const { return get<Hand>(); }
};

}  // namespace rivulet::live::experts_balance
