// The settings of the lab "Experts, Balance", as text.
#pragma once

#include <array>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/live/fields.h"
#include "rivulet/live/rows.h"
#include "rivulet/train/experts2d.h"

namespace rivulet::live::experts_balance {

/// What keeps the load even; `dynamic`: thresholds by quantiles open as many experts as a token
/// needs, k on average.
enum class Remedy : uint8_t { none, loss, sign, rms, quantile, dynamic };
inline constexpr int remedy_count = 6;

/// The plane by expert, by the number of experts used, and the visitor as the router.
enum class View : uint8_t { experts, count, hand };

inline constexpr int most_experts = 12;  ///< as many as there are hues

/// What is trained: two networks from one seed on the same batches, a remedy each.
struct Setup {
  std::array<Remedy, 2> remedies = {Remedy::none, Remedy::quantile};
  int n = 8;  ///< routed experts
  int k = 1;  ///< of which a token uses, at most n-1 (of dynamic k: on average)
  nn::Router router = nn::Router::sigmoid;
  nn::GateNorm gate = nn::GateNorm::none;
  bool shared = false;        ///< one more expert that all tokens use
  float rate = 1e-3F;         ///< of sign and rms
  float loss_weight = 0.01F;  ///< of the loss of balance
  int hidden = 32;            ///< units of an expert
  int batch = 512;            ///< tokens a step
  float learning_rate = 4e-3F;
  uint64_t seed = 1;

  [[nodiscard]] int picked() const { return std::min(k, n - 1); }
  friend bool operator==(const Setup&, const Setup&) = default;
};
/// Some milliseconds where there is a shared expert, whose factor is drawn by lot.
[[nodiscard]] train::Experts2dTraining training_of(const Setup& setup, int side);

struct State {
  data::Shape2d target = data::Shape2d::eight_gaussians;
  std::vector<data::Stroke> strokes;  ///< of the visitor's own target
  Setup setup;
  View view = View::experts;
  float time = 0.6F;  ///< flow time at which the plane is seen, 0..1
  int hand_side = 1;  ///< whose experts the visitor's tokens go to
  bool playing = true;
};

[[nodiscard]] const rows::Table<State>& settings();
[[nodiscard]] Fields to_fields(const State& state);
/// Throws Error naming the field at fault; fields that are absent keep their defaults.
[[nodiscard]] State read_state(const Fields& fields);

/// True when going from `a` to `b` needs training to start again.
[[nodiscard]] bool needs_restart(const State& a, const State& b);

}  // namespace rivulet::live::experts_balance
