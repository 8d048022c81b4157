// The work behind the lab "Flow and shortcut, 2-D": one task trains, one samples, and what they
// find reaches the frame loop through mailboxes.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "rivulet/live/device.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/flow2d/state.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/series.h"
#include "rivulet/metrics/points.h"
#include "rivulet/train/flow2d.h"

namespace rivulet::live::flow2d {

inline constexpr int panel_count = static_cast<int>(std::size(train::shown_steps));
inline constexpr int cloud_points = 1024;  ///< samples in every picture
inline constexpr int field_side = 20;      ///< arrows along an edge of the velocity field

/// What the visitor wants; goes to both tasks whole.
struct Order {
  uint64_t run = 0;  ///< a new number starts training again
  std::array<train::Flow2dConfig, 2> configs;
  int sides = 1;  ///< networks trained: 2 in a comparison
  std::shared_ptr<const data::Target2d> target;
  bool playing = true;
  int64_t allowance = 0;  ///< steps that may be taken while not playing ("one step"), in total
  int panel = 0;          ///< the one whose whole paths are wanted
  bool field = false;     ///< the velocity field is wanted
  float time = 1;         ///< ... at this flow time
  const Device* device = usual_device();

  friend bool operator==(const Order&, const Order&) = default;
};

/// How training goes.
struct Progress {
  uint64_t run = 0;
  int64_t step = 0;
  double steps_per_second = 0;
  int sides = 1;
  std::array<Series, 2> loss;
  std::array<Series, 2> self_loss;  ///< the self-consistency part, empty where there is none
  std::array<float, 2> last_loss{};
};

/// Samples by n steps from the fixed noise.
struct Panel {
  uint64_t run = 0;
  int64_t step = 0;       ///< of training, when they were drawn; -1: never
  std::vector<float> xy;  // [points,2]
};

/// Where the points of one panel were after each of its steps.
struct Paths {
  uint64_t run = 0;
  int64_t step = -1;
  int n = 0;
  std::vector<float> frames;  // [n+1,points,2]
};

struct Field {
  uint64_t run = 0;
  int64_t step = -1;
  float time = 0;
  float d = 0;
  std::vector<float> velocity;  // [field_side^2,2], rows from the bottom
};

/// Distances from samples to data over training.
struct Distances {
  uint64_t run = 0;
  float floor = 0;  ///< the same distance between two samples of the data
  std::array<std::array<Series, panel_count>, 2> series;
  std::array<std::array<float, panel_count>, 2> last{};  ///< 0: not measured yet
  std::array<std::array<metrics::Coverage, panel_count>, 2> coverage{};
};

/// By side, panels also by their number of steps.
using Outbox = live::Outbox<Progress, Several<Panel, 2, panel_count>, Several<Paths, 2>,
                            Several<Field, 2>, Distances>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();

  [[nodiscard]] const Progress& progress() const { return get<Progress>(); }
  [[nodiscard]] const Panel& panel(int side, int index) const { return get<Panel>(side, index); }
  [[nodiscard]] const Paths& paths(int side) const { return get<Paths>(side); }
  [[nodiscard]] const Field& field(int side) const { return get<Field>(side); }
  [[nodiscard]] const Distances& distances() const { return get<Distances>(); }
};

/// The centre of arrow `i` of the field, in the plane.
[[nodiscard]] data::Point field_point(int i);

}  // namespace rivulet::live::flow2d
