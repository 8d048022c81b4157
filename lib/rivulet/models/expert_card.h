// What the card of a network with experts says of them.
#pragma once

#include <optional>

#include "rivulet/io/card.h"
#include "rivulet/nn/moe.h"

namespace rivulet::models {

/// Entries "experts", "experts.chosen", ...; none where there are no experts.
void add_expert_card(io::Card& card, const std::optional<nn::MoeConfig>& experts);
/// And back: nothing without an entry "experts". Throws Error when one is missing or out of range.
[[nodiscard]] std::optional<nn::MoeConfig> expert_config(const io::Card& card);

}  // namespace rivulet::models
