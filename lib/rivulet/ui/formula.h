// Formulas, laid out from a small subset of TeX.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

/// A parsed formula. The language: letters are variables (italic), everything else is upright;
/// `_x` `^{..}` scripts; `\bar x`; `\hat x`; `\text{..}` upright words (~ is a blank);
/// `\frac{..}{..}`; `\E` blackboard E;
/// `\at{key}{..}` marks the symbol that a control named `key` moves; blanks are where a line may
/// break, `|` where it must; `~` is a space. Unicode letters and signs are written as they are.
class Formula {
 public:
  /// Throws Error where braces do not match or a command is unknown.
  explicit Formula(std::string_view source);

  /// Draws within `width`, breaking lines at blanks; returns the height used.
  /// The symbol marked with `ui.highlight` is lit.
  float draw(const Ui& ui, ImVec2 at, float width, ImU32 color) const;
  [[nodiscard]] float height(const Ui& ui, float width) const;

  /// A piece of the layout.
  struct Node {
    enum class Kind : uint8_t { glyphs, row, scripts, bar, fraction, mark };
    Kind kind = Kind::row;
    bool italic = false;    // glyphs
    bool starts = false;    // a word that begins a line
    std::string text = {};  // glyphs: what is drawn; mark: its key; bar: "^" for a hat
    float before = 0;       // space on either side, in hundredths of the font's size
    float after = 0;
    std::vector<Node> parts = {};  // scripts: base, below, above; fraction: above, below
  };

 private:
  std::vector<Node> words_;
};

}  // namespace rivulet::ui
