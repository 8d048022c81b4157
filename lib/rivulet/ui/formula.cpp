#include "rivulet/ui/formula.h"

#include <algorithm>
#include <cmath>

namespace rivulet::ui {
namespace {

using Node = words::Formula::Node;
using Kind = Node::Kind;

/// Extent of a piece about its baseline, in units.
struct Extent {
  float width = 0;
  float up = 0;
  float down = 0;
};

/// Measures and, given a colour, draws.
class Setter {
 public:
  Setter(const Ui& ui, ImU32 color) : ui_(ui), color_(color) {}

  [[nodiscard]] Extent measure(const Node& node, bool script) const {
    switch (node.kind) {
      case Kind::glyphs:
      case Kind::phrase:
        return glyphs(node, script);
      case Kind::row:
      case Kind::mark:
        return across(node.parts, script);
      case Kind::scripts: {
        Extent base = measure(node.parts[0], script);
        const Extent below = measure(node.parts[1], true);
        const Extent above = measure(node.parts[2], true);
        base.width += std::max(below.width, above.width) + 1;
        if (below.width > 0) base.down = std::max(base.down, drop(script) + below.down);
        if (above.width > 0) base.up = std::max(base.up, lift(script) + above.up);
        return base;
      }
      case Kind::bar: {
        Extent inner = measure(node.parts[0], script);
        const bool low = node.parts[0].text == "x";  // a letter without ascender
        inner.up = low ? 0.5F * size(script) : inner.up + 1.5F;
        return inner;
      }
      case Kind::fraction: {
        const Extent above = measure(node.parts[0], true);
        const Extent below = measure(node.parts[1], true);
        return {std::max(above.width, below.width) + 6 + spaces(node, script),
                axis(script) + 2 + above.up + above.down, below.up + below.down + 2 - axis(script)};
      }
    }
    return {};
  }

  /// `at`: the left end of the baseline.
  void draw(const Node& node, ImVec2 at, bool script) {
    switch (node.kind) {
      case Kind::glyphs:
      case Kind::phrase:
        draw_glyphs(node, at, script);
        break;
      case Kind::row:
        draw_across(node.parts, at, script);
        break;
      case Kind::mark:
        draw_mark(node, at, script);
        break;
      case Kind::scripts: {
        draw(node.parts[0], at, script);
        const float x = at.x + measure(node.parts[0], script).width + 1;
        draw(node.parts[1], {x, at.y + drop(script)}, true);
        draw(node.parts[2], {x, at.y - lift(script)}, true);
        break;
      }
      case Kind::bar: {
        draw(node.parts[0], at, script);
        const Extent inner = measure(node, script);
        const float y = std::round(at.y - inner.up);
        const float x = at.x + 2;
        const float end = at.x + inner.width;
        if (node.text == "^") {
          ui_.draw().PathLineTo({x, y + 1});
          ui_.draw().PathLineTo({(x + end) / 2, y - 3});
          ui_.draw().PathLineTo({end, y + 1});
          ui_.draw().PathStroke(color_, 0, 1.2F);
        } else {
          ui_.draw().AddLine({x, y}, {end, y}, color_, 1.2F);
        }
        break;
      }
      case Kind::fraction:
        draw_fraction(node, at, script);
        break;
    }
  }

 private:
  [[nodiscard]] ImFont* font(const Node& node, bool script) const {
    if (node.italic) return script ? ui_.fonts.italic_script : ui_.fonts.italic;
    return script ? ui_.fonts.roman_script : ui_.fonts.roman;
  }
  static float size(bool script) { return script ? script_em : formula_em; }
  static float drop(bool script) { return size(script) * 0.22F; }
  static float lift(bool script) { return size(script) * 0.38F; }
  static float axis(bool script) { return size(script) * 0.26F; }
  static float spaces(const Node& node, bool script) {
    return script ? 0 : (node.before + node.after) / 100 * size(script);
  }

  [[nodiscard]] std::string_view shown(const Node& node) const {
    if (node.kind == Kind::glyphs) return node.text;
    return words::find_phrase(ui_.words->phrases, node.text);
  }

  [[nodiscard]] Extent glyphs(const Node& node, bool script) const {
    const float s = size(script);
    return {text_size(font(node, script), shown(node)).x + spaces(node, script), 0.72F * s,
            0.22F * s};
  }

  [[nodiscard]] Extent across(const std::vector<Node>& parts, bool script) const {
    Extent out;
    for (const Node& part : parts) {
      const Extent e = measure(part, script);
      out.width += e.width;
      out.up = std::max(out.up, e.up);
      out.down = std::max(out.down, e.down);
    }
    return out;
  }

  void draw_glyphs(const Node& node, ImVec2 at, bool script) const {
    ImFont* face = font(node, script);
    const std::string_view signs = shown(node);
    const float unit = ImGui::GetIO().FontGlobalScale;
    const float indent = script ? 0 : node.before / 100 * size(script);
    ui_.draw().AddText(face, face->FontSize * unit,
                       {at.x + indent, std::round(at.y - face->Ascent * unit)}, color_,
                       signs.data(), signs.data() + signs.size());
  }

  void draw_across(const std::vector<Node>& parts, ImVec2 at, bool script) {
    for (const Node& part : parts) {
      draw(part, at, script);
      at.x += measure(part, script).width;
    }
  }

  void draw_mark(const Node& node, ImVec2 at, bool script) {
    const ImU32 outer = color_;
    if (node.text == ui_.highlight) {
      const Extent e = measure(node, script);
      const Theme& theme = *ui_.theme;
      ui_.draw().AddRectFilled({at.x - 2, at.y - e.up - 4}, {at.x + e.width + 2, at.y + e.down + 4},
                               theme.accent_soft, 5);
      ui_.draw().AddRect({at.x - 2, at.y - e.up - 4}, {at.x + e.width + 2, at.y + e.down + 4},
                         theme.accent, 5);
      color_ = theme.accent;
    }
    draw_across(node.parts, at, script);
    color_ = outer;
  }

  void draw_fraction(const Node& node, ImVec2 at, bool script) {
    const Extent above = measure(node.parts[0], true);
    const Extent below = measure(node.parts[1], true);
    const float width = std::max(above.width, below.width) + 6;
    const float x = at.x + node.before / 100 * size(script);
    const float y = std::round(at.y - axis(script));
    ui_.draw().AddLine({x, y}, {x + width, y}, color_, 1.2F);
    draw(node.parts[0], {x + (width - above.width) / 2, y - 2 - above.down}, true);
    draw(node.parts[1], {x + (width - below.width) / 2, y + 3 + below.up}, true);
  }

  const Ui& ui_;
  ImU32 color_;
};

constexpr float line_space = 9;

/// Lines of words: index of the first word, one past the last, and their extent.
struct Line {
  size_t first = 0;
  size_t last = 0;
  Extent extent;
};

std::vector<Line> break_lines(const Setter& setter, const std::vector<Node>& words, float width) {
  std::vector<Line> lines(1);
  for (size_t i = 0; i < words.size(); ++i) {
    const Extent e = setter.measure(words[i], false);
    const bool full = lines.back().extent.width + e.width > width;
    if (lines.back().last > lines.back().first && (full || words[i].starts)) {
      lines.push_back({.first = i, .last = i, .extent = {.width = 24}});  // continued: indented
    }
    Line& line = lines.back();
    line.last = i + 1;
    line.extent.width += e.width;
    line.extent.up = std::max(line.extent.up, e.up);
    line.extent.down = std::max(line.extent.down, e.down);
  }
  return lines;
}

}  // namespace

float formula_height(const Ui& ui, const words::Formula& formula, float width) {
  float height = 0;
  for (const Line& line : break_lines(Setter(ui, 0), formula.words(), width)) {
    height += line.extent.up + line.extent.down + line_space;
  }
  return height;
}

float draw_formula(const Ui& ui, const words::Formula& formula, ImVec2 at, float width,
                   ImU32 color) {
  Setter setter(ui, color);
  float y = at.y;
  for (const Line& line : break_lines(setter, formula.words(), width)) {
    float x = at.x + (line.first > 0 ? 24 : 0);
    y += line.extent.up;
    for (size_t i = line.first; i < line.last; ++i) {
      setter.draw(formula.words()[i], {x, y}, false);
      x += setter.measure(formula.words()[i], false).width;
    }
    y += line.extent.down + line_space;
  }
  return y - at.y;
}

}  // namespace rivulet::ui
