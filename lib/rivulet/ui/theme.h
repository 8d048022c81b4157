// Colours, fonts and measures: the look of every lab.
#pragma once

#include <imgui.h>

#include <span>

namespace rivulet::ui {

/// Okabe and Ito's colour-blind-safe hues (Color Universal Design, 2008) on quiet greys.
struct Theme {
  bool dark = false;
  ImU32 page = 0;   ///< behind everything
  ImU32 card = 0;   ///< behind pictures and controls
  ImU32 inset = 0;  ///< tracks, unpressed chips
  ImU32 border = 0;
  ImU32 grid = 0;  ///< lines inside plots and pictures
  ImU32 text = 0;
  ImU32 muted = 0;        ///< labels
  ImU32 faint = 0;        ///< ticks
  ImU32 accent = 0;       ///< what is on, and the first network
  ImU32 on_accent = 0;    ///< text upon it
  ImU32 accent_soft = 0;  ///< backgrounds of what is touched
  ImU32 rival = 0;        ///< the second network of a comparison
  ImU32 data = 0;         ///< points of the data
  ImU32 error = 0;
};

[[nodiscard]] const Theme& light_theme();
[[nodiscard]] const Theme& dark_theme();

/// `color` with its alpha multiplied.
[[nodiscard]] ImU32 faded(ImU32 color, float alpha);
[[nodiscard]] ImU32 mixed(ImU32 a, ImU32 b, float t);
/// Hues for things that are told apart: experts, say. None is the accent's.
inline constexpr int category_count = 12;
[[nodiscard]] ImU32 category(const Theme& theme, int i);

struct Fonts {
  ImFont* text = nullptr;    ///< 14 units an em
  ImFont* small = nullptr;   ///< 12.5
  ImFont* strong = nullptr;  ///< 14, semibold
  ImFont* title = nullptr;   ///< 18, semibold
  ImFont* large = nullptr;   ///< 24, semibold; ASCII
  ImFont* roman = nullptr;   ///< upright mathematics
  ImFont* italic = nullptr;  ///< variables
  ImFont* roman_script = nullptr;
  ImFont* italic_script = nullptr;
  /// Corners of the triangle about a soft disc in the atlas, for points: top, left, right.
  ImVec2 dot_uv[3];
};

/// An equilateral triangle about the unit circle, y down.
inline constexpr ImVec2 dot_corners[3] = {{0, -2}, {-1.7320508F, 1}, {1.7320508F, 1}};

/// Faces for Chinese: the bold one may lack what the regular one has.
struct ChineseFaces {
  std::span<const unsigned char> regular;
  std::span<const unsigned char> bold;
};

/// Rasterises the embedded fonts, and Chinese faces where there are any, for a screen of `scale`
/// device pixels per unit.
/// Replaces what the atlas held; the renderer's texture must be made again.
[[nodiscard]] Fonts load_fonts(float scale, const ChineseFaces& chinese);
void apply_style(const Theme& theme);

/// Measures, in units (CSS pixels).
inline constexpr float gap = 16;
inline constexpr float corner = 10;
inline constexpr float formula_em = 18;
inline constexpr float script_em = 12.5F;

}  // namespace rivulet::ui
