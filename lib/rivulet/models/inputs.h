// What the programs of networks are fed, by the names under which one function declares it and
// another writes it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/exec/program.h"

namespace rivulet::models {

namespace input {
inline constexpr auto x = "x";
inline constexpr auto t = "t";
inline constexpr auto d = "d";
inline constexpr auto guidance = "guidance";
inline constexpr auto labels = "labels";
inline constexpr auto silenced = "silenced";
}  // namespace input

/// Labels [rows,K] of a network with K attributes, as in nn::DitInputs; none where K = 0.
[[nodiscard]] Value labels_input(Graph& graph, int64_t rows, const std::vector<int>& classes);
/// Writes them, where there are any.
void write_labels(Program& program, std::span<const float> labels);

}  // namespace rivulet::models
