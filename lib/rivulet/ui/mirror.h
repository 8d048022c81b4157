// The controls of a frame as text, for hosts that show them a second time: to screen readers, to
// the keyboard of a browser.
#pragma once

#include <string>
#include <string_view>

#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

/// A JSON object: "used", the name of the control that was pressed last; "dark", whether
/// its colours are; "said", the short message at the foot of the page; "controls", one array each
/// of name, role (button, tab, chip, toggle, dial, field, words), label, value, x, y, w, h, on, at,
/// count, seen.
[[nodiscard]] std::string mirror_text(const Ui& ui);

/// `text` as a JSON string, quotes included.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace rivulet::ui
