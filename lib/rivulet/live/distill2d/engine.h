// The work behind the lab "Distillation, 2-D": one task trains two generators side by side, one
// looks at what they, their fake nets and the teacher say.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "rivulet/live/device.h"
#include "rivulet/live/distill2d/state.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/series.h"

namespace rivulet::live::distill2d {

inline constexpr int grid_side = 19;  ///< arrows along an edge of the plane
inline constexpr int grid_places = grid_side * grid_side;
inline constexpr int shown_samples = 1024 - grid_places;  ///< of a generator, and of the data

/// What the visitor wants; goes to both tasks whole.
struct Order {
  uint64_t run = 0;  ///< a new number starts training again
  Setup setup;
  std::shared_ptr<const data::Target2d> target;
  bool playing = true;
  int64_t allowance = 0;  ///< steps that may be taken while not playing, in total
  float level = 0.5F;
  const Device* device = usual_device();

  friend bool operator==(const Order&, const Order&) = default;
};

/// How training goes; steps are those of the generators.
struct Progress {
  uint64_t run = 0;
  int64_t step = 0;
  double steps_per_second = 0;
  struct Side {
    Series l1;  ///< estimated, or |V|^2 of drifting
    float last_l1 = 0;
    bool stopped = false;  ///< numbers were no longer finite
  };
  std::array<Side, sides> of;
};

/// Means over samples and dimensions at the noise level.
struct Terms {
  float phi_phi = 0;
  float phi_psi = 0;
  float psi_psi = 0;
  float phi_eps = 0;
  float psi_eps = 0;

  [[nodiscard]] std::array<float, 5> values() const {
    return {phi_phi, phi_psi, psi_psi, phi_eps, psi_eps};
  }
};

/// One generator as it is seen at a noise level.
struct Panel {
  uint64_t run = 0;
  int64_t step = -1;  ///< of training; -1: nothing yet
  float level = 0;
  bool drifts = false;
  std::vector<float> samples;  // [shown_samples,2]
  std::vector<float> noised;   // [shown_samples,2]: x_t of them; the samples where it drifts
  /// Towards the data and towards what is generated, [grid_places,2]: scores, -phi/bbar and
  /// -psi/bbar; of drifting its attraction, and its repulsion turned round.
  std::vector<float> to_data, to_own;
  Terms terms;       ///< of distillation
  float spread = 0;  ///< root of the mean variance of the samples
};

/// The data, clean and at the noise level.
struct Data {
  uint64_t run = 0;
  float level = -1;
  float spread = 1;
  std::vector<float> xy, noised;  // [shown_samples,2]
};

/// How good the samples are, over training.
struct Scores {
  uint64_t run = 0;
  int64_t step = -1;
  struct Side {
    Series distance;  ///< sliced Wasserstein to data
    Series spread;
    float last_distance = 0;
    float last_spread = 0;
  };
  std::array<Side, sides> of;
};

using Outbox = live::Outbox<Progress, Several<Panel, sides>, Data, Scores>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();

  [[nodiscard]] const Progress& progress() const { return get<Progress>(); }
  [[nodiscard]] const Panel& panel(int side) const { return get<Panel>(side); }
  [[nodiscard]] const Data& data() const { return get<Data>(); }
  [[nodiscard]] const Scores& scores() const { return get<Scores>(); }
};

/// Curves of what runs away end there.
inline constexpr float most_l1 = 100;
inline constexpr float most_spread = 5 * data::plane_radius;

/// Where the grid's arrows stand, [grid_places,2].
[[nodiscard]] std::vector<float> grid();
/// Noised variance of the generator over that of the data, at level u: what theory calls V.
[[nodiscard]] float variance_ratio(float spread, float data_spread, float u);
/// The spread that has this ratio.
[[nodiscard]] float spread_at(float ratio, float data_spread, float u);
/// What a loss is of terms.
[[nodiscard]] float value_of(models::DistillForm form, const Terms& terms);

}  // namespace rivulet::live::distill2d
