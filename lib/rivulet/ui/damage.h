// Drawing only what changed.
#pragma once

#include <imgui.h>

#include <span>
#include <vector>

#include "rivulet/ui/box.h"

namespace rivulet::ui {

/// Remembers the shapes of the last frame, and tells where those of the next one differ: a triangle
/// that is new, gone, or looks otherwise.
class Damage {
 public:
  /// Areas, in units of the draw data, outside of which the frame looks as the last one; a few that
  /// do not overlap, and none where nothing changed. `pictures`: textures other than the fonts' may
  /// have changed.
  [[nodiscard]] std::vector<Box> find(const ImDrawData& data, ImU32 background, bool pictures);
  /// The next frame is new everywhere.
  void forget() { known_ = false; }

 private:
  struct List {
    std::vector<ImDrawVert> vertices;
    std::vector<ImDrawIdx> indices;
    std::vector<ImDrawCmd> commands;
  };

  void remember(const ImDrawData& data, ImU32 background);

  bool known_ = false;
  ImVec2 size_ = {};
  ImVec2 scale_ = {};
  ImU32 background_ = 0;
  std::vector<List> lists_;
};

/// A rectangle of pixels, from the lower left as OpenGL counts.
struct Pixels {
  int x = 0;
  int y = 0;
  int w = 0;
  int h = 0;
  friend bool operator==(const Pixels&, const Pixels&) = default;
};
[[nodiscard]] Pixels pixels_of(const Box& area, const ImDrawData& data);

/// As long as it lives, the draw data have what shows in these areas, and nothing else.
class OnlyIn {
 public:
  OnlyIn(ImDrawData& data, std::span<const Box> areas);
  OnlyIn(const OnlyIn&) = delete;
  OnlyIn& operator=(const OnlyIn&) = delete;
  ~OnlyIn();

 private:
  ImDrawData& data_;
  std::vector<ImVector<ImDrawCmd>> whole_;
};

}  // namespace rivulet::ui
