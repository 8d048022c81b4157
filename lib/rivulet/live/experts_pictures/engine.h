// The work behind the lab "Experts, Pictures": pictures sampled with all experts and without some,
// who took each of their patches, and which patches of real pictures each expert takes most.
#pragma once

#include <span>
#include <vector>

#include "rivulet/live/device.h"
#include "rivulet/live/engine.h"
#include "rivulet/live/experts_pictures/state.h"
#include "rivulet/live/model_slot.h"
#include "rivulet/live/outbox.h"
#include "rivulet/live/transfer.h"
#include "rivulet/models/pictures.h"

namespace rivulet::live::experts_pictures {

/// What the visitor wants; goes to the task whole.
struct Order {
  FileBytes weights;   ///< null: not here yet
  FileBytes pictures;  ///< a PNG sheet of real pictures; null: not here yet
  Wish wish;
  Silenced silenced;
  float noised = 0;      ///< the flow time at which real pictures are looked at
  bool resting = false;  ///< nobody looks: the model is kept, and no more
  const Device* device = usual_device();

  friend bool operator==(const Order&, const Order&) = default;
};

/// A model that was read, or why it was not.
struct Card : ModelCard {
  models::PictureModel model;
  int64_t active = 0;  ///< of its parameters, those that a patch meets
};

/// How many there are of what a course and the patches are made of.
struct Extent {
  int side = 0;
  int channels = 0;
  int patch = 0;    ///< its side, in pixels
  int layers = 0;   ///< with experts
  int tokens = 0;   ///< of a picture
  int experts = 0;  ///< routed ones, of a layer

  [[nodiscard]] size_t pixels() const { return static_cast<size_t>(side * side * channels); }
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// Pictures on their way from noise, and the gates of every token in every layer.
struct Course {
  uint64_t run = 0;  ///< another number: other pictures; 0: none yet
  Extent extent;
  int steps = 0;
  int known = 0;              ///< steps that all pictures have taken
  float ms = 0;               ///< that one of them took
  std::vector<float> places;  // [steps+1,picture_count,D]
  std::vector<float> all;     // [steps,layers,picture_count*tokens,experts]

  [[nodiscard]] bool finished() const { return run > 0 && known == steps; }
  /// Of a picture before step `step`, or at the end: [D].
  [[nodiscard]] std::span<const float> place(int step, int picture) const;
  /// ... and of its tokens, zero where an expert was not chosen: [tokens,experts].
  [[nodiscard]] std::span<const float> gates(int step, int layer, int picture) const;
  /// Each expert's share of the choices that all pictures' tokens made: [experts].
  [[nodiscard]] std::vector<float> load(int step, int layer) const;
};

/// With all experts, and without those that are silenced.
enum class Cast : uint8_t { whole, without };
inline constexpr int cast_count = 2;

inline constexpr int preferred_count = 6;  ///< patches shown of each expert
inline constexpr int most_real = 64;       ///< pictures they are sought among

/// Patches of real, noised pictures that each expert takes with the largest gates, the largest
/// first, each of another picture.
struct Preferred {
  struct Patch {
    int picture = 0;
    int token = 0;
    float gate = 0;  ///< 0: there is none
  };
  uint64_t run = 0;
  Extent extent;
  float noised = 0;
  int looked = 0;             ///< pictures so far ...
  int count = 0;              ///< ... of so many
  std::vector<float> values;  // [count,D] the pictures without noise
  std::vector<Patch> best;    // [layers,experts,preferred_count]

  [[nodiscard]] std::span<const float> picture(int i) const;
  [[nodiscard]] std::span<const Patch> of(int layer, int expert) const;
};

using Outbox = live::Outbox<Card, Several<Course, cast_count>, Preferred>;

class Engine : public live::Engine<Order, Outbox> {
 public:
  Engine();

  [[nodiscard]] const Card& card() const { return get<Card>(); }
  [[nodiscard]] const Course& course(Cast cast) const { return get<Course>(cast); }
  [[nodiscard]] const Preferred& preferred() const { return get<Preferred>(); }
};

}  // namespace rivulet::live::experts_pictures
