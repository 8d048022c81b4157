// Formulas, parsed from a small subset of TeX.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rivulet::words {

/// A parsed formula. The language: letters are variables (italic), everything else is upright;
/// `_x` `^{..}` scripts; `\bar x`; `\hat x`; `\text{..}` upright letters that are the same in every
/// language (log, AdamW); `\word{key}` a phrase of the language shown (phrases.h); `\frac{..}{..}`;
/// `\E` blackboard E; `\at{key}{..}` marks the symbol that a control named `key` moves; blanks are
/// where a line may break, `|` where it must; `~` is a space. Unicode letters and signs are written
/// as they are.
class Formula {
 public:
  /// Throws Error where braces do not match or a command is unknown.
  explicit Formula(std::string_view source);

  /// A piece of the layout.
  struct Node {
    enum class Kind : uint8_t { glyphs, phrase, row, scripts, bar, fraction, mark };
    Kind kind = Kind::row;
    bool italic = false;    // glyphs
    bool starts = false;    // a word that begins a line
    std::string text = {};  // glyphs: what is drawn; phrase, mark: its key; bar: "^" for a hat
    float before = 0;       // space on either side, in hundredths of the font's size
    float after = 0;
    std::vector<Node> parts = {};  // scripts: base, below, above; fraction: above, below
  };

  /// Pieces between which lines may break.
  [[nodiscard]] const std::vector<Node>& words() const { return words_; }

 private:
  std::vector<Node> words_;
};

}  // namespace rivulet::words
