// A picture over the plane, in colours, that follows a network: painted anew where its weights, the
// theme or what it shows have changed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rivulet/ui/atlas.h"

namespace rivulet::ui {

class PlanePicture {
 public:
  explicit PlanePicture(int side, PictureAtlas::Filter filter = PictureAtlas::Filter::smooth)
      : atlas_(filter), side_(side) {}

  [[nodiscard]] uint64_t run() const { return run_; }  ///< of the network that it shows
  [[nodiscard]] bool shows(uint64_t run, int64_t step) const {
    return run_ == run && step_ == step;
  }

  /// `colors(i)` is called for i < side^2, rows from the top; `what`: which of several pictures.
  template <class Colors>
  void paint(const Ui& ui, uint64_t run, int64_t step, int what, const Colors& colors) {
    const bool same = shows(run, step) && what_ == what && theme_ == ui.theme;
    if (atlas_.resize(1, side_, 3) || !same) {
      std::vector<float> values;
      values.reserve(3 * static_cast<size_t>(side_ * side_));
      for (size_t i = 0; i < static_cast<size_t>(side_ * side_); ++i) {
        const ImU32 color = colors(i);
        for (const int shift : {IM_COL32_R_SHIFT, IM_COL32_G_SHIFT, IM_COL32_B_SHIFT}) {
          values.push_back(static_cast<float>((color >> shift) & 0xFF) / 127.5F - 1);
        }
      }
      atlas_.set(0, values);
      run_ = run;
      step_ = step;
      what_ = what;
      theme_ = ui.theme;
    }
    atlas_.upload(ui);
  }
  void draw(const Ui& ui, Box box) const { atlas_.draw(ui, 0, box); }

 private:
  PictureAtlas atlas_;
  int side_;
  uint64_t run_ = 0;
  int64_t step_ = -2;
  int what_ = 0;
  const Theme* theme_ = nullptr;
};

}  // namespace rivulet::ui
