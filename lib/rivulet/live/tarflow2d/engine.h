// The work behind the lab "TarFlow, 2-D": one task trains, one looks at the flow from all sides,
// and what they find reaches the frame loop through mailboxes.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/live/device.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/series.h"
#include "rivulet/models/tarflow2d.h"
#include "rivulet/train/trainer.h"

namespace rivulet::live::tarflow2d {

inline constexpr int cloud_points = 640;  ///< of data, and of samples
inline constexpr int density_side = 80;   ///< of the density's picture over [-3,3]^2
inline constexpr int grid_lines = 13;     ///< each way, over [-3,3]
inline constexpr int line_points = 73;    ///< of each
inline constexpr int grid_points = 2 * grid_lines * line_points;
inline constexpr int curve_points = 121;  ///< of a conditional, over [-3,3]

/// What the visitor wants; goes to both tasks whole.
struct Order {
  uint64_t run = 0;  ///< a new number starts training again
  models::Tarflow2dConfig config;
  int batch = 512;
  float learning_rate = 0;
  float ema_decay = 0;
  uint64_t seed = 1;
  std::shared_ptr<const data::Target2d> target;
  bool playing = true;
  int64_t allowance = 0;  ///< steps that may be taken while not playing, in total
  data::Point held;       ///< the point that the visitor moves ...
  int held_after = 0;     ///< ... after that many blocks: 0 in the data, T in the noise
  data::Point cursor;     ///< a place of the data whose density is asked
  const Device* device = usual_device();

  friend bool operator==(const Order&, const Order&) = default;
};

/// How training goes.
struct Progress {
  uint64_t run = 0;
  int64_t step = 0;
  double steps_per_second = 0;
  Series nll;  ///< of the batches, in nats
  float last_nll = 0;

  void add(const train::Trainer& trainer);
};

/// The point that is held, through all blocks.
struct Held {
  uint64_t run = 0;
  int64_t step = -1;
  std::vector<float> path;  // [T+1,2]
  float log_q = 0;
  data::Point cursor;
  float log_q_cursor = 0;
};

/// Points before, between and after the blocks.
struct Cloud {
  uint64_t run = 0;
  int64_t step = -1;
  int blocks = 0;
  std::vector<float> data;     // [T+1,cloud_points,2]
  std::vector<float> samples;  // [T+1,cloud_points,2]
  std::vector<float> grid;     // [T+1,grid_points,2]: even lines of the noise, line by line
  std::vector<float> mu;       // [T,curve_points]: of the moved coordinate, by the kept one
  std::vector<float> scale;    // the same: exp(alpha)
};

struct Density {
  uint64_t run = 0;
  int64_t step = -1;
  std::vector<float> log_q;     // [side,side], rows from the top
  std::vector<float> marginal;  // [side]: q(x_1)
  float mass = 0;               ///< of the square: its integral
};

/// -log q of points that training never sees.
struct HeldOut {
  uint64_t run = 0;
  int64_t step = -1;
  Series nll;
  float last = 0;
  std::optional<float> entropy;  ///< of the target, where it is known
};

using Outbox = live::Outbox<Progress, Held, Cloud, Density, HeldOut>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();

  [[nodiscard]] const Progress& progress() const { return get<Progress>(); }
  [[nodiscard]] const Held& held() const { return get<Held>(); }
  [[nodiscard]] const Cloud& cloud() const { return get<Cloud>(); }
  [[nodiscard]] const Density& density() const { return get<Density>(); }
  [[nodiscard]] const HeldOut& held_out() const { return get<HeldOut>(); }
};

/// `count` places over [-3,3].
[[nodiscard]] constexpr float spread(int i, int count) {
  return -data::plane_radius +
         2 * data::plane_radius * static_cast<float>(i) / static_cast<float>(count - 1);
}

/// The kept coordinate at point i of a conditional's curve.
[[nodiscard]] constexpr float curve_at(int i) { return spread(i, curve_points); }

}  // namespace rivulet::live::tarflow2d
