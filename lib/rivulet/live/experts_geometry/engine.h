// The work behind the lab "Experts, Geometry": sets of vectors and what is left of their sums.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "rivulet/live/engine.h"
#include "rivulet/live/experts_geometry/state.h"
#include "rivulet/live/outbox.h"

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
  Arrangement arrangement;

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

using Outbox = live::Outbox<Vectors, Gap>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();

  [[nodiscard]] const Vectors& vectors() const { return get<Vectors>(); }
  [[nodiscard]] const Gap& gap() const { return get<Gap>(); }
};

}  // namespace rivulet::live::experts_geometry
