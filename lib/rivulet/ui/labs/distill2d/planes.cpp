// Both planes: samples, and what the nets say at the noise level.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/distill2d/lab.h"

namespace rivulet::ui {
namespace {

/// Where samples are that cannot be seen: an arrow at the edge, and words.
void point_out(const Ui& ui, const Plane& plane, std::span<const float> xy, ImU32 color,
               const char* words) {
  double x = 0;
  double y = 0;
  for (size_t i = 0; i + 1 < xy.size(); i += 2) {
    x += xy[i];
    y -= xy[i + 1];
  }
  const double length = std::hypot(x, y);
  const bool known = std::isfinite(length) && length > 0;
  const ImVec2 way =
      known ? ImVec2(static_cast<float>(x / length), static_cast<float>(y / length)) : ImVec2(1, 0);
  const float reach = plane.box.w / 2 / std::max(std::abs(way.x), std::abs(way.y)) - 14;
  const ImVec2 middle = plane.box.centre();
  const ImVec2 tip{middle.x + way.x * reach, middle.y + way.y * reach};
  const ImVec2 foot{tip.x - way.x * 26, tip.y - way.y * 26};
  const ImVec2 neck{tip.x - way.x * 11, tip.y - way.y * 11};
  ui.draw().AddLine(foot, neck, color, 3);
  ui.draw().AddTriangleFilled(tip, {neck.x - way.y * 7, neck.y + way.x * 7},
                              {neck.x + way.y * 7, neck.y - way.x * 7}, color);
  const float wide = std::min(text_size(ui.fonts.small, words).x + 16, plane.box.w);
  const float down = way.y > 0.3F ? -70.0F : 50.0F;  // away from the arrow
  const Box box{middle.x - wide / 2, middle.y + down, wide, 22};
  ui.draw().AddRectFilled(box.min(), box.max(), faded(ui.theme->card, 0.9F), 6);
  label(ui, ui.fonts.small, box, ui.theme->text, words, Align::centre);
}

float longest(std::span<const float> arrows) {
  float most = 0;
  for (size_t i = 0; i + 1 < arrows.size(); i += 2) {
    most = std::max(most, std::hypot(arrows[i], arrows[i + 1]));
  }
  return most;
}

/// As long as they are beside one of length `whole`, so that small arrows look small.
void draw_scaled(const Ui& ui, const Plane& plane, std::vector<float> arrows, float whole,
                 ImU32 color) {
  std::vector<float> at = distill2d::grid();
  at.insert(at.end(), {100, 100});
  for (size_t i = 0; i + 1 < arrows.size(); i += 2) {
    const float length = std::hypot(arrows[i], arrows[i + 1]);
    const float cut = length > whole ? whole / length : 1;
    arrows[i] *= cut;
    arrows[i + 1] *= cut;
  }
  arrows.insert(arrows.end(), {std::max(whole, 1e-6F), 0});
  draw_arrows(ui, plane, at, arrows, faded(color, 0.12F), color);
}

}  // namespace

void Distill2dLab::draw_fields(Ui& ui, const Plane& plane, int side) const {
  const distill2d::Panel& of = panel(side);
  if (!begun(side) || of.to_data.empty()) return;
  const Theme& theme = *ui.theme;
  const float whole = longest(of.to_data);
  std::vector<float> away = of.to_own;
  for (float& value : away) value = -value;
  const ImU32 own = side_color(ui, side);
  if (state_.view == View::teacher) {
    draw_scaled(ui, plane, of.to_data, whole, theme.text);
  } else if (state_.view == View::fake) {
    draw_scaled(ui, plane, of.drifts ? away : of.to_own, whole, own);
  } else {
    const bool repels = !of.drifts || state_.setup.repulsion;
    if (of.drifts && repels) {
      draw_scaled(ui, plane, of.to_data, whole, faded(theme.data, 0.9F));
      draw_scaled(ui, plane, away, whole, faded(own, 0.7F));
    }
    for (size_t i = 0; i < away.size(); ++i) away[i] = of.to_data[i] + (repels ? away[i] : 0);
    draw_scaled(ui, plane, away, whole, theme.text);
  }
}

void Distill2dLab::draw_caption(Ui& ui, Box caption, int side, bool draws) const {
  ui.draw().AddCircleFilled({caption.x + 6, caption.centre().y}, 5, side_color(ui, side), 16);
  caption.cut_left(18);
  const std::string name = draws ? common().draw_title : name_of(side);
  label(ui, ui.fonts.strong, caption, ui.theme->text, name);
  caption.cut_left(std::min(text_size(ui.fonts.strong, name).x + 10, caption.w));
  if (!begun(side) || draws) return;
  const Fate now = fate(side);
  if (now == Fate::fine) {
    label(ui, ui.fonts.small, caption, ui.theme->muted,
          fmt::format(fmt::runtime(words().spread_caption), panel(side).spread), Align::right);
  } else {
    label(ui, ui.fonts.strong, caption, ui.theme->error,
          now == Fate::away ? words().away : words().collapsed, Align::right);
  }
}

/// Caption and square; the box is as wide as the square.
void Distill2dLab::draw_plane(Ui& ui, Box box, int side) {
  const Theme& theme = *ui.theme;
  const Box caption = box.cut_top(caption_height);
  const Plane plane{box.cut_top(box.w)};
  const bool draws = training_.picker.is_open() && side == 1;
  draw_caption(ui, caption, side, draws);
  begin_layer(side == 0 ? "plane.layer.0" : "plane.layer.1", plane.box);
  begin_plane(ui, plane, true);
  const float dot = std::clamp(plane.box.w / 130, 1.8F, 3.4F);
  const distill2d::Panel& of = panel(side);
  const distill2d::Data& data = engine_->data();
  const bool clean = state_.view == View::samples || state_.view == View::why || drifts(side);
  if (draws) {
    draw_points(ui, plane, training_.points(), dot, faded(theme.text, 0.3F));
  } else if (data.run == training_.run()) {
    draw_points(ui, plane, in_sight(clean ? data.xy : data.noised), dot,
                faded(theme.data, clean ? 0.55F : 0.3F));
  }
  if (begun(side) && !draws) {
    const std::vector<float>& all = clean ? of.samples : of.noised;
    draw_points(ui, plane, in_sight(all), dot, faded(side_color(ui, side), clean ? 0.9F : 0.5F));
    if (state_.view != View::samples) draw_fields(ui, plane, side);
    if (out_of_sight(all)) {
      point_out(ui, plane, all, side_color(ui, side), words().out_of_sight);
    }
  } else if (!draws) {
    label(ui, ui.fonts.small, plane.box, theme.muted, words().waiting, Align::centre);
  }
  if (draws) {
    if (training_.picker.draw_pen(ui, plane, state_.strokes)) training_.close_sketch(state_);
  } else {
    ui.boxes.emplace_back(side == 0 ? "plane.left" : "plane.right", plane.box);
  }
  if (draw_training_trouble(ui, plane.box, engine_->error())) training_.restart();
  end_plane(ui);
  end_layer();
}

}  // namespace rivulet::ui
