// Identity distillation of any nets: what is trained (models/distill.h says by what).
//
// Nothing here can reach a data set: noise, levels and labels are all that is drawn.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "rivulet/io/card.h"
#include "rivulet/models/distill.h"
#include "rivulet/train/picture_batches.h"
#include "rivulet/train/trainer.h"

namespace rivulet::train {

struct Distillation {
  models::DistillLoss loss = models::DistillLoss::family;
  float lambda = 1;             ///< of the family, -1..3
  int fake_steps = 1;           ///< of the fake net before each of the generator, 1..100
  PictureRows rows = {};        ///< samples a step, and how often they are of "any" label
  float lowest_level = 0.02F;   ///< noise levels are u in [lowest, highest] of cosine_level(u),
  float highest_level = 0.98F;  ///< equal: one fixed level
  float level_power = 1;        ///< u = lowest + (highest - lowest) s^power with s even in [0,1]
  bool normalise = true;        ///< SiD's weight of each sample, see models::generator_loss
  float guidance = 1;           ///< kappa of phi and psi alike, in both losses ("long and short")

  friend bool operator==(const Distillation&, const Distillation&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const Distillation& distillation);

/// As entries of a model card, and back (Error when one is missing or out of range).
[[nodiscard]] io::Card distillation_card(const Distillation& distillation);
[[nodiscard]] Distillation distillation(const io::Card& card);

/// The three nets, as functions of their weights. Labels [B,K] are unused when K = 0.
struct DistillNets {
  using Generator = std::function<Value(nn::Params& weights, Value z, Value labels)>;
  using Predict = std::function<Value(nn::Params& weights, Value x_t, const models::Level& level,
                                      Value labels)>;
  int64_t dimensions = 2;         ///< D of z, x and x_t
  std::vector<int> classes = {};  ///< values of each attribute; labels are drawn of them evenly,
                                  ///< and all three nets are told the same
  Generator generator;            ///< [B,D] -> [B,D]
  Predict fake;                   ///< eps
  Predict teacher;                ///< eps; its weights never move
};

/// Names of the groups of weights: "generator" (which is what is kept), "fake" and "teacher".
namespace group {
inline constexpr auto generator = "generator";
inline constexpr auto fake = "fake";
inline constexpr auto teacher = "teacher";
}  // namespace group

/// Turns: {fake, fake_steps}, {generator, 1}. Losses: "fake_loss" of the former; "loss" and "l1" of
/// the latter. Loss, lambda and levels of `distillation` may be changed between steps; the rest is
/// compiled. The caller fills in what the groups begin as, and their optimisers.
[[nodiscard]] Objective distill_objective(const DistillNets& nets,
                                          std::shared_ptr<const Distillation> distillation);

/// The turn, and the loss, of a step of the generator.
inline constexpr size_t generator_turn = 1;

}  // namespace rivulet::train
