// A dense feed-forward layer over the plane, read as a sum of experts, and a router that learns how
// long each expert's answer will be before it is there.
#pragma once

#include <memory>
#include <span>

#include "rivulet/core/names.h"
#include "rivulet/exec/program.h"
#include "rivulet/graph/graph.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/nn/params.h"

namespace rivulet::models {

/// What keeps the router's predictions from being negative.
enum class RouterMap : uint8_t { softplus, relu, exponential };
inline constexpr Names<RouterMap, 3> router_map_names{"router", {"softplus", "relu", "exp"}};

struct ExpertLayerConfig {
  int hidden = 96;  ///< units, 12..768, a multiple of `blocks`
  int blocks = 8;   ///< n, 1..12 experts of hidden/n units each
  RouterMap router = RouterMap::softplus;

  friend bool operator==(const ExpertLayerConfig&, const ExpertLayerConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const ExpertLayerConfig& config);

/// Splits the product h w of hidden units h [B,H] and output weights w [H,D] into n sums over H/n
/// units each: v [B,n,D], whose sum over n is the product.
[[nodiscard]] Value block_vectors(Value h, Value w, int n);

struct ExpertLayer {
  Value y;        ///< [B,2]: the dense layer, f(x A) B
  Value vectors;  ///< [B,n,2]: v_i = f(x A_i) B_i
  Value norms;    ///< [B,n]: ||v_i||
  Value rho;      ///< [B,n]: predicted norms, h(x W_R) >= 0
};
/// x [B,2]. Both layer and router see the point and waves over the plane. No gradient flows from
/// `vectors` and `norms` to the layer. Tensors: in.{weight,bias}, out.weight, router.{weight,bias}.
[[nodiscard]] ExpertLayer expert_layer(const ExpertLayerConfig& config, nn::Params& params,
                                       Value x);

/// The layer with given weights. Owns a compiled program for `points` points at once; one thread
/// uses it.
class ExpertLayerMap {
 public:
  ExpertLayerMap(const ExpertLayerConfig& config, int points, const Device& device,
                 const CompileOptions& options = {.static_states = true});

  [[nodiscard]] int points() const { return points_; }
  /// Tensors by the names of `expert_layer`; throws Error when one is missing.
  void load(const io::SafeTensors& weights);
  /// At x [points,2]; results are read below and stay until the next run.
  void run(std::span<const float> x);
  [[nodiscard]] std::span<const float> vectors() const { return program_.read("vectors"); }
  [[nodiscard]] std::span<const float> rho() const { return program_.read("rho"); }

 private:
  int points_;
  Program program_;
};

}  // namespace rivulet::models
