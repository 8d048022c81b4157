// The work behind the lab "Experts, Geometry": sets of vectors and what is left of their sums; a
// layer that learns, and what its blocks look like.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "rivulet/live/device.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/experts_geometry/state.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/series.h"

namespace rivulet::live::experts_geometry {

/// Which vectors there are, and what a router thinks of them.
struct Arrangement {
  Room room = Room::plane;
  int n = 0;
  float overlap = 0;
  float noise = 0;
  bool weighed = false;
  uint64_t seed = 1;
  std::vector<data::Point> heads;

  friend bool operator==(const Arrangement&, const Arrangement&) = default;
};
[[nodiscard]] Arrangement arrangement_of(const State& state);

/// What the visitor wants; goes to all tasks whole.
struct Order {
  Arrangement arrangement = {};
  // The layer
  uint64_t run = 0;  ///< a new number starts training again; 0: nothing is trained yet
  models::ExpertLayerConfig layer = {};
  float blur = 0;
  float learning_rate = 0;
  uint64_t seed = 1;
  std::shared_ptr<const data::Target2d> target = {};
  bool playing = false;
  int64_t allowance = 0;  ///< steps that may be taken while not playing, in total
  data::Point held = {};  ///< where the layer's vectors are asked for
  bool weighed = false;   ///< see State
  const Device* device = usual_device();

  friend bool operator==(const Order&, const Order&) = default;
};

/// The vectors, and what each rule keeps of them.
struct Vectors {
  Arrangement of;
  std::vector<float> seen;       // [n,3]: themselves, or their projection; the plane's have z = 0
  std::vector<float> norms;      // [n]
  std::vector<float> predicted;  // [n]: rho, of the router
  std::array<models::ExpertErrors, models::expert_rule_count> errors;
  std::vector<int> drawn;  // [n]: the random rule's order, which `errors` has on average
};

inline constexpr int overlap_count = 21;  ///< even places over [0,1]
[[nodiscard]] constexpr float overlap_at(int i) {
  return static_cast<float>(i) / static_cast<float>(overlap_count - 1);
}

/// What the longest miss, and the best subset, over the overlap: means over many sets.
struct Gap {
  int n = 0;
  int sets = 0;                                                 ///< so far, for each overlap
  std::array<std::vector<float>, overlap_count> longest, best;  // [n+1]: of the sum's square
};

// --- The layer ---

/// How training goes.
struct Progress {
  uint64_t run = 0;
  int64_t step = 0;
  double steps_per_second = 0;
  float layer = 0;  ///< mean squares, of the last step
  float router = 0;

  void add(const train::Trainer& trainer);
};

/// The vectors of the blocks where the visitor holds a point.
struct Probe {
  uint64_t run = 0;
  int64_t step = -1;
  data::Point at;
  bool weighed = false;
  Vectors vectors;
};

inline constexpr int map_side = 64;  ///< of the plane's picture over [-3,3]^2

/// Which block is the longest at each place, and which the router thinks is.
struct Regions {
  uint64_t run = 0;
  int64_t step = -1;
  std::vector<uint8_t> norms;  // [side,side], rows from the top
  std::vector<uint8_t> predicted;
};

inline constexpr int ranked_points = 256;  ///< that training never sees

/// Predicted norms against true ones, and what the rules miss, over points as training sees them.
struct Ranking {
  uint64_t run = 0;
  int64_t step = -1;
  bool weighed = false;
  Series correlation;  ///< Spearman's, over the blocks of a point, mean over points
  float last = 0;
  std::vector<float> norms;                                            // [ranked_points,n]
  std::vector<float> predicted;                                        // the same
  std::array<models::ExpertErrors, models::expert_rule_count> errors;  ///< summed over the points
};

using Outbox = live::Outbox<Vectors, Gap, Progress, Probe, Regions, Ranking>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();

  [[nodiscard]] const Vectors& vectors() const { return get<Vectors>(); }
  [[nodiscard]] const Gap& gap() const { return get<Gap>(); }
  [[nodiscard]] const Progress& progress() const { return get<Progress>(); }
  [[nodiscard]] const Probe& probe() const { return get<Probe>(); }
  [[nodiscard]] const Regions& regions() const { return get<Regions>(); }
  [[nodiscard]] const Ranking& ranking() const { return get<Ranking>(); }
};

}  // namespace rivulet::live::experts_geometry
