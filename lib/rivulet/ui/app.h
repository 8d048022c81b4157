// The shared application: one main for the browser and the desktop.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace rivulet::ui {

class App;

/// What the place it runs in provides. A member that is absent is done without.
struct Host {
  /// Calls `frame` until it returns false; without it run_app loops by itself.
  std::function<void(std::function<bool()> frame)> loop;
  /// The settings changed: for the address bar.
  std::function<void(const std::string& state)> publish;
  /// To the clipboard, as something that another visitor can open.
  std::function<void(const std::string& state)> copy;
  /// Asks for the clipboard; the answer comes, perhaps later, by App::offer.
  std::function<void()> paste;
  /// Does the system prefer dark colours?
  std::function<bool()> dark;
  /// Milliseconds since the visitor asked for the page or started the program.
  std::function<double()> now;
  /// Before the first frame: where a host keeps a handle to the app.
  std::function<void(App&)> started;
};

struct AppOptions {
  std::string state;  ///< settings to begin with; may be a whole address; empty: defaults
  std::string theme;  ///< "light", "dark"; empty: the system's
  int width = 1440;
  int height = 900;
  float scale = 0;         ///< device pixels per unit; 0: the screen's
  std::string screenshot;  ///< written after `frames` frames, then the app ends
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
  /// Settings from outside (clipboard, address bar): a bad text gives a message and changes
  /// nothing.
  void offer(const std::string& text);
  /// What is going on, as JSON: for tests and reports.
  [[nodiscard]] std::string report() const;
  [[nodiscard]] int status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::ui
