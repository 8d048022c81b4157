// The plane by the expert that each place uses.
#include <fmt/format.h>

#include <algorithm>

#include "rivulet/ui/labs/experts_balance/lab.h"

namespace rivulet::ui {

/// The target's points where they are at the flow time.
std::vector<float> ExpertsBalanceLab::tokens_now() const {
  std::vector<float> xy(training_.points());
  for (size_t i = 0; i < xy.size(); ++i) {
    xy[i] = state_.time * xy[i] + (1 - state_.time) * noise_[i];
  }
  return xy;
}

/// Which shade is how many, in a corner of the plane.
void ExpertsBalanceLab::draw_count_key(const Ui& ui, Box plane) const {
  Box row{plane.x + 8, plane.y + plane.h - 28, std::min(5 * 26.0F, plane.w - 16), 20};
  for (int count = 0; count < 5; ++count) {
    const Box cell = row.column(count, 5, 2);
    ui.draw().AddRectFilled(cell.min(), cell.max(), count_color(*ui.theme, count), 3);
    ui.draw().AddRect(cell.min(), cell.max(), ui.theme->border, 3);
    label(ui, ui.fonts.small, cell, count > 2 ? ui.theme->on_accent : ui.theme->text,
          fmt::format("{}{}", count, count == 4 ? "+" : ""), Align::centre);
  }
}

/// Caption and square; the box is as wide as the square.
void ExpertsBalanceLab::draw_map(Ui& ui, Box box, int side) {
  const Theme& theme = *ui.theme;
  Box caption = box.cut_top(caption_height);
  const Plane plane{box.cut_top(box.w)};
  const bool draws = training_.picker.is_open() && side == 1;
  ui.draw().AddCircleFilled({caption.x + 6, caption.centre().y}, 5, side_color(ui, side), 16);
  caption.cut_left(18);
  const std::string name =
      draws ? common().draw_title : words().remedies[static_cast<size_t>(remedy(side))];
  label(ui, ui.fonts.strong, caption, theme.text, name);
  caption.cut_left(std::min(text_size(ui.fonts.strong, name).x + 12, caption.w));
  if (begun() && !draws) {
    label(ui, ui.fonts.small, caption, theme.muted,
          fmt::format(fmt::runtime(words().violation_caption), fate(side).last_violation),
          Align::right);
  }
  begin_layer(side == 0 ? "map.layer.0" : "map.layer.1", plane.box);
  begin_plane(ui, plane, true);
  const bool seen = painted_[static_cast<size_t>(side)].run == training_.run();
  if (seen && !draws) maps_.draw(ui, side, plane.box.inset(1));
  const float dot = std::clamp(plane.box.w / 150, 1.6F, 3.0F);
  draw_points(ui, plane, draws ? training_.points() : tokens_now(), dot,
              faded(theme.text, theme.dark ? 0.4F : 0.35F));
  if (!seen && !draws) {
    label(ui, ui.fonts.small, plane.box, theme.muted, words().waiting, Align::centre);
  }
  if (seen && state_.view == View::count) draw_count_key(ui, plane.box);
  if (draws) {
    if (training_.picker.draw_pen(ui, plane, state_.strokes)) training_.close_sketch(state_);
  } else {
    ui.boxes.emplace_back(side == 0 ? "map.left" : "map.right", plane.box);
  }
  if (draw_training_trouble(ui, plane.box, engine_->error())) training_.restart();
  end_plane(ui);
  end_layer();
}

}  // namespace rivulet::ui
