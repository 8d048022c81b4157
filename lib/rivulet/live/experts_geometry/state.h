// The settings of the lab "Experts, Geometry", as text.
#pragma once

#include <cstdint>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/rows.h"
#include "rivulet/models/expert_geometry.h"

namespace rivulet::live::experts_geometry {

/// Where the vectors live: in the plane, in space, or each in a dimension of its own, which are
/// seen by an orthogonal projection.
enum class Room : uint8_t { plane, space, many };

struct State {
  int n = 8;  ///< experts
  int k = 3;  ///< of which are kept; at most n are
  models::ExpertRule rule = models::ExpertRule::longest;
  Room room = Room::plane;
  float overlap = 0;     ///< |cos| between any two, in the room of many dimensions
  float noise = 0.4F;    ///< of the router
  bool weighed = false;  ///< the router's kept vectors have the lengths that it predicts
  uint64_t seed = 1;
  std::vector<data::Point> heads;  ///< of the visitor's own arrows in the plane; else there are n
  float yaw = 0.6F;                ///< of the space, in radians
  float pitch = 0.35F;

  [[nodiscard]] int kept() const { return std::min(k, n); }
};

[[nodiscard]] const rows::Table<State>& settings();
[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);

}  // namespace rivulet::live::experts_geometry
