// The settings of the lab "Distillation, 2-D", as text.
#pragma once

#include <array>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/rows.h"
#include "rivulet/train/distill2d.h"
#include "rivulet/train/drifting2d.h"

namespace rivulet::live::distill2d {

inline constexpr int sides = 2;

/// The places of the dial of losses: L1 with psi frozen, L3, and lambda of the family.
enum class Way : uint8_t { l1, l3, minus, zero, quarter, half, most, one, l11, l12, l13, l15, two };
inline constexpr int way_count = 13;
[[nodiscard]] models::DistillLoss loss_of(Way way);
[[nodiscard]] float lambda_of(Way way);  ///< NaN for L1 and L3
[[nodiscard]] std::string_view name_of(Way way);
/// ... as visitors read it: "0.5 (FGM)".
[[nodiscard]] std::string shown_name(Way way, const words::Distill2d& words);

/// Which of both runs train at one fixed noise level, that which is shown.
enum class Fixed : uint8_t { none, right, both };

/// The samples alone, a field at the noise level, or why.
enum class View : uint8_t { samples, teacher, fake, push, why };
inline constexpr int view_count = 5;

/// What is trained: two generators from one seed.
struct Setup {
  std::array<Way, sides> ways = {Way::l1, Way::one};
  bool drifting = false;  ///< on the right, in place of distillation
  models::DriftForm form = models::DriftForm::shared;
  float tau = 0.3F;
  bool repulsion = true;
  bool gaussian = false;  ///< data N(0,I)
  float start = 0.3F;
  Fixed fixed = Fixed::none;
  int fake_steps = 1;
  float deviation = 0.15F;  ///< of each Gaussian of the data
  int width = 96;
  int batch = 256;
  float learning_rate = 5e-4F;
  float fake_learning_rate = 4e-3F;
  uint64_t seed = 1;

  [[nodiscard]] bool drifts(int side) const { return drifting && side == 1; }
  [[nodiscard]] bool fixes(int side) const {
    return fixed == Fixed::both || (fixed == Fixed::right && side == 1);
  }
  friend bool operator==(const Setup&, const Setup&) = default;
};
/// `level`: where a run trains at one.
[[nodiscard]] train::Distill2dTraining distill_of(const Setup& setup, int side, float level);
[[nodiscard]] train::Drifting2dTraining drifting_of(const Setup& setup);

struct State {
  data::Shape2d target = data::Shape2d::eight_gaussians;
  std::vector<data::Stroke> strokes;  ///< of the visitor's own target
  Setup setup;
  View view = View::samples;
  float level = 0.5F;  ///< u of the fields that are shown
  bool playing = true;
};
inline constexpr float lowest_level = 0.05F;
inline constexpr float highest_level = 0.95F;

[[nodiscard]] const rows::Table<State>& settings();
[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);

/// True when going from `a` to `b` needs training to start again.
[[nodiscard]] bool needs_restart(const State& a, const State& b);

}  // namespace rivulet::live::distill2d
