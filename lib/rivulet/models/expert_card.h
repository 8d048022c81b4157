// What the card of a network with experts says of them.
#pragma once

#include <cstdint>
#include <optional>

#include "rivulet/io/card.h"
#include "rivulet/io/safetensors.h"
#include "rivulet/nn/moe.h"

namespace rivulet::models {

/// Entries "experts", "experts.chosen", ...; none where there are no experts.
void add_expert_card(io::Card& card, const std::optional<nn::MoeConfig>& experts);
/// And back: nothing without an entry "experts". Throws Error when one is missing or out of range.
[[nodiscard]] std::optional<nn::MoeConfig> expert_config(const io::Card& card);

/// Numbers in the tensors of a file.
struct ParameterCount {
  int64_t all = 0;       ///< in the weights
  int64_t active = 0;    ///< ... that a token meets: of routed experts its part
  int64_t training = 0;  ///< beside them, from which training can continue ("training/...")
};
[[nodiscard]] ParameterCount count_parameters(const io::SafeTensors& file);

}  // namespace rivulet::models
