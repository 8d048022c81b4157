// TarFlow of the plane: a point is two tokens of one number, so every block leaves one coordinate
// as it is and moves the other by it: z_2 = (x_2 - mu(x_1)) exp(-alpha(x_1)).
#pragma once

#include <memory>
#include <span>

#include "rivulet/exec/program.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/nn/tarflow.h"

namespace rivulet::models {

struct Tarflow2dConfig {
  int blocks = 8;  ///< T, 1..16
  int width = 32;  ///< channels of a token, 8..256
  int depth = 1;   ///< layers of a block, 1..4
  nn::Coupling coupling = nn::Coupling::affine;
  bool alternate = true;  ///< every other block moves the first coordinate
  nn::Direction direction = nn::Direction::to_noise;

  [[nodiscard]] nn::TarflowConfig net() const;
  friend bool operator==(const Tarflow2dConfig&, const Tarflow2dConfig&) = default;
};

/// Throws Error naming the field that is out of range.
void validate(const Tarflow2dConfig& config);

/// The map between data and noise, and what it looks like between its blocks, with given weights.
/// Owns compiled programs for `points` points at once; one thread uses it.
class Tarflow2dMap {
 public:
  Tarflow2dMap(const Tarflow2dConfig& config, int points, const Device& device,
               const CompileOptions& options = {.static_states = true});
  Tarflow2dMap(Tarflow2dMap&&) noexcept;
  Tarflow2dMap& operator=(Tarflow2dMap&&) noexcept;
  ~Tarflow2dMap();

  [[nodiscard]] int points() const;
  /// Tensors by the names of nn::tarflow; throws Error when one is missing.
  void load(const io::SafeTensors& weights);

  /// Data x [points,2] -> states [T+1,points,2], from x itself to the noise z, and log q(x)
  /// [points] in nats.
  void forward(std::span<const float> x, std::span<float> states, std::span<float> log_q);
  /// What enters the block after `from` blocks (T: noise) -> the data behind it, in place.
  void back(int from, std::span<float> xy);
  /// The conditional of every block: for a kept coordinate u [points], mu and exp(alpha) of the
  /// other, both [T,points].
  void conditionals(std::span<const float> u, std::span<float> mu, std::span<float> scale);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::models
