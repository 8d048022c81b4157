// How the page of a lab is laid out: parts that scroll, the column of settings (on a phone a sheet
// from below), and the card of words and formulas.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "rivulet/ui/formula.h"
#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

inline constexpr float column_width = 316;  ///< of the settings
inline constexpr float caption_height = 30;
inline constexpr float heading_height = 30;
inline constexpr float sheet_bar_height = 64;
inline constexpr float stacked_width = 690;  ///< narrower: everything in one column

/// A scrolling part of the page: `draw(box)` returns the height it used.
void scrolling(Ui& ui, const char* name, Box box, float margin,
               const std::function<float(Box)>& draw);

/// The settings on a wide page: a head that stays, and what scrolls below. Cuts `page`.
void draw_column(Ui& ui, Box& page, float head_height, const std::function<void(Box)>& head,
                 const std::function<float(Box)>& settings);

/// Settings on a phone rise from below and leave the picture in sight.
struct Sheet {
  bool open = false;
  float part = 0;  ///< 0..1, animated
};
void draw_sheet(Ui& ui, Sheet& sheet, Box page, const std::function<float(Box)>& settings);
/// The bar at the foot of a phone's page: a button for the sheet, and the rest for `head`.
void draw_sheet_bar(Ui& ui, Sheet& sheet, Box bar, const std::function<void(Box)>& head);

void heading(Ui& ui, Box& column, std::string_view words, std::string_view note = {});
[[nodiscard]] std::string steps_text(const Ui& ui, int n);

/// A label, and a formula of words/formulas.h.
struct FormulaLine {
  const char* name = nullptr;
  const char* formula = nullptr;
};
/// What is said of what one sees: the card below the pictures.
struct Explanation {
  std::string_view said;
  std::string_view seen;
  std::span<const FormulaLine> formulas;
};
[[nodiscard]] float explanation_height(const Ui& ui, const Explanation& words, float width);
/// At least as high as the box; returns the height of the card.
float draw_explanation(Ui& ui, const Explanation& words, Box box);

}  // namespace rivulet::ui
