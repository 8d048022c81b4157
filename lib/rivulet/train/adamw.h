// Adam with decoupled weight decay.
#pragma once

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

struct AdamWStep {
  std::vector<Value> params;  ///< new weights, in the order of the Params
  Value gradient_norm;        ///< of all gradients together, before clipping
  Value finite;               ///< 1, or 0 when loss or gradients are not finite: nothing moves
};

/// Declares the updates of one AdamW step (Loshchilov and Hutter 2017) down the gradient of `loss`
/// on the states in `params`:
///   m <- b1 m + (1-b1) g,  v <- b2 v + (1-b2) g^2,
///   w <- w - lr (m / c1) / (sqrt(v / c2) + eps) - lr wd w,
/// where c1 = 1 - b1^n and c2 = 1 - b2^n correct the bias. Makes states adamw.{m,v}.NAME and
/// adamw.{c1,c2}. `loss` has one element, `learning_rate` is a number.
[[nodiscard]] AdamWStep adamw(const AdamW& config, const nn::Params& params, Value loss,
                              Value learning_rate);

}  // namespace rivulet::train
