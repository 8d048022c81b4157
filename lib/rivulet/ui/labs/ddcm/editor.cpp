// Drawing a picture pixel by pixel, and painting what is lost of one.
#include "rivulet/ui/labs/ddcm/lab.h"

namespace rivulet::ui {
/// The picture in sight becomes the visitor's own.
void DdcmLab::open_editor() {
  change_details();  // of a code, what it shows
  read_own();
  const Pixels pixels = source();
  if (pixels.empty()) return;
  playback_.hold();
  state_.time = 1;
  editor_.open(pixels, side(), 3, colours_);
  keep_drawing();
  frame.sheet.open = false;
}

void DdcmLab::close_editor() {
  editor_.close();
  brush_down_ = false;
}

void DdcmLab::keep_drawing() {
  own_ = editor_.pixels();
  choose_own(own_);
  own_text_ = state_.own;  // own_ is what this text says
}

/// The colours of the set. Returns the height used.
float DdcmLab::draw_palette(Ui& ui, Box area) {
  bool painted = false;
  const float height = editor_.draw_palette(ui, area, &painted);
  if (painted) keep_drawing();
  return height;
}

/// Paints the mask: the first cell says whether the stroke adds or takes away.
void DdcmLab::follow_brush(Ui& ui, Box place) {
  const Touch touched = touch(ui, "brush", place, 2);
  describe(ui, {.label = ui.words->common.canvas});
  const Cell cell = cell_under(place, ddcm::mask_side);
  if (touched.hovered || touched.held)
    outline_cell(ui, place, ddcm::mask_side, cell, ui.theme->accent);
  if (touched.hovered || touched.held) ui.next_highlight = "mask";
  const bool down = touched.held && ImGui::IsMouseDown(ImGuiMouseButton_Left);
  if (down) {
    ui.grabbed = true;
    const auto lost = [&](Cell c) -> uint8_t& {
      return state_.mask[static_cast<size_t>(c[1] * ddcm::mask_side + c[0])];
    };
    if (!brush_down_) {
      brush_adds_ = lost(cell) == 0;
      brush_at_ = cell;
    }
    along(brush_at_, cell, [&](Cell c) { lost(c) = brush_adds_ ? 1 : 0; });
    brush_at_ = cell;
  }
  brush_down_ = down;
}

}  // namespace rivulet::ui
