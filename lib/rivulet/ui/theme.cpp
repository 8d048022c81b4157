#include "rivulet/ui/theme.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "rivulet/ui/embedded.h"
#include "rivulet/words/words.h"

namespace rivulet::ui {
namespace {

constexpr ImU32 rgb(unsigned hex, unsigned alpha = 255) {
  return IM_COL32((hex >> 16) & 255, (hex >> 8) & 255, hex & 255, alpha);
}

constexpr Theme light = {
    .dark = false,
    .page = rgb(0xF4F5F7),
    .card = rgb(0xFFFFFF),
    .inset = rgb(0xEDEFF3),
    .border = rgb(0xE0E4EA),
    .grid = rgb(0xECEEF2),
    .text = rgb(0x18212B),
    .muted = rgb(0x56616F),
    .faint = rgb(0x7B8794),
    .accent = rgb(0x0072B2),
    .on_accent = rgb(0xFFFFFF),
    .accent_soft = rgb(0x0072B2, 30),
    .rival = rgb(0xD55E00),
    .data = rgb(0x8A94A0),
    .error = rgb(0xB3261E),
};

constexpr Theme dark = {
    .dark = true,
    .page = rgb(0x0E1217),
    .card = rgb(0x161C23),
    .inset = rgb(0x222A33),
    .border = rgb(0x29323C),
    .grid = rgb(0x222A33),
    .text = rgb(0xE8ECF1),
    .muted = rgb(0xA3AFBC),
    .faint = rgb(0x7C8997),
    .accent = rgb(0x56B4E9),
    .on_accent = rgb(0x07131C),
    .accent_soft = rgb(0x56B4E9, 46),
    .rival = rgb(0xE69F00),
    .data = rgb(0x75808C),
    .error = rgb(0xFF8A80),
};

// Okabe and Ito's hues but the accent's, then five that keep away from them.
constexpr std::array<ImU32, category_count> light_categories = {
    rgb(0xE69F00), rgb(0x009E73), rgb(0xCC79A7), rgb(0xD55E00), rgb(0x56B4E9), rgb(0x7A5BC7),
    rgb(0xB8A800), rgb(0x8C5A2B), rgb(0x1F7A8C), rgb(0xA3195B), rgb(0x6B8E23), rgb(0x5C6B7A)};
constexpr std::array<ImU32, category_count> dark_categories = {
    rgb(0xE69F00), rgb(0x1FC796), rgb(0xDE93BC), rgb(0xF0713A), rgb(0x7CC8F5), rgb(0xA58BF0),
    rgb(0xE8DC5A), rgb(0xC08A55), rgb(0x45AFC4), rgb(0xE0508F), rgb(0xA4C94F), rgb(0x9AA9B8)};

// The disc in the atlas, and the rectangle about its triangle.
constexpr float dot_radius = 12;
constexpr int dot_width = 44;
constexpr int dot_height = 37;

/// An embedded font and its line height in ems, which is what the rasteriser counts in.
struct Face {
  std::span<const unsigned char> data;
  float line;
};

ImFont* add(const Face& face, float em, float scale, const ImWchar* ranges, bool merge = false) {
  ImFontConfig config;
  config.FontDataOwnedByAtlas = false;
  config.MergeMode = merge;
  config.OversampleH = scale < 1.5F ? 2 : 1;
  config.OversampleV = 1;
  config.GlyphRanges = ranges;
  // The atlas only reads memory that it does not own.
  auto* bytes = const_cast<unsigned char*>(face.data.data());
  return ImGui::GetIO().Fonts->AddFontFromMemoryTTF(bytes, static_cast<int>(face.data.size()),
                                                    std::round(em * face.line * scale), &config);
}

constexpr float chinese_line = 1.448F;
constexpr ImWchar ideographs[] = {0x3001, 0x301F, 0x4E00, 0x9FFF, 0xFF01, 0xFF5E, 0};

/// What the phrases inside formulas are written with.
ImVector<ImWchar> phrase_ranges() {
  ImFontGlyphRangesBuilder builder;
  for (const words::Phrase& phrase : words::words(words::Language::chinese).phrases) {
    builder.AddText(phrase.text);
  }
  ImVector<ImWchar> ranges;
  builder.BuildRanges(&ranges);
  return ranges;
}

/// Writes the disc that every point is drawn with: one triangle about it, which costs software
/// renderers half of what two would.
void draw_dot(ImFontAtlas& atlas, int rect_id, Fonts& fonts) {
  unsigned char* pixels = nullptr;
  int width = 0;
  int height = 0;
  atlas.GetTexDataAsRGBA32(&pixels, &width, &height);
  const ImFontAtlasCustomRect* rect = atlas.GetCustomRectByIndex(rect_id);
  const auto x0 = static_cast<float>(rect->X) + dot_width / 2.0F;
  const auto y0 = static_cast<float>(rect->Y) + 2.0F * dot_radius;  // centre, in the atlas
  for (int y = rect->Y; y < rect->Y + rect->Height; ++y) {
    for (int x = rect->X; x < rect->X + rect->Width; ++x) {
      const float r =
          std::hypot(static_cast<float>(x) + 0.5F - x0, static_cast<float>(y) + 0.5F - y0);
      // Full to 0.72 of the radius, then soft: survives being drawn three pixels wide.
      const float a = std::clamp((dot_radius - r) / (0.28F * dot_radius), 0.0F, 1.0F);
      unsigned char* p =
          pixels +
          (static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)) * 4;
      p[0] = p[1] = p[2] = 255;
      p[3] = static_cast<unsigned char>(std::lround(255 * a));
    }
  }
  for (size_t i = 0; i < 3; ++i) {
    fonts.dot_uv[i] = {(x0 + dot_corners[i].x * dot_radius) / static_cast<float>(width),
                       (y0 + dot_corners[i].y * dot_radius) / static_cast<float>(height)};
  }
}

}  // namespace

const Theme& light_theme() { return light; }
const Theme& dark_theme() { return dark; }

ImU32 category(const Theme& theme, int i) {
  return (theme.dark ? dark_categories : light_categories)[static_cast<size_t>(i % category_count)];
}

ImU32 faded(ImU32 color, float alpha) {
  const auto a = static_cast<float>(color >> IM_COL32_A_SHIFT) * alpha;
  return (color & ~IM_COL32_A_MASK) |
         (static_cast<ImU32>(std::lround(std::clamp(a, 0.0F, 255.0F))) << IM_COL32_A_SHIFT);
}

ImU32 mixed(ImU32 a, ImU32 b, float t) {
  ImU32 out = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    const auto from = static_cast<float>((a >> shift) & 255);
    const auto to = static_cast<float>((b >> shift) & 255);
    out |= static_cast<ImU32>(std::lround(from + (to - from) * t)) << shift;
  }
  return out;
}

Fonts load_fonts(float scale, const ChineseFaces& chinese) {
  ImGuiIO& io = ImGui::GetIO();
  io.Fonts->Clear();
  // What assets/fonts/make.py puts into them: the start looks up each code of each range.
  static constexpr ImWchar latin[] = {0x20,   0xFF,   0x3B1,  0x3C9,  0x2013,
                                      0x2032, 0x2080, 0x2089, 0x2190, 0x2193,
                                      0x2212, 0x2212, 0x2248, 0x2265, 0};
  static constexpr ImWchar maths[] = {0x20,   0x7E,   0xB1,   0xD7,   0x394,  0x3C9,
                                      0x2026, 0x2032, 0x2190, 0x2192, 0x2207, 0x2265,
                                      0x22C5, 0x22EF, 0x27E8, 0x27E9, 0};
  static constexpr ImWchar name[] = {0x4E2D, 0x4E2D, 0x6D41, 0x6D41, 0x7EC6, 0x7EC6, 0};
  static constexpr ImWchar digits[] = {0x20, 0x7E, 0};
  static constexpr ImWchar blackboard[] = {0xE000, 0xE001, 0};
  const Face regular{embedded::inter_regular(), 1.21F};
  const Face semibold{embedded::inter_semibold(), 1.21F};
  const Face chinese_regular{chinese.regular, chinese_line};
  // Before Chinese is shown: the name, and the way to it.
  const Face chinese_bold{chinese.bold.empty() ? embedded::notosanssc_bold() : chinese.bold,
                          chinese_line};
  const ImVector<ImWchar> phrases = phrase_ranges();
  const bool speaks_chinese = !chinese.regular.empty();
  const ImWchar* const bold = chinese.bold.empty() ? name : ideographs;
  const auto add_regular = [&](float em, const ImWchar* ranges) {
    if (speaks_chinese) add(chinese_regular, em, scale, ranges, true);
  };
  const Face roman{embedded::formula_main(), 1.175F};
  const Face italic{embedded::formula_italic(), 0.935F};
  const Face ams{embedded::formula_blackboard(), 1.466F};
  Fonts fonts;
  fonts.text = add(regular, 14, scale, latin);
  if (speaks_chinese) {
    add_regular(14, ideographs);
  } else {
    add(chinese_bold, 14, scale, bold, true);
  }
  fonts.small = add(regular, 12.5F, scale, latin);
  add_regular(12.5F, ideographs);
  for (ImFont** const font : {&fonts.strong, &fonts.title}) {
    const float em = font == &fonts.strong ? 14 : 18;
    *font = add(semibold, em, scale, latin);
    add(chinese_bold, em, scale, bold, true);
    add_regular(em, ideographs);
  }
  fonts.large = add(semibold, 24, scale, digits);
  fonts.roman = add(roman, formula_em, scale, maths);
  add_regular(0.86F * formula_em, phrases.Data);
  add(ams, formula_em, scale, blackboard, true);
  fonts.italic = add(italic, formula_em, scale, maths);
  fonts.roman_script = add(roman, script_em, scale, maths);
  add_regular(0.86F * script_em, phrases.Data);
  fonts.italic_script = add(italic, script_em, scale, maths);
  const int dot = io.Fonts->AddCustomRectRegular(dot_width, dot_height);
  io.Fonts->TexGlyphPadding = 1;
  io.Fonts->Build();
  draw_dot(*io.Fonts, dot, fonts);
  io.FontGlobalScale = 1 / scale;
  io.FontDefault = fonts.text;
  return fonts;
}

void apply_style(const Theme& theme) {
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.WindowPadding = {0, 0};
  style.WindowBorderSize = 0;
  style.ChildBorderSize = 0;
  style.PopupBorderSize = 0;
  style.ScrollbarSize = 8;
  style.ScrollbarRounding = 4;
  style.ItemSpacing = {8, 8};
  style.AntiAliasedLinesUseTex = true;
  const auto set = [&](ImGuiCol slot, ImU32 color) {
    style.Colors[slot] = ImGui::ColorConvertU32ToFloat4(color);
  };
  set(ImGuiCol_WindowBg, theme.page);
  set(ImGuiCol_ChildBg, IM_COL32_BLACK_TRANS);
  set(ImGuiCol_PopupBg, theme.card);
  set(ImGuiCol_Text, theme.text);
  set(ImGuiCol_ScrollbarBg, IM_COL32_BLACK_TRANS);
  set(ImGuiCol_ScrollbarGrab, faded(theme.faint, 0.35F));
  set(ImGuiCol_ScrollbarGrabHovered, faded(theme.faint, 0.6F));
  set(ImGuiCol_ScrollbarGrabActive, theme.faint);
  set(ImGuiCol_NavHighlight, theme.accent);
}

}  // namespace rivulet::ui
