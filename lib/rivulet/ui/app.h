// The shared application: one main for the browser and the desktop.
#pragma once

#include <memory>
#include <string>

#include "rivulet/ui/host.h"
#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

struct AppOptions {
  std::string state;     ///< settings to begin with; may be a whole address; empty: defaults
  std::string theme;     ///< "light", "dark"; empty: the system's
  std::string language;  ///< "en", "zh"; empty: the system's
  int width = 1440;
  int height = 900;
  float scale = 0;         ///< device pixels per unit; 0: the screen's
  std::string screenshot;  ///< a file that the last frame is written to
  int frames = 0;          ///< > 0: ends after so many frames
  std::string report;      ///< a file that is written each second and at the end
  Host host;
};

/// Runs until the visitor closes the window. Returns the process's exit status.
int run_app(AppOptions options);

class App {
 public:
  explicit App(AppOptions options);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// One frame; false when it should end.
  bool frame();
  /// Until the next frame may be due, for hosts that loop by themselves: a few milliseconds.
  void wait() const;
  /// Settings from outside (clipboard, address bar), or a text that a lab takes, a code say: a bad
  /// text gives a message and changes nothing.
  void offer(const std::string& text);
  /// A file that was dropped or pasted: likewise.
  void offer_file(const io::Bytes& file);
  /// The address of the page has changed: likewise, without a word where it is good.
  void go(const std::string& state);
  /// The visitor copies: what the lab has for the clipboard, or nothing, which stands for the
  /// settings.
  [[nodiscard]] std::string copied();
  /// The visitor does something with a control of Host::mirror.
  void ask(Request request);
  /// The host's keyboard is on this control, or on none.
  void focus(const std::string& control);
  /// What was drawn last is no longer there.
  void repaint();
  /// The graphics processor lost everything, and can be used again.
  void renew_graphics();
  /// What is going on, as JSON: for tests and reports.
  [[nodiscard]] std::string report() const;
  [[nodiscard]] int status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::ui
