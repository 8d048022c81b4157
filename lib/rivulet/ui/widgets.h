// The controls of every lab, and what they share while a frame is drawn.
#pragma once

#include <imgui.h>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rivulet/ui/box.h"
#include "rivulet/ui/theme.h"
#include "rivulet/words/formula.h"
#include "rivulet/words/words.h"

namespace rivulet::ui {

struct Host;

/// Handed to everything that draws.
struct Ui {
  const Theme* theme = nullptr;
  const words::Words* words = nullptr;  ///< of the language shown
  const Host* host = nullptr;
  Fonts fonts;
  float dt = 0;          ///< seconds since the last frame
  bool phone = false;    ///< one column, fingers
  bool grabbed = false;  ///< a slider or the pen follows the finger: it does not scroll
  unsigned gliding = 0;  ///< the part of the page that a finger has flung
  float glide = 0;       ///< ... in units a second
  double work_ms = 0;    ///< of this frame spent on a job, where there are no threads
  /// The symbol of the formula that the visitor touches: `highlight` is drawn this frame, controls
  /// set `next_highlight`.
  std::string highlight;
  std::string next_highlight;
  /// Where each control is, by name, for browser tests and the report.
  std::vector<std::pair<std::string, Box>> boxes;
  /// Short message at the foot of the page.
  std::string toast;
  float toast_left = 0;  ///< seconds
  bool toast_bad = false;

  [[nodiscard]] ImDrawList& draw() const { return *ImGui::GetWindowDrawList(); }
  void say(std::string message, bool bad = false);
  /// An error's sentence in the language shown.
  [[nodiscard]] std::string error(std::string_view english) const;
  /// A formula of words/formulas.h, parsed once.
  [[nodiscard]] const words::Formula& formula(const char* source) const {
    return formulas.try_emplace(source, source).first->second;
  }

  mutable std::map<const char*, words::Formula> formulas;  ///< by the address of their source
};

// --- Text ---

[[nodiscard]] ImVec2 text_size(ImFont* font, std::string_view text, float wrap = 0);
void text(const Ui& ui, ImFont* font, ImVec2 at, ImU32 color, std::string_view words,
          float wrap = 0);
void draw_text(ImDrawList& draw, ImFont* font, ImVec2 at, ImU32 color, std::string_view words,
               float wrap);
/// Cut with an ellipsis where it would be wider than the box; vertically centred.
enum class Align : uint8_t { left, centre, right };
void label(const Ui& ui, ImFont* font, Box box, ImU32 color, std::string_view words,
           Align align = Align::left);

/// Words, and after them a variable of the formulas on the same baseline.
void label_with_symbol(const Ui& ui, Box box, std::string_view words, std::string_view symbol,
                       ImU32 symbol_color);

// --- Controls ---
// Each takes a name (unique, as in "target.spirals"), the box it fills, and registers that box.

struct Touch {
  bool pressed = false;
  bool hovered = false;
  bool held = false;
  bool focused = false;  ///< by keyboard
};
/// Bare behaviour of a button: mouse, finger, Enter; a ring where the keyboard is.
Touch touch(Ui& ui, const char* name, Box box, float ring = corner);

/// How Shift and the arrow keys push the item that was touched last, while the keyboard is there:
/// -1, 0 or 1 to the right and upwards. Arrows alone move the keyboard on.
[[nodiscard]] ImVec2 pushed(const Touch& touched);

enum class Icon : uint8_t {
  none,
  play,
  pause,
  step,
  restart,
  sun,
  moon,
  copy,
  paste,
  help,
  pen,
  undo,
  clear,
  up,
  down,
  left,
  right,
  tune,
  check,
  plus,
  minus,
  close,
  dice,
  save,
  open,
  pages,
};
void draw_icon(ImDrawList& draw, Icon icon, ImVec2 centre, float size, ImU32 color);

enum class Look : uint8_t { quiet, plain, accent };
/// Icon, words or both. `hint` is shown on hovering.
bool button(Ui& ui, const char* name, Box box, Icon icon, std::string_view words, Look look,
            const char* hint = nullptr);
/// One of a few choices that lie side by side.
bool chip(Ui& ui, const char* name, Box box, std::string_view words, bool on,
          const char* hint = nullptr);
bool toggle(Ui& ui, const char* name, Box box, std::string_view words, bool* on);
/// A strip of choices; names are NAME.0, NAME.1, ...
bool segments(Ui& ui, const char* name, Box box, std::span<const std::string> words, int* chosen);

/// What a dial says of itself.
struct DialText {
  std::string_view words;
  std::string_view symbol;  ///< of the formula, drawn in italics; empty: none
  std::string_view value;
  const char* hint = nullptr;
};
inline constexpr float dial_height = 46;
/// A slider over 0..count-1: drag, or arrow keys while it has the keyboard. True while it changes.
bool dial(Ui& ui, const char* name, Box box, const DialText& text, int* index, int count);
/// A bare continuous slider over 0..1.
bool slider(Ui& ui, const char* name, Box box, float* value);
/// True in the frame in which the last drag of a dial or slider ended.
[[nodiscard]] bool released(const Ui& ui);

/// Words near the mouse while the last control is hovered long enough.
void hint(Ui& ui, const Touch& touch, const char* words);
void card(const Ui& ui, Box box);
void focus_ring(const Ui& ui, Box box, float rounding);
/// Scrolls the current window by dragging and flinging it with a finger.
void drag_to_scroll(Ui& ui);

}  // namespace rivulet::ui
