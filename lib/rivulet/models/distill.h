// Identity distillation: one-step generators learned from a diffusion model, without data (SiD,
// arXiv 2404.04057; FGM, arXiv 2410.19310; articles 10085 and 10567).
//
// x_t = abar g(z) + bbar eps with abar^2 + bbar^2 = 1. phi is the teacher's eps-prediction, psi
// that of a fake net, which follows the generator's samples. At its optimum psi* the identity
// E<f(x_t,t), psi*(x_t,t)> = E<f(x_t,t), eps> holds for every f of (x_t,t) alone, and gives the
// losses below, which all try to be E||phi - psi*||^2.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "rivulet/core/names.h"
#include "rivulet/graph/graph.h"
#include "rivulet/models/ddpm.h"

namespace rivulet::models {

/// What the generator descends. <a,b> is the mean of a*b over samples and dimensions.
enum class DistillLoss : uint8_t {
  l1,      ///< <phi-psi, phi-psi> with psi frozen: the naive loss, which never widens the generator
  l2,      ///< <phi-psi, phi-eps>: SiD, the family's lambda = 0
  l3,      ///< <phi,phi> - 2<phi,eps> + <psi,eps>: every psi replaced once
  l4,      ///< <phi,phi> - 2<phi,eps> + 2<psi,eps> - <psi,psi>: FGM, whose gradient is that of L1
  family,  ///< L_lambda = <phi-psi, (1-lambda) phi + lambda psi - eps>; L4 = 2 L_1/2
};
inline constexpr Names<DistillLoss, 5> distill_loss_names{"loss",
                                                          {"l1", "l2", "l3", "l4", "family"}};
[[nodiscard]] constexpr std::string_view name_of(DistillLoss loss) {
  return distill_loss_names.of(loss);
}

/// All of them are quadratic forms of phi, psi and eps, so that one training step serves them all:
/// these are its coefficients, an input of the graph.
struct DistillForm {
  float phi_phi = 0;
  float phi_psi = 0;
  float psi_psi = 0;
  float phi_eps = 0;
  float psi_eps = 0;

  [[nodiscard]] std::array<float, 5> values() const {
    return {phi_phi, phi_psi, psi_psi, phi_eps, psi_eps};
  }
  friend bool operator==(const DistillForm&, const DistillForm&) = default;
};
[[nodiscard]] DistillForm distill_form(DistillLoss loss, float lambda);

/// How noisy each row is: [B,1] or [1,1] each.
struct Level {
  Value abar;
  Value bbar;
  Value t;  ///< what models of ddpm.h are told: 1 - u at cosine_level(u)
};

/// Noise that is predicted in x_t [B,D], [B,D].
using EpsPrediction = std::function<Value(Value x_t, const Level& level)>;

/// eps from what a network gives for x_t: the graph's side of x0_of.
[[nodiscard]] Value eps_of(Prediction prediction, const Level& level, Value x_t, Value out);
/// Where a network of that kind is evaluated for x_t, and the time that it is told there.
struct Told {
  Value x;
  Value t;
};
[[nodiscard]] Told told(Prediction prediction, const Level& level, Value x_t);

/// Guidance inside the losses: eps_any + kappa (eps_labels - eps_any).
[[nodiscard]] Value guided(Value any, Value labels, float kappa);

/// What a step of either net sees.
struct DistillBatch {
  Value x;    ///< [B,D] g(z)
  Value eps;  ///< [B,D]
  Level level;

  [[nodiscard]] Value x_t() const;  ///< abar x + bbar eps
};

/// mean ||psi - eps||^2: psi's own regression. No gradient reaches the generator.
[[nodiscard]] Value fake_loss(const EpsPrediction& psi, const DistillBatch& batch);

/// What the generator descends, and what curves show.
struct GeneratorLoss {
  Value loss;  ///< signed and biased while psi lags: its mean at psi* is (1-lambda) L1
  Value l1;    ///< mean ||phi - psi||^2: how far the two are apart
};
/// The gradient flows through x_t only: phi and psi must hold frozen weights. `form` [5] as of
/// DistillForm. `normalise`: each sample's loss, in terms of predicted pictures, is divided by
/// sg(max(mean|x - x_phi|, 1e-5)) (SiD); else all weigh the same, in terms of eps.
[[nodiscard]] GeneratorLoss generator_loss(const EpsPrediction& phi, const EpsPrediction& psi,
                                           const DistillBatch& batch, Value form, bool normalise);

/// The exact eps-prediction where the data are a mixture of equally likely round Gaussians with
/// centres [K,D] and this deviation: bbar sum_k r_k (x_t - abar mu_k)/(abar^2 s^2 + bbar^2).
[[nodiscard]] EpsPrediction mixture_teacher(std::vector<float> centres, int64_t dimensions,
                                            float deviation);

}  // namespace rivulet::models
