// A card made of plain code, which watches what no real one does.
#pragma once

#include <span>
#include <vector>

#include "rivulet/exec/gpu/lower.h"
#include "rivulet/exec/program.h"

namespace rivulet::testing {

/// Plays tapes of exec/gpu line by line, and throws std::logic_error where a kernel
/// * reads or writes beyond what its call said that it touches;
/// * has two threads at one place of what a group shares, one of which writes, and no barrier
/// between
///   them; or two that write at one place of the card's memory;
/// * lets some threads of a group come to a barrier, and others not;
/// * divides a whole number by zero;
/// * has threads of a subgroup that do not all come to where they meet, or to different matrices.
/// What else must not be seen in results is not a number: memory between kernels before each run,
/// and what a thread reads where another of the same call writes, which no barrier makes safe.
/// Commands that may run side by side run in the opposite order.
/// Null in browsers' modules, which have no kernels of cards.
[[nodiscard]] const Device* kernel_machine();
/// Likewise one that can do more; with a unit it rounds.
[[nodiscard]] Device kernel_machine_with(const exec::gpu::Abilities& abilities);

/// One kernel, on operands each in a block of its own; all may be written.
void play(const exec::gpu::Kernel& kernel, std::span<std::vector<float>> operands);

}  // namespace rivulet::testing
