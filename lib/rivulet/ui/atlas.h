// Small pictures on one texture.
#pragma once

#include <span>
#include <vector>

#include "rivulet/ui/widgets.h"

namespace rivulet::ui {

/// Slots of one size. Uploads once a frame what has changed.
class PictureAtlas {
 public:
  /// Pixels as crisp squares, or flowing into each other.
  enum class Filter : uint8_t { crisp, smooth };

  explicit PictureAtlas(Filter filter = Filter::crisp) : filter_(filter) {}
  PictureAtlas(const PictureAtlas&) = delete;
  PictureAtlas& operator=(const PictureAtlas&) = delete;
  ~PictureAtlas();  ///< while the window is there

  /// Makes room for `slots` pictures of side x side; true when what they held is lost.
  bool resize(int slots, int side, int channels);
  [[nodiscard]] int side() const { return side_; }
  [[nodiscard]] int channels() const { return channels_; }

  /// A picture of values in [-1,1] (clipped), [side,side,channels].
  void set(int slot, std::span<const float> values);
  /// Draws a slot, after the pixels of all slots drawn this frame were set.
  void draw(const Ui& ui, int slot, Box box, ImU32 tint = IM_COL32_WHITE) const;
  /// Before the frame is drawn, after `set`: to the graphics processor.
  void upload(const Ui& ui);

 private:
  Filter filter_;
  int side_ = 0;
  int channels_ = 0;
  int columns_ = 0;
  int rows_ = 0;
  void make_texture();

  unsigned texture_ = 0;
  int graphics_ = 0;  ///< Ui::graphics that the texture is of
  bool dirty_ = false;
  std::vector<unsigned char> pixels_;  // [rows*side, columns*side, 4]
};

/// Pictures that glide to where they are wanted.
class EasedPictures {
 public:
  void resize(int slots, int side, int channels);
  /// Moves a slot by `part` of the way; 1, or the first time: at once.
  void ease(int slot, std::span<const float> wanted, float part);
  /// Where it is; empty where it was never wanted anywhere.
  [[nodiscard]] std::span<const float> shown(int slot) const;
  /// Nothing where it was never wanted anywhere.
  void draw(const Ui& ui, int slot, Box box) const;
  void upload(const Ui& ui) { atlas_.upload(ui); }

 private:
  PictureAtlas atlas_;
  std::vector<std::vector<float>> shown_;  // by slot
};

/// The largest box of a whole number of device pixels a pixel, for side pixels within `room` units;
/// a smaller one than a device pixel a pixel is not to be had.
[[nodiscard]] float crisp_side(int side, float room);

}  // namespace rivulet::ui
