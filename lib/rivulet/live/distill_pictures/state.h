// The settings of the lab "Distillation, Pictures", as text.
#pragma once

#include <array>
#include <cstdint>

#include "rivulet/data/picture_sets.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/labels.h"
#include "rivulet/live/rows.h"
#include "rivulet/train/distill.h"

namespace rivulet::live::distill_pictures {

/// What the student begins as: weights of another model, asked for one step.
enum class First : uint8_t { teacher, shortcut };

inline constexpr std::array<int, 5> step_choices = {8, 16, 32, 64, 128};  ///< of the teacher
inline constexpr int few_steps = 4;
inline constexpr int picture_count = 8;  ///< of each maker, from the same noise

/// What is trained: another one begins anew.
struct Setup {
  const data::PictureSet* set = data::picture_sets.data();
  First first = First::teacher;
  int batch = 16;
  int fake_steps = 1;
  uint64_t seed = 1;

  friend bool operator==(const Setup&, const Setup&) = default;
};

/// What may be turned while the student learns. The rates are those that sharpen a beginning as the
/// teacher fastest.
struct Dials {
  models::DistillLoss loss = models::DistillLoss::family;
  float lambda = 1;
  float learning_rate = 3e-4F;
  float fake_rate = 2e-3F;  ///< of the fake net

  friend bool operator==(const Dials&, const Dials&) = default;
};

/// How pictures are to be made.
struct Wish {
  PictureLabels labels;
  int steps = 32;      ///< of the teacher, where it takes many
  float guidance = 1;  ///< of the teacher
  uint64_t noise = 1;

  friend bool operator==(const Wish&, const Wish&) = default;
};

struct State {
  Setup setup;
  Dials dials;
  Wish wish;
  int picture = 0;  ///< whose stages are shown
  bool playing = true;

  friend bool operator==(const State&, const State&) = default;
};

/// With the rates that suit it: what makes one step already would be broken by those that sharpen
/// the teacher.
void begin_as(State& state, First first);

/// As it is trained.
[[nodiscard]] train::Distillation distillation_of(const Setup& setup, const Dials& dials);

[[nodiscard]] const rows::Table<State>& settings();
[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);

}  // namespace rivulet::live::distill_pictures
