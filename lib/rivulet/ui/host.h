// What the place that the app runs in provides: a browser's page, a desktop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rivulet/live/transfer.h"
#include "rivulet/ui/box.h"

namespace rivulet {
struct Device;
}

namespace rivulet::ui {

class App;

/// A member that is absent is done without.
struct Host {
  /// Calls `frame` until it returns false; without it run_app loops by itself.
  std::function<void(std::function<bool()> frame)> loop;
  /// The settings changed: for the address bar.
  std::function<void(const std::string& state)> publish;
  /// To the clipboard, as something that another visitor can open.
  std::function<void(const std::string& state)> copy;
  /// A text to the clipboard, as it is.
  std::function<void(const std::string& text)> copy_text;
  /// Asks for the clipboard; the answer comes, perhaps later, by App::offer.
  std::function<void()> paste;
  /// A file of assets/, "models/shortcut-avatars.safetensors", say; `anew`: not from what was kept
  /// of it, which may be damaged.
  std::function<TransferPtr(const std::string& name, bool anew)> fetch;
  /// Gives the visitor a file, under this name where they do not choose another.
  std::function<TransferPtr(const std::string& name, io::Bytes bytes)> save;
  /// Asks the visitor for a file; no bytes when they thought better of it.
  std::function<TransferPtr()> open;
  /// Does the system prefer dark colours?
  std::function<bool()> dark;
  /// The system's language, as a locale: "zh-CN", "en_GB.UTF-8".
  std::function<std::string()> language;
  /// The language that is shown has changed, to "en" or "zh": for what the host says itself.
  std::function<void(const std::string& language)> speak;
  /// The controls of the page have changed, as mirror_text (mirror.h) says them: for those who do
  /// not see the canvas, and for the keyboard, which then walks through the host's copies of them.
  std::function<void(const std::string& controls)> mirror;
  /// Its copies of text fields are the ones that are typed into.
  bool own_fields = false;
  /// So many labs keep what they have trained and loaded: those seen last. Of those that hold whole
  /// networks for pictures, fewer. Memory is dear in a browser, which never takes any back.
  size_t kept_labs = 16;
  size_t kept_networks = 16;
  /// What labs may compute on, the one to begin with first: the visitor chooses. Empty while that
  /// is looked for. Absent: there is no choice.
  std::function<std::vector<const Device*>()> devices;
  /// Fetches all that the app may ever ask for, to be used without a network; asks first.
  std::function<void()> keep_offline;
  /// Milliseconds since the visitor asked for the page or started the program.
  std::function<double()> now;
  /// Before the first frame: where a host keeps a handle to the app.
  std::function<void(App&)> started;
};

}  // namespace rivulet::ui
