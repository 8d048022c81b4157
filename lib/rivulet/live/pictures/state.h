// The settings of the lab "Pictures".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/live/fields.h"
#include "rivulet/live/labels.h"
#include "rivulet/models/flow.h"

namespace rivulet::live::pictures {

enum class View : uint8_t { grid, steps, morph };
/// What the two ends of a morph differ in.
enum class MorphKind : uint8_t { noise, choice };

/// The step counts that are offered, everywhere.
inline constexpr std::array<int, 8> step_choices = {1, 2, 4, 8, 16, 32, 64, 128};
inline constexpr int picture_count = 24;  ///< in the grid

struct State {
  PictureSet set = PictureSet::avatars;
  View view = View::grid;
  models::Method method = models::Method::shortcut;  ///< or flow_matching
  bool compare = false;
  PictureLabels labels;
  float guidance = 1.5F;
  int steps = 4;
  uint64_t seed = 1;
  int chosen = 0;  ///< the picture that is looked at closely
  float time = 1;  ///< ... at this flow time, 0..1
  MorphKind morph = MorphKind::noise;
  int other = 1;     ///< the noise at a morph's far end; `chosen` is at its near end
  PictureLabels to;  ///< the choice at a morph's far end
  float blend = 0.5F;

  friend bool operator==(const State&, const State&) = default;
};

[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);

}  // namespace rivulet::live::pictures
