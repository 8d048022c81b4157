// Damaged pictures and what the model makes of them.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/labs/ddcm/lab.h"

namespace rivulet::ui {
namespace {

constexpr float caption = 26;
constexpr float largest_cell = 304;

}  // namespace

/// Returns the height used.
float DdcmLab::draw_restoring(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  const std::vector<std::string> tasks(words().tasks.begin(), words().tasks.end());
  int task = static_cast<int>(state_.task);
  const Box strip = area.cut_top(38);
  if (segments(ui, "task", {strip.x, strip.y, std::min(strip.w, 560.0F), 38}, tasks, &task)) {
    state_.task = static_cast<ddcm::RestoreTask>(task);
  }
  area.cut_top(12);
  const int columns = narrow ? 2 : 3;
  const float space = narrow ? 12 : 20;
  // On a wide page pictures, strip and words are in sight together.
  const std::vector<FormulaLine> lines = formulas();
  const float others = 230 + caption + explanation_height(ui, explanation(lines), area.w);
  const float height = narrow ? largest_cell : std::max(160.0F, area.h - others);
  const float room = std::min(
      height, (area.w - space * static_cast<float>(columns - 1)) / static_cast<float>(columns));
  const float cell = crisp_side(side(), std::min(room, largest_cell));
  const float pitch = narrow ? room + space : cell + space;
  const auto show = [&](int i, int slot, const char* name, const char* words) {
    const int row = i / columns;
    const Box place{area.x + pitch * static_cast<float>(i % columns),
                    area.y + caption + static_cast<float>(row) * (cell + caption + 44), cell, cell};
    label(ui, ui.fonts.strong, {place.x, place.y - caption, cell, caption - 4}, ui.theme->text,
          words);
    draw_picture(ui, place, slot, name);
    return place;
  };
  const Box seen = show(0, ddcm::seen_slot, "picture.seen", words().seen);
  const Box restored = show(1, ddcm::belief_slot, "picture.belief", words().restored);
  const Box source = show(2, ddcm::source_slot, "picture.source", words().source);
  const bool inpaint = state_.task == ddcm::RestoreTask::inpaint;
  if (inpaint) {
    draw_mask(ui, seen);
    follow_brush(ui, seen);
    Box row{seen.x, seen.y + cell + 6, cell, 34};
    if (button(ui, "mask.clear", row.cut_right(std::min(84.0F, row.w)), Icon::clear,
               words().brush_clear, Look::quiet)) {
      state_.mask.fill(0);
    }
    const bool fits = text_size(ui.fonts.small, words().brush).x <= row.w;
    label(ui, ui.fonts.small, row, ui.theme->muted, fits ? words().brush : words().brush_short);
  } else {
    brush_down_ = false;
  }
  draw_progress(ui, restored);
  draw_time(ui, {restored.x, restored.y + cell + 6, cell, 34});
  draw_quality(ui, {source.x, source.y + cell + 6, cell, 34});
  draw_trouble(ui, {area.x, area.y, area.w, caption + cell});
  const auto rows = static_cast<float>((3 + columns - 1) / columns);
  area.cut_top(rows * (caption + cell + 44));
  return area.y + draw_strip(ui, area, narrow) - top;
}

/// What is lost has no colour: hatching.
void DdcmLab::draw_mask(const Ui& ui, Box place) const {
  const float size = place.w / ddcm::mask_side;
  ImDrawList& draw = ui.draw();
  for (int y = 0; y < ddcm::mask_side; ++y) {
    for (int x = 0; x < ddcm::mask_side; ++x) {
      if (state_.mask[static_cast<size_t>(y * ddcm::mask_side + x)] == 0) continue;
      const Box cell{place.x + size * static_cast<float>(x), place.y + size * static_cast<float>(y),
                     size, size};
      draw.AddRectFilled(cell.min(), cell.max(), ui.theme->inset);
      draw.AddLine({cell.x, cell.y + cell.h}, {cell.x + cell.w, cell.y}, ui.theme->faint);
    }
  }
}

}  // namespace rivulet::ui
