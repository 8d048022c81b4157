// The one window (or canvas), its OpenGL context and Dear ImGui's back ends.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rivulet/live/transfer.h"
#include "rivulet/ui/theme.h"

namespace rivulet::ui {

/// Throws Error where no window or no OpenGL 3.0 / WebGL 2 context can be had.
class Window {
 public:
  /// `scale`: device pixels per unit, 0: what the screen says.
  Window(const std::string& title, int width, int height, float scale);
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  /// Takes the events and begins a frame of ImGui; false when the window was closed. Fonts are made
  /// anew when the scale changes.
  bool begin_frame();
  /// Events have come since the last frame began.
  [[nodiscard]] bool has_events() const;
  /// Events that came before it wait for the next: ImGui takes a press and its release in a frame
  /// each, a press where the pointer was in the frame before, and a release where it has dragged.
  [[nodiscard]] bool has_leftovers() const;
  /// Draws the frame over `background`; false where it looks as the last one did, and textures have
  /// not changed (`repaint`): nothing is drawn then.
  bool end_frame(ImU32 background, bool repaint);
  /// How long the frame drawn last took, from `begin_frame` on, once the graphics processor was
  /// done with it; said once.
  [[nodiscard]] std::optional<std::chrono::steady_clock::duration> frame_cost();
  /// It is not done yet, when last asked for the cost: another frame would only queue behind it.
  [[nodiscard]] bool drawing() const;
  /// Waits for an event, no longer than this. A browser waits by itself.
  void wait(std::chrono::milliseconds most) const;
  /// Draws the next frame even where it looks as the last one.
  void forget();
  /// Everything that the graphics processor kept was lost.
  void renew_graphics();
  /// What was drawn last, as a PNG file.
  void save_screenshot(const std::string& path) const;
  void set_clipboard(const std::string& text) const;
  [[nodiscard]] std::string clipboard() const;

  /// Paths of the files that were dropped upon the window since the last call.
  [[nodiscard]] std::vector<std::string> dropped();

  /// Faces for Chinese, from the next frame on.
  void set_chinese(const live::FileBytes& regular, const live::FileBytes& bold);
  void set_title(const std::string& title) const;

  [[nodiscard]] const Fonts& fonts() const;
  [[nodiscard]] float scale() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rivulet::ui
