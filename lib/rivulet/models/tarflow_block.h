// One block of TarFlow, compiled for sampling: what steers its tokens.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/models/tarflow.h"

namespace rivulet::models {

/// A compiled block and its memory (the KV cache), whose addresses never change: R rows, a window
/// of M tokens. `sharpness` is attention's inverse temperature.
struct TarflowBlock {
  int64_t rows;
  int64_t window;
  Program program;
  std::span<float> x = {}, labels = {}, sharpness = {};  // [R,M,D], [R,K], [R]
  std::span<const float> mu = {}, alpha = {};            // [R,M,D]
  std::span<const float> lower = {};                     // [R,M,D,D] of a triangular coupling
  // Of blocks that are given earlier tokens, in reading order: the window follows `past` others.
  std::span<float> position = {}, past = {};
  Shape memory = {};                                         // [R,H,N,E]
  std::vector<std::span<float>> keys = {}, values = {};      // [R,H,E,N], [R,H,N,E] of each layer
  std::vector<std::span<const float>> key = {}, value = {};  // [R,H,M,E]
};

/// Over a window that follows others; mu, alpha and L are those of the tokens after the window's.
/// Blocks that are given halves know no window but all tokens, and steer these themselves.
[[nodiscard]] TarflowBlock compile_tarflow_block(const TarflowModel& model,
                                                 const io::SafeTensors& file, int block,
                                                 int64_t rows, int64_t window, const Device& device,
                                                 const CompileOptions& options);

/// Adds keys and values of the window's first `count` tokens to those remembered (appends to the KV
/// cache), as tokens first, first + 1, ...
void remember(TarflowBlock& block, int64_t first, int64_t count);

/// Makes `to`, the same block over another window, remember what `from` does.
void remember(TarflowBlock& to, const TarflowBlock& from);

}  // namespace rivulet::models
