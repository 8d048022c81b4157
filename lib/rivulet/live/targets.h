// What the labs of the plane learn from: a named target, or the visitor's drawing.
#pragma once

#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/live/rows.h"

namespace rivulet::live {

/// Points of a target to look at, the same every time: [points,2].
[[nodiscard]] std::vector<float> points_of(const data::Target2d& target, int points);
/// Of strokes where `shape` is drawn.
[[nodiscard]] data::Target2d target_of(data::Shape2d shape,
                                       const std::vector<data::Stroke>& strokes);
/// Whether two drawings are the same target.
[[nodiscard]] bool same_strokes(const std::vector<data::Stroke>& a,
                                const std::vector<data::Stroke>& b);

// Of the settings of a lab: `target` and, where that is drawn, `strokes`.

/// Throws Error where a drawn target has no strokes.
template <class State>
void check_target(const State& state) {
  if (state.target == data::Shape2d::drawn && state.strokes.empty()) {
    rows::bad("a drawn target needs strokes");
  }
}

/// Whether two settings ask for the same target.
template <class State>
[[nodiscard]] bool same_target(const State& a, const State& b) {
  return a.target == b.target &&
         (b.target != data::Shape2d::drawn || same_strokes(a.strokes, b.strokes));
}

}  // namespace rivulet::live
