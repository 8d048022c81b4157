// The settings of the lab "Pictures".
#pragma once

#include <array>
#include <cstdint>

#include "rivulet/live/fields.h"
#include "rivulet/live/labels.h"
#include "rivulet/live/pictures/models.h"
#include "rivulet/live/rows.h"

namespace rivulet::live::pictures {

enum class View : uint8_t { grid, steps, morph };
/// What the two ends of a morph differ in.
enum class MorphKind : uint8_t { noise, choice };

/// The step counts that are offered, everywhere.
inline constexpr std::array<int, 8> step_choices = {1, 2, 4, 8, 16, 32, 64, 128};
inline constexpr int picture_count = 24;  ///< in the grid

/// How pictures are to be made.
struct Wish {
  PictureLabels labels;
  float guidance = 1.5F;
  int steps = 4;
  uint64_t seed = 1;
  bool draw_open = false;  ///< labels that are left open are drawn for each picture

  friend bool operator==(const Wish&, const Wish&) = default;
};

struct State {
  const data::PictureSet* set = data::picture_sets.data();
  View view = View::grid;
  int model = 0;         ///< of model_kinds: the one that is looked at
  bool compare = false;  ///< with all others that there are of the set
  Wish wish;
  int chosen = 0;  ///< the picture that is looked at closely
  float time = 1;  ///< ... at this flow time, 0..1
  MorphKind morph = MorphKind::noise;
  int other = 1;     ///< the noise at a morph's far end; `chosen` is at its near end
  PictureLabels to;  ///< the choice at a morph's far end
  float blend = 0.5F;

  friend bool operator==(const State&, const State&) = default;
};

/// Whether this view shows that model's pictures.
[[nodiscard]] bool shows(const State& state, int model);
/// In so many steps that model makes what this view shows of it.
[[nodiscard]] int steps_of(const State& state, int model);
/// How many of step_choices, from the first on, that model can take.
[[nodiscard]] int columns_of(int model);

[[nodiscard]] const rows::Table<State>& settings();
[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);

}  // namespace rivulet::live::pictures
