// Mixture of experts: a feed-forward layer of n blocks of which each token uses k (articles 10699
// to 11782; spec section 5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rivulet/core/names.h"
#include "rivulet/graph/graph.h"
#include "rivulet/nn/balance.h"
#include "rivulet/nn/params.h"

namespace rivulet::nn {

/// How gates become of scores.
enum class GateNorm : uint8_t {
  none,    ///< rho_i
  before,  ///< rho_i / sum over all experts
  after,   ///< rho_i / sum over those chosen; at k = 1 the router then learns nothing
};
inline constexpr Names<GateNorm, 3> gate_norm_names{"gate", {"none", "before", "after"}};

/// What is summed: v_i = f(x A_i) B_i, or e_i = v_i / ||v_i||, or v_i / RMS(v_i).
enum class ExpertNorm : uint8_t { none, l2, rms };
inline constexpr Names<ExpertNorm, 3> expert_norm_names{"expert norm", {"none", "l2", "rms"}};

enum class Choice : uint8_t {
  top_k,      ///< the k largest S - beta
  threshold,  ///< dynamic k: all with S - beta > 0, about k on average
};
inline constexpr Names<Choice, 2> choice_names{"choice", {"top-k", "threshold"}};

/// What keeps the load even: see nn/balance.h.
enum class Balance : uint8_t {
  none,
  loss,      ///< a loss beside the network's own
  sign,      ///< thresholds by the sign of the error, or of dynamic k
  rms,       ///< thresholds by the error over its RMS (top-k only)
  quantile,  ///< thresholds by quantiles; of dynamic k: following them slowly
  sequence,  ///< by moving quantiles within a sequence, then (top-k) by quantiles
};
inline constexpr Names<Balance, 6> balance_names{
    "balance", {"none", "loss", "sign", "rms", "quantile", "sequence"}};

struct MoeConfig {
  int experts = 8;  ///< n, with the shared ones
  int chosen = 2;   ///< k, with the shared ones; of dynamic k: on average
  int shared = 0;   ///< s experts that every token uses
  int hidden = 64;  ///< units of an expert
  Router router = Router::sigmoid;
  GateNorm gate = GateNorm::none;
  ExpertNorm norm = ExpertNorm::none;
  Choice choice = Choice::top_k;
  Balance balance = Balance::quantile;
  BalanceLoss loss = BalanceLoss::squares;
  float loss_weight = 0.01F;
  float rate = 1e-3F;     ///< of sign and rms
  float strength = 0.3F;  ///< lambda, of moving quantiles
  /// L, by which routed experts are multiplied beside shared ones: see shared_scale.
  float scale = 1;

  [[nodiscard]] int routed() const { return experts - shared; }  ///< n - s
  [[nodiscard]] int picked() const { return chosen - shared; }   ///< k - s
  friend bool operator==(const MoeConfig&, const MoeConfig&) = default;
};

/// Throws Error naming the field that is out of range, or two that do not go together.
void validate(const MoeConfig& config);

/// What a layer did with m tokens, n standing for the routed experts.
struct MoeReport {
  Value scores;      ///< [m,n]
  Value gates;       ///< [m,n] zero where not chosen
  Value load;        ///< F [n]
  Value importance;  ///< P [n]
  Value per_token;   ///< experts that a token used on average, without the shared ones: a number
  Value loss;        ///< of balance, weighed: a number
};

/// How the sum is computed. Both give the same numbers up to rounding.
enum class Dispatch : uint8_t {
  sorted,  ///< tokens sorted by expert, a product for each expert over its own
  dense,   ///< every expert on every token, most of it multiplied by zero: an oracle, and for
           ///< runtimes that have no products of groups
};

/// Handed through a network: what its layers do, and what is asked of them.
struct MoeTrace {
  /// [layers,n] factors of what each expert says, 1 as usual, 0 to silence it; may be empty.
  Value enabled = {};
  Dispatch dispatch = Dispatch::sorted;
  std::vector<MoeReport> layers = {};
};

using Activation = Value (*)(Value);

/// y = sum over shared of e_i + L sum over chosen of rho_i e_i, e_i = f(x A_i) B_i, no token
/// dropped: x [..,C] -> [..,C]; a sequence is the last axis but one. Parameters NAME.{router
/// [C,n], up [n,C,H], down [n,H,C], shared.up, shared.down}, and NAME.threshold [n], which the
/// layer sets itself (Params::set).
[[nodiscard]] Value moe(const MoeConfig& config, Params& params, const std::string& name, Value x,
                        Activation f, MoeTrace* trace = nullptr);

/// The layer of a transformer: dense with NAME.mlp.{up,down} of `hidden` units, or NAME.moe.
[[nodiscard]] Value feed_forward(const std::optional<MoeConfig>& experts, Params& params,
                                 const std::string& name, Value x, int64_t hidden, Activation f,
                                 MoeTrace* trace = nullptr);

}  // namespace rivulet::nn
