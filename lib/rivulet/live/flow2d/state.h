// The settings of the lab "Flow and shortcut, 2-D", as text.
#pragma once

#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/rows.h"
#include "rivulet/train/flow2d.h"

namespace rivulet::live::flow2d {

enum class View : uint8_t { samples, paths, field };

/// The settings of the lab "Flow and shortcut, 2-D".
struct State {
  data::Shape2d target = data::Shape2d::eight_gaussians;
  std::vector<data::Stroke> strokes;  ///< of the visitor's own target
  train::Flow2dConfig config;         ///< `method` is the picture's, on the left in a comparison
  bool compare = false;
  models::Method rival = models::Method::flow_matching;  ///< the other side of a comparison
  int steps = 1;  ///< of the large picture: one of shown_steps
  View view = View::samples;
  float time = 1;  ///< flow time shown, 0..1
  bool playing = true;
};

[[nodiscard]] const rows::Table<State>& settings();
[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);

/// True when going from `a` to `b` needs training to start again.
[[nodiscard]] bool needs_restart(const State& a, const State& b);

}  // namespace rivulet::live::flow2d
