// Values that cards hold by name.
#pragma once

#include <optional>
#include <string>

#include "rivulet/core/names.h"
#include "rivulet/io/card.h"

namespace rivulet::models {

/// The value that an entry names; throws Error naming the entry when it names none.
template <class Enum, size_t N>
[[nodiscard]] Enum card_value(const io::Card& card, const std::string& key,
                              const Names<Enum, N>& names) {
  const std::optional<Enum> found = names.find(io::card_text(card, key));
  if (!found) io::bad_card(card, key);
  return *found;
}

}  // namespace rivulet::models
