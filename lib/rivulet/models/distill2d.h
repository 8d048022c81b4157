// A one-step generator of the plane, its fake net and an exact teacher: the nets of
// models/distill.h where all can be drawn.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rivulet/data/target2d.h"
#include "rivulet/exec/program.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/models/distill.h"
#include "rivulet/nn/params.h"

namespace rivulet::models {

struct Distill2dConfig {
  int width = 96;           ///< hidden units of generator and fake net, 8..512
  int depth = 3;            ///< hidden layers, 1..8
  float start = 1;          ///< deviation of the generator's first samples, 0.05..6
  int centres = 256;        ///< Gaussians of the teacher, 1..4096: points of the target
  float deviation = 0.15F;  ///< of each of them, 0.01..1
  bool gaussian = false;    ///< data N(0,I) in place of all that: the case that theory solves

  friend bool operator==(const Distill2dConfig&, const Distill2dConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const Distill2dConfig& config);

/// g(z) = start z + mlp(z), the mlp zero at first: z [B,2] -> [B,2].
[[nodiscard]] Value generator2d(const Distill2dConfig& config, nn::Params& weights, Value z);

/// psi(x_t) = bbar x_t/(abar^2 start^2 + bbar^2) + mlp(x_t, t): what is right for the generator's
/// first samples, and what is learned since.
[[nodiscard]] Value fake2d(const Distill2dConfig& config, nn::Params& weights, Value x_t,
                           const Level& level);

/// The data that the teacher knows exactly: Gaussians about points drawn from the target by a seed
/// of their own, or about its modes where it has separate ones.
struct Mixture2d {
  std::vector<float> centres;  // [K,2]
  float deviation = 1;

  /// Points [N,2].
  void sample(Rng& rng, std::span<float> xy) const;
  /// Root of the mean variance of the coordinates.
  [[nodiscard]] float spread() const;
};
[[nodiscard]] Mixture2d mixture2d(const Distill2dConfig& config, const data::Target2d& target);

/// Root of the mean variance of the coordinates of points [N,2].
[[nodiscard]] float spread_of(std::span<const float> xy);

/// One step: noise to samples. Owns a program compiled for `points` at once; one thread uses it.
class Distill2dSampler {
 public:
  Distill2dSampler(const Distill2dConfig& config, int points, const Device& device,
                   const CompileOptions& options = {.static_states = true});

  /// Weights of the generator by their names in the net; Error when one is missing.
  void load(const io::SafeTensors& weights);
  /// z [points,2] -> samples [points,2].
  [[nodiscard]] std::span<const float> run(std::span<const float> z);

 private:
  std::vector<std::string> names_;
  Program program_;
};

/// What teacher and fake net say, place by place: programs as above.
class Distill2dMap {
 public:
  Distill2dMap(const Distill2dConfig& config, const data::Target2d& target, int points,
               const Device& device, const CompileOptions& options = {.static_states = true});

  /// Weights of the fake net by their names in the net; Error when one is missing.
  void load(const io::SafeTensors& weights);
  /// At x_t [points,2], all of one level u: see cosine_level.
  void run(std::span<const float> x_t, float u);
  [[nodiscard]] std::span<const float> teacher() const { return program_.read("teacher"); }
  [[nodiscard]] std::span<const float> fake() const { return program_.read("fake"); }

 private:
  std::vector<std::string> names_;
  Program program_;
};

}  // namespace rivulet::models
