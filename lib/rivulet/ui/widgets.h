// The controls of every lab, and what they share while a frame is drawn.
#pragma once

#include <imgui.h>

#include <functional>
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

namespace rivulet {
struct Device;
}

namespace rivulet::ui {

struct Host;

/// What a control is to those who do not see it: see Host::mirror.
enum class Role : uint8_t { button, tab, chip, toggle, dial, field, words };
struct Control {
  std::string name = {};
  Box box = {};
  bool seen = false;  ///< the whole of it lies within what is scrolled into sight
  Role role = Role::button;
  std::string label = {};
  std::string value = {};  ///< as words: of a dial, a field
  bool on = false;         ///< chosen, switched on
  int at = 0;  ///< of a dial: 0 .. count - 1; of a field: the number of the request that it shows
  int count = 0;
};

/// What a visitor does with a control by its name, from outside of the canvas.
struct Request {
  enum class Kind : uint8_t { none, press, turn, type, enter };
  Kind kind = Kind::none;
  std::string name;
  std::string text;  ///< to type
  int at = 0;        ///< to turn to; the number of what is typed
};

/// Handed to everything that draws.
struct Ui {
  const Theme* theme = nullptr;
  const words::Words* words = nullptr;  ///< of the language shown
  const Host* host = nullptr;
  const Device* device = nullptr;  ///< where labs compute
  std::string device_failure;      ///< why one of them went on without it
  Fonts fonts;
  float dt = 0;               ///< seconds since the last frame
  bool phone = false;         ///< one column, fingers
  bool grabbed = false;       ///< a slider or the pen follows the finger: it does not scroll
  unsigned under_finger = 0;  ///< the innermost part of the page that scrolls where it came down
  unsigned turning = 0;       ///< the dial that it turns
  unsigned gliding = 0;       ///< the part of the page that it has flung
  float glide = 0;            ///< ... in units a second
  double work_ms = 0;         ///< of this frame spent on a job, where there are no threads
  /// The open lab's job, for so many milliseconds, where there are no threads; each frame anew.
  std::function<void(double)> work;
  bool answering = false;  ///< drawing is slow, and a press waits for this frame
  bool working = false;    ///< what the open lab asked for is not all done and here
  int graphics = 0;        ///< counts the times that all textures were lost
  /// A texture has changed, which the shapes of the frame do not show.
  mutable bool repaint = false;
  /// The symbol of the formula that the visitor touches: `highlight` is drawn this frame, controls
  /// set `next_highlight`.
  std::string highlight;
  std::string next_highlight;
  /// Where each control is, by name, for browser tests and the report.
  std::vector<std::pair<std::string, Box>> boxes;
  std::vector<Control> controls;  ///< in the order in which they are read
  size_t covered = 0;             ///< so many of them lie below a window that must be closed first
  Request request;                ///< of this frame
  int typed = 0;                  ///< number of the last one that typed
  std::string focus;              ///< the control that the host's keyboard is on
  bool newly_focused = false;     ///< since the last frame
  std::string used;               ///< the control that was pressed last
  /// Short message at the foot of the page.
  std::string toast;
  float toast_left = 0;  ///< seconds
  bool toast_bad = false;

  [[nodiscard]] ImDrawList& draw() const { return *ImGui::GetWindowDrawList(); }
  /// Before each frame: forgets what the last one said of itself.
  void begin();
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

/// What the control that was touched last is: for those who do not see it.
void describe(Ui& ui, Control what);
/// The same of one of many pictures: its number is read.
void describe_picture(Ui& ui, int index, bool chosen = false);
/// Words to be read where they stand, among the controls.
void read_out(Ui& ui, std::string name, Box box, std::string words);

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

/// A field for one line of text; true when it was entered. `most` bytes are taken.
bool text_field(Ui& ui, const char* name, Box box, const char* hint, std::string* typed,
                size_t most);

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
bool slider(Ui& ui, const char* name, Box box, const char* words, float* value);
/// True in the frame in which the last drag of a dial or slider ended.
[[nodiscard]] bool released(const Ui& ui);

/// Words near the mouse while the last control is hovered long enough.
void hint(Ui& ui, const Touch& touch, const char* words);
void card(const Ui& ui, Box box);
void focus_ring(const Ui& ui, Box box, float rounding);
/// Scrolls the current window by dragging and flinging it with a finger.
void drag_to_scroll(Ui& ui);

}  // namespace rivulet::ui
