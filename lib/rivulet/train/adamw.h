// Adam with decoupled weight decay.
#pragma once

#include <string>
#include <vector>

#include "rivulet/graph/graph.h"
#include "rivulet/nn/params.h"

namespace rivulet::train {

struct AdamW {
  float beta1 = 0.9F;
  float beta2 = 0.999F;
  float epsilon = 1e-8F;
  float weight_decay = 0.01F;  ///< of tensors of rank 2 and more; biases and scales do not decay
  float clip = 0;              ///< largest norm of all gradients together; 0: no limit
};

/// Where a loss falls.
struct Gradients {
  std::vector<Value> values;  ///< in the order of the Params
  Value norm;                 ///< of all together
  Value finite;               ///< 1, or 0 when loss or gradients are not finite
};

/// Of `loss`, which has one element, by each of `params`.
[[nodiscard]] Gradients gradients(Value loss, const nn::Params& params);

/// Declares the updates of one AdamW step (Loshchilov and Hutter 2017) on the states in `params`:
///   m <- b1 m + (1-b1) g,  v <- b2 v + (1-b2) g^2,
///   w <- w - lr (m / c1) / (sqrt(v / c2) + eps) - lr wd w,
/// where c1 = 1 - b1^n and c2 = 1 - b2^n correct the bias; nothing moves where `finite` is 0. Makes
/// states adamw.{m,v}.NAME of each weight (no m where b1 is 0) and adamw.{c1,c2}, followed by
/// `suffix`. `learning_rate`
/// is a number. Returns the new weights, in the order of `params`.
[[nodiscard]] std::vector<Value> adamw(const AdamW& config, const nn::Params& params,
                                       const Gradients& gradients, Value learning_rate,
                                       const std::string& suffix = {});

}  // namespace rivulet::train
