// The work behind the lab "Flow and shortcut, 2-D": one task trains, one samples, and what they
// find reaches the frame loop through mailboxes.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rivulet/live/flow2d/state.h"
#include "rivulet/live/job.h"
#include "rivulet/live/mailbox.h"
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

/// Reads what the tasks publish. The frame loop alone calls it.
class Engine {
 public:
  Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  void order(const Order& order);
  /// Once a frame: takes what is new and, without threads, works for `milliseconds`.
  void update(double milliseconds);

  [[nodiscard]] const Progress& progress() const;
  [[nodiscard]] const Panel& panel(int side, int index) const;
  [[nodiscard]] const Paths& paths(int side) const;
  [[nodiscard]] const Field& field(int side) const;
  [[nodiscard]] const Distances& distances() const;
  /// What went wrong, in words; empty while all is well.
  [[nodiscard]] std::string error() const;
  void retry();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The centre of arrow `i` of the field, in the plane.
[[nodiscard]] data::Point field_point(int i);

}  // namespace rivulet::live::flow2d
