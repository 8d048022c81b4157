// A plan as a card runs it: blocks of memory, kernels, and what is done with them in order. No
// Vulkan and no WebGPU in here; whoever reaches a card needs no more than this.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "rivulet/exec/executable.h"
#include "rivulet/exec/gpu/lower.h"
#include "rivulet/exec/plan/plan.h"
#include "rivulet/graph/graph.h"

namespace rivulet::exec::gpu {

/// A run of floats in a block. Blocks 0, 1, ... are the card's; kernels reach them.
struct Spot {
  static constexpr int arena = 0;     ///< of values between kernels, and of their scratch
  static constexpr int none = -1;     ///< never stored
  static constexpr int inputs = -2;   ///< the host's, which the card copies from
  static constexpr int results = -3;  ///< the host's, which the card copies to
  int block = none;
  int64_t offset = 0;
  int64_t floats = 0;
};

/// What a command reads or writes.
struct Touch {
  Spot spot;
  bool written;
};

struct Dispatch {
  int kernel;                   ///< of Tape::kernels
  std::vector<int32_t> places;  ///< where its operands begin
  std::vector<Touch> touched;
};
/// Copies between blocks.
struct Move {
  Spot from;
  Spot to;
};
using Command = std::variant<Dispatch, Move>;

/// A kernel, and the block of each of its operands.
struct PlacedKernel {
  Kernel kernel;
  std::vector<int> blocks;
  friend auto operator<=>(const PlacedKernel&, const PlacedKernel&) = default;
};

/// The card's memory, of one program or of several that never run at once: those share the arena,
/// and states of one name.
struct Layout {
  std::vector<int64_t> blocks = {0};  ///< floats of each
  std::map<std::string, Spot> states = {};
};

struct Tape {
  std::vector<Spot> spots;  ///< by node
  int64_t inputs = 0;       ///< floats of the host's blocks
  int64_t results = 0;
  std::vector<std::pair<int, Spot>> input_spots;  ///< inputs in the host's memory, by node
  /// Outputs as the last finished run left them: small ones in the host's memory, so that a loss
  /// costs no journey of its own; large ones in the card's.
  std::vector<std::pair<int, Spot>> result_spots;
  std::vector<PlacedKernel> kernels;
  std::vector<Command> begin;                ///< before the first stage: inputs
  std::vector<std::vector<Command>> stages;  ///< none for what the host does
  std::vector<Command> end;                  ///< outputs, and states that change when all is done
};

/// What kernels of a card can do.
struct Reach {
  int64_t longest_block;  ///< floats that they reach in one block
  int most_blocks;
  Abilities abilities = {};
};

/// Finds room in `layout` for what the program needs. Throws Error where a card has too little.
[[nodiscard]] Tape write_tape(const Planned& program, Layout& layout, const Reach& reach);

/// Commands in batches: those of one batch may run side by side, and each batch sees what those
/// before it have written. A command comes earlier than it stands where nothing in between touches
/// what it touches: every batch costs a wait for all of the card.
[[nodiscard]] std::vector<std::vector<const Command*>> batches_of(
    std::vector<const Command*> commands);

}  // namespace rivulet::exec::gpu
