// A layer that learns: the plane by its blocks, their answers at a point, and what the router
// knows.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/experts_geometry/lab.h"

namespace rivulet::ui {
namespace {

using experts_geometry::Map;

float dot_size(const Plane& plane) { return std::clamp(plane.box.w / 105, 2.8F, 4.6F); }

}  // namespace

void ExpertsGeometryLab::paint_regions(const Ui& ui) {
  const experts_geometry::Regions& regions = engine_->regions();
  if (is_new(regions)) return;
  const auto& block = state_.map == Map::norms ? regions.norms : regions.predicted;
  const float strength = ui.theme->dark ? 0.5F : 0.42F;
  regions_.paint(ui, regions.run, regions.step, static_cast<int>(state_.map), [&](size_t i) {
    return mixed(ui.theme->card, category(*ui.theme, block[i]), strength);
  });
}

/// Press or drag, or Shift and arrows: the point is held there.
void ExpertsGeometryLab::follow_pointer(Ui& ui, const Plane& plane) {
  const Touch touched = touch(ui, "layer", plane.box);
  describe(ui, {.label = ui.words->common.plane});
  if (touched.held && ImGui::IsMouseDown(0)) {
    ui.grabbed = true;
    const ImVec2 p = plane.plane(ImGui::GetIO().MousePos);
    hold({p.x, p.y});
    return;
  }
  constexpr float step = 0.05F;
  const ImVec2 push = pushed(touched);
  if (push.x == 0 && push.y == 0) return;
  hold({state_.held.x + step * push.x, state_.held.y + step * push.y});
}

void ExpertsGeometryLab::draw_layer(Ui& ui, Box box) {
  const bool draws = training_.picker.is_open();
  draw_caption(ui, box.cut_top(caption_height),
               draws ? common().draw_title : words().map_titles[static_cast<size_t>(state_.map)]);
  const Plane plane{box.cut_top(box.w)};
  begin_layer("layer.layer", plane.box);
  begin_plane(ui, plane, true);
  if (!draws && regions_.run() == training_.run()) regions_.draw(ui, plane.box.inset(1));
  draw_points(ui, plane, training_.points(), dot_size(plane),
              faded(ui.theme->text, draws ? 0.2F : 0.35F));
  if (draws) {
    if (training_.picker.draw_pen(ui, plane, state_.strokes)) training_.close_sketch(state_);
  } else {
    follow_pointer(ui, plane);
    if (arranged()) draw_bundle(ui, plane);
    const ImVec2 p = plane.screen(state_.held.x, state_.held.y);
    ui.draw().AddCircleFilled(p, 6, ui.theme->card, 24);
    ui.draw().AddCircle(p, 6, ui.theme->text, 24, 2.5F);
  }
  if (draw_training_trouble(ui, plane.box, engine_->error())) training_.restart();
  end_plane(ui);
  end_layer();
}

/// Predicted norms against true ones, in the blocks' colours.
void ExpertsGeometryLab::draw_foresight(Ui& ui, Box box) {
  const experts_geometry::Ranking& ranking = engine_->ranking();
  std::vector<ImU32> colors;
  colors.reserve(static_cast<size_t>(state_.n));
  for (int i = 0; i < state_.n; ++i) colors.push_back(faded(category(*ui.theme, i), 0.6F));
  Scatter scatter{.title = words().scatter_title,
                  .x_axis = words().true_axis,
                  .y_axis = words().predicted_axis,
                  .x = {},
                  .y = {},
                  .colors = colors};
  if (!is_new(ranking)) {
    scatter.x = ranking.norms;
    scatter.y = ranking.predicted;
  }
  draw_scatter(ui, box, scatter);
}

void ExpertsGeometryLab::draw_correlation(Ui& ui, Box box) {
  const experts_geometry::Ranking& ranking = engine_->ranking();
  Plot plot{.title = words().correlation_title,
            .x_axis = common().training_steps_axis,
            .curves = {},
            .level = 1.0F};
  if (!is_new(ranking)) {
    plot.curves.push_back(
        {&ranking.correlation, ui.theme->accent, 2.2F, fmt::format("{:.2f}", ranking.last)});
  }
  draw_plot(ui, box, plot);
}

}  // namespace rivulet::ui
