// Load among experts: what it is, losses that even it out, and thresholds that do without a loss.
//
// Symbols: m tokens, n experts, k chosen by each; S [m,n] scores; F_j expert j's share of all
// choices, P_j its mean share of the gates, Q_j = 1/n; beta [n] thresholds: an expert is chosen by
// S - beta, and its gate is free of beta. (Articles 10735, 10757, 10815 and their sequels write
// b = -beta.)
#pragma once

#include <cstdint>

#include "rivulet/core/names.h"
#include "rivulet/graph/graph.h"

namespace rivulet::nn {

/// Scores of logits h(x W_R) >= 0.
enum class Router : uint8_t { softmax, sigmoid, relu };
inline constexpr Names<Router, 3> router_names{"router", {"softmax", "sigmoid", "relu"}};
[[nodiscard]] Value scores_of(Router router, Value logits);  ///< [..,n], softmax over the last axis

/// The element with n larger ones, along the last axis (which becomes 1).
[[nodiscard]] Value nth_largest(Value x, int64_t n);

/// F of choices [m,n], zeros and ones: [n]. Zeros if nothing is chosen.
[[nodiscard]] Value load_of(Value chosen);
/// max_j load_j / mean load - 1 = n max F - 1, a number.
[[nodiscard]] Value max_violation(Value load);

/// The loss of balance that is written in F and learned through P.
enum class BalanceLoss : uint8_t {
  squares,  ///< n ||F - Q||^2 / 2, whose gradient is that of the usual n sum F_i P_i
  entropy,  ///< sum F_i log F_i
};
inline constexpr Names<BalanceLoss, 2> balance_loss_names{"balance loss", {"squares", "entropy"}};
/// P + sg[F - P]: the value F, and P's gradient.
[[nodiscard]] Value straight_through(Value load, Value gates);
/// Of F and P [n], with straight_through(F, P) in F's place: a number.
[[nodiscard]] Value balance_loss(BalanceLoss loss, Value load, Value gates);

// Thresholds after a batch that was routed by `beta`, [n]. The choice comes first, then the update,
// or a batch would leak into its own routing.

/// beta + rate sign(F - Q) (arXiv 2408.15664).
[[nodiscard]] Value sign_step(Value beta, Value load, float rate);
/// beta + rate (F - Q) / RMS(F - Q).
[[nodiscard]] Value rms_step(Value beta, Value load, float rate);
/// Of dynamic k, where `active` [n] are the shares of tokens that chose each expert:
/// beta + rate (sign(F-Q) - mean sign(F-Q) + sign(|active| - k)), F = active / |active|.
[[nodiscard]] Value dynamic_sign_step(Value beta, Value active, float k, float rate);
/// One iteration of quantile balancing (article 11619) on scores [m,n]: alpha_i the (k+1)-th
/// largest of S_ij - beta_j, then beta_j the (mk/n+1)-th largest of S_ij - alpha_i; less their
/// mean, which changes no choice but would drift beyond what a float can tell scores apart by.
[[nodiscard]] Value quantile_step(Value scores, Value beta, int64_t k);
/// The (mk/n+1)-th largest of each column of scores [m,n]: for dynamic k (article 11626), where
/// beta follows it slowly.
[[nodiscard]] Value column_quantile(Value scores, float k);

/// Thresholds of each token from those before it in its sequence and itself (moving quantiles,
/// article 11760): scores [B,N,n] in [0,1] -> [B,N,n]. Histograms of `buckets` forget by `gamma`;
/// as they begin empty, the mass sought at token i is (1-k/n)(1-gamma^i).
struct MovingQuantile {
  int64_t buckets = 100;
  float gamma = 0.99F;
};
[[nodiscard]] Value moving_thresholds(Value scores, float k, MovingQuantile config = {});

// On the host.

/// Threshold at which k of n scores of N(0, sigma^2) logits are active: h(sigma Phi^-1(1-k/n)), and
/// for softmax exp(sigma Phi^-1(1-k/n)) / sum_i exp(sigma Phi^-1(i/(n+1))).
[[nodiscard]] float quantile_start(Router router, int64_t n, float k, float sigma = 1);
/// The same found by bisection on 10,000 random rows of sigmoid scores.
[[nodiscard]] float bisected_start(int64_t n, float k, float sigma = 1, uint64_t seed = 1);

/// L of y = sum_shared e_i + L sum_chosen rho_i e_i (article 10945): the mean of
/// sqrt(s) / sqrt(sum_chosen rho^2) over random N(0,1) logits. n and k count the s shared experts.
/// Scores of ReLU may all be 0, so that this mean does not exist: theirs is of the root mean
/// square.
[[nodiscard]] float shared_scale(Router router, int64_t n, int64_t k, int64_t s, bool renormalised,
                                 int64_t draws = 10000, uint64_t seed = 1);

}  // namespace rivulet::nn
