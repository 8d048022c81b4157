// Words that the program has in English only, where a visitor sees them in another language:
// errors, and names and values of what data are labelled with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rivulet::words {

struct Words;

/// A sentence with holes: "{} bytes are too many". Holes of `text` stand in the same order, or all
/// bear numbers: "{1} of {0}".
struct Translation {
  std::string_view english;
  std::string_view text;
};

/// What the label `value` of an attribute is called; an empty value: the attribute itself.
struct Value {
  std::string_view attribute;
  std::string_view value;
  std::string_view text;
};

/// An error's sentence in the language of `words`, without the "[where] " before it; English where
/// that language has no such sentence. What fills a hole is looked up as well.
[[nodiscard]] std::string error_text(const Words& words, std::string_view english);

/// As it is where the language has no word for it.
[[nodiscard]] std::string_view attribute_text(const Words& words, std::string_view attribute);
[[nodiscard]] std::string_view value_text(const Words& words, std::string_view attribute,
                                          std::string_view value);

/// What fills the holes of `pattern` where `text` is that sentence; nothing where it is another.
[[nodiscard]] std::optional<std::vector<std::string_view>> fills(std::string_view pattern,
                                                                 std::string_view text);

}  // namespace rivulet::words
