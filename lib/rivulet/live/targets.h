// What the labs of the plane learn from: a named target, or the visitor's drawing.
#pragma once

#include <vector>

#include "rivulet/data/target2d.h"

namespace rivulet::live {

/// Points of a target to look at, the same every time: [points,2].
[[nodiscard]] std::vector<float> points_of(const data::Target2d& target, int points);
/// Of strokes where `shape` is drawn.
[[nodiscard]] data::Target2d target_of(data::Shape2d shape,
                                       const std::vector<data::Stroke>& strokes);
/// Whether two drawings are the same target.
[[nodiscard]] bool same_strokes(const std::vector<data::Stroke>& a,
                                const std::vector<data::Stroke>& b);

}  // namespace rivulet::live
