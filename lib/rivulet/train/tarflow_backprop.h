// Back-propagation through TarFlow, block by block: every block is invertible, so what it was given
// need not be kept (the second open remark of article 10667).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/core/names.h"
#include "rivulet/exec/program.h"
#include "rivulet/nn/tarflow.h"

namespace rivulet::train {

/// What the way forward leaves for the way back.
enum class Kept : uint8_t {
  activations,  ///< all: the ordinary step, one program
  inputs,       ///< what each block was given, from which its activations are made again
  nothing,      ///< z alone: each block is inverted first. One run where its direction or halves
                ///< allow that, token after token where not
};

inline constexpr Names<Kept, 3> kept_names{"kept", {"activations", "inputs", "nothing"}};
[[nodiscard]] constexpr std::string_view name_of(Kept kept) { return kept_names.of(kept); }

/// Loss and gradients of nn::tarflow_loss, which differ by rounding only. Other than
/// Kept::activations needs as much memory for many blocks as for one, as these take turns in the
/// same programs.
class TarflowBackprop {
 public:
  TarflowBackprop(const nn::TarflowConfig& config, int64_t batch, Kept kept, uint64_t seed,
                  const Device& device, const CompileOptions& options = {});
  TarflowBackprop(TarflowBackprop&&) noexcept;
  TarflowBackprop& operator=(TarflowBackprop&&) noexcept;
  ~TarflowBackprop();

  /// Of weights, as nn::tarflow names them.
  [[nodiscard]] std::vector<std::string> names() const;
  /// Sets a weight; throws Error for another name or size.
  void write(std::string_view name, std::span<const float> values);

  /// Tokens x [B,N,D] under labels [B,K]; returns the loss.
  float run(std::span<const float> x, std::span<const float> labels);
  [[nodiscard]] std::span<const float> gradient(std::string_view name) const;

  /// What is held besides weights: the programs' planned memory, what lies between blocks, and all
  /// gradients.
  [[nodiscard]] int64_t bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::train
