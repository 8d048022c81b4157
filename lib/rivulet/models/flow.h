// Flow models: flow matching, shortcut, reflow, SplitMeanFlow, MeanFlow.
//
// Flow time t in [0,1]: x_t = (1-t) x_0 + t x_1, x_0 noise, x_1 data. A network v(x_t, t, d) gives
// the mean velocity over [t, t+d]; d = 0 is the instantaneous velocity.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "rivulet/core/names.h"
#include "rivulet/core/random.h"
#include "rivulet/graph/graph.h"

namespace rivulet::models {

enum class Method : uint8_t {
  flow_matching,  ///< regression on x_1 - x_0 (Lipman et al. 2022)
  shortcut,       ///< the article's form: d = 0 on 3/4, self-consistency on 1/4 (arXiv 2410.12557)
  shortcut_code,  ///< the released code's form: bootstrap on 1/8, d = 1/128 in place of 0
  reflow,         ///< flow matching, then again on its own couplings (Liu et al. 2022)
  split_mean_flow,  ///< (t-r)u(t,r) = (s-r)u(s,r) + (t-s)u(t,s) (arXiv 2507.16884)
  mean_flow,        ///< u = v + d (du/dt along the flow), by forward mode (arXiv 2505.13447)
};
inline constexpr int method_count = 6;

inline constexpr Names<Method, method_count> method_names{
    "method",
    {"flow-matching", "shortcut", "shortcut-code", "reflow", "split-mean-flow", "mean-flow"}};
[[nodiscard]] constexpr std::string_view name_of(Method method) { return method_names.of(method); }

/// Whether the method learns steps d > 0 from itself, on a share of each batch.
[[nodiscard]] bool has_self_consistency(Method method);
/// That share as the method's authors chose it; 0 where there is none.
[[nodiscard]] float usual_bootstrap(Method method);

/// What the self-consistency loss is multiplied by for fast learning. The authors' 1 weighs it by
/// its rows alone; but flow targets scatter widely about their mean, and the noise of their
/// gradient drowns the small, exact errors of self-consistency unless these count more. MeanFlow's
/// targets scatter as flow targets do, so there it is 1.
[[nodiscard]] float usual_self_weight(Method method);

/// Mean velocity over [t, t+d]: x [B,D], t [B,1], d [B,1] -> [B,D].
using Velocity = std::function<Value(Value x, Value t, Value d)>;

/// What a loss is computed on. The first S rows train self-consistency, the others plain flow
/// matching; `draw_times` fills t, d and split accordingly.
struct FlowBatch {
  Value x0;               ///< [B,D] noise
  Value x1;               ///< [B,D] data
  Value t;                ///< [B,1]
  Value d;                ///< [B,1] the step size that the network is asked for
  Value split;            ///< [S,1] SplitMeanFlow: the first of the two steps, as a share of d
  int64_t bootstrap = 0;  ///< S, 0..B-1
};

/// Mean squared errors, one number each.
struct FlowLoss {
  Value total;  ///< over all rows, self rows multiplied by the self weight
  Value flow;   ///< over rows S..B-1
  Value self;   ///< over rows 0..S-1; 0 when S = 0
};

/// x_t = (1-t) x_0 + t x_1, [B,D].
[[nodiscard]] Value interpolate(const FlowBatch& batch);

/// ||v(x_t,t,d) - (x_1 - x_0)||^2 with d as drawn: 0. Reflow is this on its own couplings.
[[nodiscard]] FlowLoss flow_matching_loss(const Velocity& v, const FlowBatch& batch);

/// Flow rows as above; self rows ||v(x,t,2d) - sg[v'(x,t,d) + v'(x + d v'(x,t,d), t+d, d)]/2||^2,
/// v' at the averaged weights. The article's form asks for d = 0 in place of d = 1/128.
[[nodiscard]] FlowLoss shortcut_loss(const Velocity& v, const Velocity& averaged,
                                     const FlowBatch& batch, float self_weight = 1);
[[nodiscard]] FlowLoss shortcut_code_loss(const Velocity& v, const Velocity& averaged,
                                          const FlowBatch& batch, float self_weight = 1);

/// Self rows: the interval is split anywhere, so the shortcut is the case split = 1/2.
[[nodiscard]] FlowLoss split_mean_flow_loss(const Velocity& v, const Velocity& averaged,
                                            const FlowBatch& batch, float self_weight = 1);

/// Self rows: ||u - sg[mean_flow_target]||^2.
[[nodiscard]] FlowLoss mean_flow_loss(const Velocity& v, const FlowBatch& batch,
                                      float self_weight = 1);

/// The loss of any method.
[[nodiscard]] FlowLoss loss(Method method, const Velocity& v, const Velocity& averaged,
                            const FlowBatch& batch, float self_weight = 1);

/// The mean velocity of two steps, of sizes share*d and (1-share)*d, share [B,1], as one: [B,D].
[[nodiscard]] Value two_step_velocity(const Velocity& v, Value x, Value t, Value d, Value share);

/// Differentiating d u(x_t,t,d) = integral of v over [t, t+d] along the flow, the end t+d held,
/// gives u = v + d D with D = (v . grad_x + d/dt - d/dd) u. (The paper's time runs from data to
/// noise and its interval ends at t, hence its sign.) Returns v + d D, [B,D].
[[nodiscard]] Value mean_flow_target(const Velocity& u, Value x, Value v, Value t, Value d);

/// The number of step sizes of the shortcut's grid above the smallest, 2^-7.
inline constexpr int shortcut_levels = 7;

/// How often self-consistency trains the step sizes 1, 1/2, ..., 1/64: in proportion to
/// d^long_steps. The paper's 0 trains all of them equally often; but what one step does is the
/// hardest to learn, and all sampling in few steps hangs on the longest.
[[nodiscard]] std::array<float, shortcut_levels> step_shares(float long_steps);

/// Fills t [B], d [B] and, for SplitMeanFlow, split [S] as the method draws them; split may be
/// empty otherwise. Flow times are stratified, one in each of B-S equal parts of [0,1), and so are
/// the shortcut's step sizes among their shares.
void draw_times(Method method, Rng& rng, std::span<float> t, std::span<float> d,
                std::span<float> split, int64_t bootstrap, float long_steps = 0);

/// The d that a network trained by `method` is asked for when sampling in n equal steps: 0 where it
/// knows the instantaneous velocity only.
[[nodiscard]] float sampling_step(Method method, int n);

/// Mean velocity of points x [N,D] over [t, t+d] into v [N,D], on the host.
using VelocityCall =
    std::function<void(std::span<const float> x, float t, float d, std::span<float> v)>;

/// Euler step i of n: x <- x + v(x, i/n, d)/n, with d = sampling_step. `scratch` holds x.size().
void euler_step(Method method, const VelocityCall& v, std::span<float> x, std::span<float> scratch,
                int i, int n);

}  // namespace rivulet::models
