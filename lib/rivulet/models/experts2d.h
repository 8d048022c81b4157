// A flow of the plane whose hidden layer is a layer of experts: what they do, place by place.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/exec/program.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/nn/mlp2d.h"

namespace rivulet::models {

struct Experts2dConfig {
  nn::MoeConfig experts;
  int width = 64;  ///< of what goes through the layer, 8..512

  [[nodiscard]] nn::Mlp2dConfig net() const;
  friend bool operator==(const Experts2dConfig&, const Experts2dConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const Experts2dConfig& config);

/// Tensors of the layer: "hidden.1.moe.router", ...
[[nodiscard]] std::string expert_tensor(std::string_view of);

namespace detail {
struct CompiledExperts2d {
  std::vector<std::string> names;  // of the weights
  Program program;
};
}  // namespace detail

/// The network with given weights: its velocity, and which experts each place uses. Owns a compiled
/// program for `points` places at once; one thread uses it. n stands for the routed experts.
class Experts2dMap {
 public:
  Experts2dMap(const Experts2dConfig& config, int points, const Device& device,
               const CompileOptions& options = {.static_states = true});

  /// Throws Error when a tensor is missing.
  void load(const io::SafeTensors& weights);
  /// Of places xy [points,2] at flow times t [points].
  void run(std::span<const float> xy, std::span<const float> t);
  [[nodiscard]] std::span<const float> velocity() const {
    return of_.program.read("v");
  }  // [points,2]
  [[nodiscard]] std::span<const float> gates() const {
    return of_.program.read("gates");
  }  // [points,n]

 private:
  detail::CompiledExperts2d of_;
};

/// The same network taken apart: what it says without its routed experts, and what each would add.
class Experts2dParts {
 public:
  Experts2dParts(const Experts2dConfig& config, int points, const Device& device,
                 const CompileOptions& options = {.static_states = true});

  struct Parts {
    std::vector<float> base;    // [points,2]: the velocity without routed experts
    std::vector<float> scores;  // [points,n]: rho
    std::vector<float> adds;    // [n,points,2]: to the velocity, by an expert whose gate is rho
  };
  void load(const io::SafeTensors& weights);
  [[nodiscard]] Parts run(std::span<const float> xy, std::span<const float> t);

 private:
  int experts_;
  detail::CompiledExperts2d of_;
};

/// E[x_1 - x_0 | x_t = x] of straight ways from noise to points drawn from `data` [N,2], which is
/// what flow matching learns: at places xy [points,2] and times t < 1.
[[nodiscard]] std::vector<float> true_velocity(std::span<const float> data,
                                               std::span<const float> xy, std::span<const float> t);

}  // namespace rivulet::models
