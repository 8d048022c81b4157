// Formulas, laid out and drawn.
#pragma once

#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

/// Draws within `width`, breaking lines at blanks; returns the height used. The symbol marked with
/// `ui.highlight` is lit; phrases are those of the language shown.
float draw_formula(const Ui& ui, const words::Formula& formula, ImVec2 at, float width,
                   ImU32 color);
[[nodiscard]] float formula_height(const Ui& ui, const words::Formula& formula, float width);

}  // namespace rivulet::ui
