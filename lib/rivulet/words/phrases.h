// Phrases that stand inside formulas, by key.
#pragma once

#include <span>
#include <string_view>

namespace rivulet::words {

struct Phrase {
  std::string_view key;  ///< as in \word{key}
  const char* text;
};
/// Throws Error where there is none of that key.
[[nodiscard]] const char* find_phrase(std::span<const Phrase> phrases, std::string_view key);

}  // namespace rivulet::words
