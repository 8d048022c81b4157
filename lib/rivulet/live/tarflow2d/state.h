// The settings of the lab "TarFlow, 2-D", as text.
#pragma once

#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/rows.h"
#include "rivulet/models/tarflow2d.h"
#include "rivulet/train/tarflow2d.h"

namespace rivulet::live::tarflow2d {

enum class Left : uint8_t { density, samples };

struct State {
  data::Shape2d target = data::Shape2d::two_moons;
  std::vector<data::Stroke> strokes;  ///< of the visitor's own target
  models::Tarflow2dConfig config;
  int batch = 512;
  float learning_rate = train::tarflow2d_trainer().learning_rate;
  float ema_decay = train::tarflow2d_trainer().ema_decay;
  uint64_t seed = 1;
  bool playing = true;
  Left left = Left::density;
  bool flowing = true;      ///< the place among the blocks moves by itself
  float after = 0;          ///< blocks passed in the right picture, 0..T
  bool conditional = true;  ///< the next block's rule is drawn upon it
  data::Point held = {0.75F, 0.2F};
  int held_after = 0;  ///< 0: the held point is data; T: noise
};

[[nodiscard]] const rows::Table<State>& settings();
[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);
/// True when going from `a` to `b` needs training to start again.
[[nodiscard]] bool needs_restart(const State& a, const State& b);

}  // namespace rivulet::live::tarflow2d
