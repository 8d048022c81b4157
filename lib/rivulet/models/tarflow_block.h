// One block of TarFlow, compiled for sampling: what steers its tokens.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/models/tarflow.h"

namespace rivulet::models {

/// A compiled block: R rows, a window of M tokens; what it remembers (the KV cache) are states of
/// its program. What it is given stays at its address; what it gives is read after each run.
/// `sharpness` is attention's inverse temperature.
struct TarflowBlock {
  int64_t rows;
  int64_t window;
  Program program;
  std::span<float> x = {}, labels = {}, sharpness = {};  // [R,M,D], [R,K], [R]
  std::span<const float> mu = {}, alpha = {};            // [R,M,D]
  std::span<const float> lower = {};                     // [R,M,D,D] of a triangular coupling
  // Of blocks that are given earlier tokens, in reading order: the window follows `past` others,
  // whose keys and values each layer remembers (its KV cache). A run adds those of the window
  // there; only what is before `past` is ever looked at.
  std::span<float> position = {}, past = {};
  int layers = 0;
};

/// Over a window that follows others; mu, alpha and L are those of the tokens after the window's.
/// Blocks that are given halves know no window but all tokens, and steer these themselves.
[[nodiscard]] TarflowBlock compile_tarflow_block(const TarflowModel& model,
                                                 const io::SafeTensors& file, int block,
                                                 int64_t rows, int64_t window, const Device& device,
                                                 const CompileOptions& options);

void run(TarflowBlock& block);

/// Makes `to`, the same block over another window, remember what `from` does.
void remember(TarflowBlock& to, const TarflowBlock& from);

}  // namespace rivulet::models
