// Lines of text in which Chinese stands: it has no blanks to break at.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rivulet::ui {

/// Whether text holds ideographs or their punctuation.
[[nodiscard]] bool has_chinese(std::string_view text);

/// `text` with line ends where it would be wider than `width`: at blanks and between ideographs,
/// but no line begins with closing punctuation or ends with opening punctuation. `advance`: the
/// width of a character.
[[nodiscard]] std::string wrapped(std::string_view text, float width,
                                  const std::function<float(char32_t)>& advance);

}  // namespace rivulet::ui
