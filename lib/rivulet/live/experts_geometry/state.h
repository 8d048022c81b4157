// The settings of the lab "Experts, Geometry", as text.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/rows.h"
#include "rivulet/models/expert_geometry.h"
#include "rivulet/models/expert_layer.h"
#include "rivulet/train/expert_layer.h"

namespace rivulet::live::experts_geometry {

/// Vectors alone, or those of a layer that learns.
enum class View : uint8_t { vectors, layer };
/// Where the vectors live: in the plane, in space, or each in a dimension of its own, which are
/// seen by an orthogonal projection.
enum class Room : uint8_t { plane, space, many };

/// Whose longest block colours the plane.
enum class Map : uint8_t { norms, predicted };

struct State {
  View view = View::vectors;
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

  // The layer
  data::Shape2d target = data::Shape2d::eight_gaussians;
  std::vector<data::Stroke> strokes;  ///< of the visitor's own target
  bool playing = true;
  float blur = 0.7F;  ///< of the points that the layer sends back to the target
  models::RouterMap router = models::RouterMap::softplus;
  int hidden = 96;
  float learning_rate = train::expert_layer_trainer().learning_rate;
  Map map = Map::norms;
  data::Point held = {0.7F, 0.9F};  ///< where the layer's vectors are shown

  [[nodiscard]] int kept() const { return std::min(k, n); }
  [[nodiscard]] models::ExpertLayerConfig layer() const {
    return {.hidden = hidden, .blocks = n, .router = router};
  }
};

[[nodiscard]] const rows::Table<State>& settings();
[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);
/// True when going from `a` to `b` needs a fresh layer.
[[nodiscard]] bool needs_restart(const State& a, const State& b);

}  // namespace rivulet::live::experts_geometry
