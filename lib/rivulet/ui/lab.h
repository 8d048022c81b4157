// What the shell knows of a lab.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "rivulet/io/bytes.h"
#include "rivulet/live/fields.h"
#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

/// The generative systems, in the order of their tabs.
enum class System : uint8_t { shortcut, distillation, tarflow, ddcm, experts };
inline constexpr std::array<std::string_view, 5> system_names = {"shortcut", "distillation",
                                                                 "tarflow", "ddcm", "experts"};

/// What the help says of a lab: pairs of key and meaning, and words.
struct Help {
  std::span<const std::array<const char*, 2>> keys;
  const char* words = nullptr;
};

/// A lab is a set of functions over whatever it owns. `make_lab` (frame.h) makes one of a class.
struct Lab {
  std::string id;  ///< first word of its states
  System system = System::shortcut;
  bool holds_networks = false;  ///< for pictures, of tens of megabytes
  /// Among the labs of its system: short.
  std::function<const char*(const words::Words&)> title;
  std::function<Help(const words::Words&)> help;
  /// Works and draws within the box; once a frame while it is open.
  std::function<void(Ui&, Box)> draw;
  /// Another lab is open: until it is drawn again it should leave the processor to others.
  std::function<void()> rest;
  /// It has not been seen for a while: everything but its settings is given back.
  std::function<void()> give_back;
  std::function<Fields()> state;
  /// Throws Error where the fields are bad, leaving the lab as it was.
  std::function<void(const Fields&)> restore;
  /// A text from the clipboard that is no state: true when this lab knew what to do with it. Throws
  /// Error where it is of a kind that the lab takes, but bad. May be absent.
  std::function<bool(const std::string&)> take_text = {};
  /// A file that was dropped upon the app or pasted into it. As above.
  std::function<bool(const io::Bytes&)> take_file = {};
  /// What a visitor who copies is given; empty, or absent: the page's settings.
  std::function<std::string()> copied = {};
  /// Members of a JSON object: `"step":12,"loss":0.5`.
  std::function<std::string()> report;
};

}  // namespace rivulet::ui
