// The metadata of a weight file: a model card of short texts, read with suspicion.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace rivulet::io {

using Card = std::map<std::string, std::string>;

/// The entry of that name; throws Error when there is none.
[[nodiscard]] const std::string& card_text(const Card& card, const std::string& key);
/// Throws Error unless the entry is a whole number within low..high.
[[nodiscard]] int64_t card_integer(const Card& card, const std::string& key, int64_t low,
                                   int64_t high);
/// A seed: any 64 bits.
[[nodiscard]] uint64_t card_seed(const Card& card, const std::string& key);
/// Throws Error unless the entry is a finite number.
[[nodiscard]] float card_number(const Card& card, const std::string& key);
/// Throws Error naming the entry and its text.
[[noreturn]] void bad_card(const Card& card, const std::string& key);

}  // namespace rivulet::io
