// The settings of the lab "Experts, Pictures", as text.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "rivulet/data/picture_sets.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/labels.h"
#include "rivulet/live/rows.h"

namespace rivulet::live::experts_pictures {

inline constexpr std::array<int, 5> step_choices = {4, 8, 16, 32, 64};
inline constexpr int picture_count = 8;  ///< drawn at once, of one wish
inline constexpr int most_layers = 32;
inline constexpr int most_routed = 64;  ///< experts of a layer, without the shared ones

/// Which experts say nothing: bit j of element l for expert j of layer l; no zeros at the end.
using Silenced = std::vector<uint64_t>;
[[nodiscard]] bool is_silenced(const Silenced& silenced, int layer, int expert);
void set_silenced(Silenced& silenced, int layer, int expert, bool on);

/// How pictures are to be made.
struct Wish {
  PictureLabels labels;
  float guidance = 1.5F;
  int steps = 16;
  uint64_t seed = 1;

  friend bool operator==(const Wish&, const Wish&) = default;
};

struct State {
  const data::PictureSet* set = data::picture_sets.data();
  Wish wish;
  int picture = 0;      ///< that is looked at
  int layer = 2;        ///< ... in this layer, or the last one there is
  float time = 1;       ///< ... at this flow time, 0..1
  bool painted = true;  ///< experts' colours lie on it
  Silenced silenced;
  bool everywhere = false;  ///< a press silences an expert in all layers

  /// The step whose beginning is shown, 0..steps: the last is the finished picture.
  [[nodiscard]] int place() const;
  /// The evaluation of the network that is shown, 0..steps-1.
  [[nodiscard]] int evaluation() const;

  friend bool operator==(const State&, const State&) = default;
};

[[nodiscard]] const rows::Table<State>& settings();
[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);

}  // namespace rivulet::live::experts_pictures
