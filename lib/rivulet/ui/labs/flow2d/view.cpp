// Pictures, panels and words of the lab, wide and on a phone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/flow2d/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

constexpr float view_bar_height = 44;
constexpr size_t panel_floats = 2 * 640;  // small pictures show some of the points

}  // namespace

ImU32 Flow2dLab::side_color(const Ui& ui, int side) const {
  return side == 0 ? ui.theme->accent : ui.theme->rival;
}

// --- The large picture ---

void Flow2dLab::draw_cloud(Ui& ui, const Plane& plane, int side) {
  const auto i = static_cast<size_t>(side);
  const Theme& theme = *ui.theme;
  const ImU32 color = side_color(ui, side);
  const float dot = std::clamp(plane.box.w / 95, 3.2F, 5.2F);
  draw_points(ui, plane, training_.points(), dot * 0.85F,
              faded(theme.data, theme.dark ? 0.5F : 0.42F));
  if (training_.picker.is_open()) return;
  const flow2d::Paths& paths = engine_->paths(side);
  if (state_.view == flow2d::View::paths && paths.run == training_.run() &&
      paths.n == state_.steps) {
    draw_paths(ui, plane, paths.frames, flow2d::cloud_points, 5, state_.time, color);
  }
  const flow2d::Field& field = engine_->field(side);
  if (state_.view == flow2d::View::field && field.run == training_.run()) {
    std::vector<float> grid;
    for (int k = 0; k < flow2d::field_side * flow2d::field_side; ++k) {
      const data::Point p = flow2d::field_point(k);
      grid.insert(grid.end(), {p.x, p.y});
    }
    draw_arrows(ui, plane, grid, field.velocity, faded(color, 0.45F), color);
  }
  const float alpha = state_.view == flow2d::View::field ? 0.35F : theme.dark ? 0.85F : 0.72F;
  draw_points(ui, plane, picture_[i], dot, faded(color, alpha));
}

/// Caption and square; the box is as wide as the square.
void Flow2dLab::draw_picture(Ui& ui, Box box, int side) {
  const auto i = static_cast<size_t>(side);
  const Theme& theme = *ui.theme;
  Box caption = box.cut_top(caption_height);
  const Plane plane{box.cut_top(box.w)};
  const bool draws = training_.picker.is_open() && side == 0;
  const auto method = static_cast<size_t>(method_of(side));
  ui.draw().AddCircleFilled({caption.x + 6, caption.centre().y}, 5, side_color(ui, side), 16);
  const std::string name = draws
                               ? std::string(common().draw_title)
                               : fmt::format(fmt::runtime(common().caption),
                                             words().methods[method], steps_text(ui, state_.steps));
  caption.cut_left(18);
  label(ui, ui.fonts.strong, caption, theme.text, name);
  const flow2d::Distances& distances = engine_->distances();
  const float distance = distances.last[i][static_cast<size_t>(chosen_panel())];
  if (distances.run == training_.run() && distance > 0 && !draws) {
    const float taken = text_size(ui.fonts.strong, name).x + 16;
    caption.cut_left(std::min(taken, caption.w));
    label(ui, ui.fonts.small, caption, theme.muted,
          fmt::format(fmt::runtime(words().distance_caption), distance), Align::right);
  }
  begin_layer(side == 0 ? "picture.layer.0" : "picture.layer.1", plane.box);
  begin_plane(ui, plane, true);
  draw_cloud(ui, plane, side);
  if (draws) {
    if (training_.picker.draw_pen(ui, plane, state_.strokes)) training_.close_sketch(state_);
  } else {
    ui.boxes.emplace_back(side == 0 ? "picture" : "picture.rival", plane.box);
    if (state_.target == data::Shape2d::drawn && side == 0) {
      const Box corner_box{plane.box.x + plane.box.w - 46, plane.box.y + 8, 38, 36};
      if (button(ui, "sketch.open", corner_box, Icon::pen, {}, Look::plain, common().draw_again)) {
        open_sketch();
      }
    }
  }
  if (draw_training_trouble(ui, plane.box, engine_->error())) training_.restart();
  end_plane(ui);
  end_layer();
}

/// Samples, paths or field; and the time, which moves every point along its flow.
void Flow2dLab::draw_view_bar(Ui& ui, Box row) {
  row = {row.x, row.y + 8, row.w, row.h - 8};
  const std::vector<std::string> names(words().views.begin(), words().views.end());
  int view = static_cast<int>(state_.view);
  const bool narrow = row.w < 460;
  if (segments(ui, "view", row.cut_left(narrow ? row.w * 0.57F : 240.0F), names, &view)) {
    state_.view = static_cast<flow2d::View>(view);
  }
  row.cut_left(10);
  const Box play = row.cut_left(36);
  if (button(ui, "flow", play, flowing_.repeats() ? Icon::pause : Icon::play, {}, Look::quiet,
             words().play_flow)) {
    flowing_.toggle(state_.time);
  }
  const Box value = row.cut_right(54);
  label_with_symbol(ui, {value.x + 6, value.y, 20, value.h}, {}, "t",
                    ui.highlight == "time" ? ui.theme->accent : ui.theme->faint);
  label(ui, ui.fonts.small, value, ui.theme->muted, fmt::format("{:.2f}", state_.time),
        Align::right);
  if (slider(ui, "time", row.inset(2, 0), ui.words->common.time, &state_.time)) flowing_.hold();
}

// --- The same noise by 1, 2, 4, 8, 32, 128 steps ---

void Flow2dLab::draw_panel(Ui& ui, Box box, int side, int index) {
  const auto i = static_cast<size_t>(index);
  const auto s = static_cast<size_t>(side);
  const Theme& theme = *ui.theme;
  const Plane plane{box.cut_top(box.w)};
  const int n = train::shown_steps[index];
  const bool chosen = state_.steps == n;
  begin_plane(ui, plane, false);
  const auto some =
      std::span<const float>(shown_[s][i]).first(std::min(shown_[s][i].size(), panel_floats));
  draw_points(ui, plane, some, std::clamp(plane.box.w / 55, 1.8F, 2.8F),
              faded(side_color(ui, side), 0.75F));
  if (shown_[s][i].empty()) {
    label(ui, ui.fonts.small, plane.box, theme.faint, words().waiting, Align::centre);
  }
  end_plane(ui);
  const std::string name = fmt::format("panel.{}.{}", side, n);
  const Touch touched = touch(ui, name.c_str(), plane.box);
  describe(ui, {.role = Role::chip, .label = steps_text(ui, n), .on = chosen});
  if (touched.pressed) state_.steps = n;
  if (touched.hovered || touched.focused) ui.next_highlight = "steps";
  if (chosen || touched.hovered) {
    ui.draw().AddRect(plane.box.min(), plane.box.max(), chosen ? side_color(ui, side) : theme.faint,
                      corner, 0, chosen ? 2.0F : 1.0F);
  }
  const flow2d::Distances& distances = engine_->distances();
  const float distance = distances.run == training_.run() ? distances.last[s][i] : 0;
  const Box caption = {box.x, box.y + 3, box.w, 18};
  label(ui, ui.fonts.small, caption, chosen ? side_color(ui, side) : theme.text, steps_text(ui, n));
  if (distance > 0) {
    label(ui, ui.fonts.small, caption, theme.muted, fmt::format("{:.2f}", distance), Align::right);
  }
}

void Flow2dLab::draw_panels(Ui& ui, Box box, int columns) {
  const float space = 10;
  const float side_height =
      (box.w - space * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const int rows = (flow2d::panel_count + columns - 1) / columns;
  for (int side = 0; side < sides(); ++side) {
    const Box block = box.cut_top(static_cast<float>(rows) * (side_height + 28));
    begin_layer(side == 0 ? "panels.layer.0" : "panels.layer.1", block);
    for (int i = 0; i < flow2d::panel_count; ++i) {
      Box cell = block.column(i % columns, columns, space);
      cell.y += static_cast<float>(i / columns) * (side_height + 28);
      cell.h = side_height + 24;
      draw_panel(ui, cell, side, i);
    }
    end_layer();
  }
}

// --- Plots ---

void Flow2dLab::draw_loss(Ui& ui, Box box) {
  const flow2d::Progress& progress = engine_->progress();
  Plot plot{.title = words().loss_title,
            .x_axis = common().training_steps_axis,
            .curves = {},
            .level_name = {}};
  const bool one = sides() == 1;
  for (int side = 0; side < sides(); ++side) {
    const auto i = static_cast<size_t>(side);
    if (progress.run != training_.run()) continue;
    const ImU32 color = side_color(ui, side);
    plot.curves.push_back({&progress.loss[i], color, 1.6F, one ? words().loss_flow : "", true});
    if (!progress.self_loss[i].points().empty()) {
      plot.curves.push_back({&progress.self_loss[i], faded(color, 0.55F), 1.6F,
                             one ? words().loss_self_short : "", true});
    }
  }
  draw_plot(ui, box, plot);
}

void Flow2dLab::draw_distances(Ui& ui, Box box) {
  const flow2d::Distances& distances = engine_->distances();
  Plot plot{.title = words().distance_title,
            .x_axis = common().training_steps_axis,
            .curves = {},
            .log_y = true,
            .level = distances.run == training_.run() && distances.floor > 0
                         ? std::optional(distances.floor)
                         : std::nullopt,
            .level_name = words().floor};
  for (int side = 0; side < sides(); ++side) {
    for (int p = 0; p < flow2d::panel_count; ++p) {
      const auto index = static_cast<size_t>(p);
      if (distances.run != training_.run()) continue;
      const bool chosen = p == chosen_panel();
      // Few steps pale, many steps dark: an order that needs no hues.
      const float depth = static_cast<float>(p) / (flow2d::panel_count - 1);
      const ImU32 base = side_color(ui, side);
      const ImU32 color =
          mixed(mixed(base, ui.theme->card, 0.45F), mixed(base, ui.theme->text, 0.45F), depth);
      plot.curves.push_back({&distances.series[static_cast<size_t>(side)][index],
                             chosen ? base : color, chosen ? 2.6F : 1.3F,
                             fmt::format("{}", train::shown_steps[p])});
    }
  }
  draw_plot(ui, box, plot);
}

// --- Words and formulas ---

/// Path, objective, update, sampling of the method at hand.
std::array<FormulaLine, 4> Flow2dLab::formulas() const {
  const auto method = static_cast<size_t>(state_.config.method);
  const bool sized = models::has_self_consistency(state_.config.method);
  return {{{words().path_label, words::formulas::flow2d::path},
           {words().train_label, words::formulas::flow2d::objectives[method]},
           {words().update_label, words::formulas::flow2d::update},
           {common().sample_label, words::formulas::flow2d::sample[sized ? 1 : 0]}}};
}

Explanation Flow2dLab::explanation(std::span<const FormulaLine> lines) const {
  return {.said = words().method_text[static_cast<size_t>(state_.config.method)],
          .seen = words().view_text[static_cast<size_t>(state_.view)],
          .formulas = lines};
}

float Flow2dLab::explanation_height(const Ui& ui, float width) const {
  return ui::explanation_height(ui, explanation(formulas()), width);
}

float Flow2dLab::draw_explanation(Ui& ui, Box box) {
  return ui::draw_explanation(ui, explanation(formulas()), box);
}

// --- Layouts ---

/// Returns the height used. The pictures take what the panels below leave.
float Flow2dLab::draw_wide(Ui& ui, Box area) {
  const float top = area.y;
  const int rows = sides();
  const float panel_space = 10;
  const auto panels_within = [&](float width) {
    return (width - panel_space * (flow2d::panel_count - 1)) / flow2d::panel_count;
  };
  float panel = std::min(panels_within(area.w), area.h * (rows == 2 ? 0.15F : 0.21F));
  const float strip = caption_height + static_cast<float>(rows) * (panel + 28);
  const float plots_least = rows == 2 ? 300.0F : 380.0F;
  const float by_height = area.h - strip - gap - caption_height - view_bar_height;
  const float by_width =
      (area.w - plots_least - gap * static_cast<float>(rows)) / static_cast<float>(rows);
  const float side = std::max(240.0F, std::min(by_height, by_width));
  if (rows == 2) panel = std::min(panel, panels_within(2 * side + gap));  // the loss is beside them

  Box upper = area.cut_top(caption_height + side + view_bar_height);
  for (int i = 0; i < rows; ++i) {
    Box picture = upper.cut_left(side);
    draw_picture(ui, picture, i);
    const Box bar = picture.cut_bottom(view_bar_height);
    const float bar_width = rows == 2 ? 2 * side + gap : side;
    if (i == 0) draw_view_bar(ui, {bar.x, bar.y, bar_width, bar.h});
    upper.cut_left(gap);
  }
  area.cut_top(gap);
  const Box strip_box = area.cut_top(strip);
  Box panels = strip_box;
  const Box title = panels.cut_top(caption_height);
  label(ui, ui.fonts.strong, title, ui.theme->text, words().panels_title);
  panels.w = panel * flow2d::panel_count + panel_space * (flow2d::panel_count - 1);
  label(ui, ui.fonts.small, {title.x, title.y, panels.w, title.h}, ui.theme->faint,
        words().panels_note, Align::right);
  draw_panels(ui, panels, flow2d::panel_count);

  upper.cut_top(caption_height);
  if (rows == 2) {
    draw_distances(ui, upper);
    draw_loss(ui, {upper.x, strip_box.y + caption_height, upper.w, strip - caption_height - 8});
    area.cut_top(gap);
    return area.y + draw_explanation(ui, {area.x, area.y, area.w, 0}) - top;
  }
  const float words = explanation_height(ui, upper.w);
  const bool beside = upper.h - words - gap >= 150;  // else the words go below
  const Box plots = upper.cut_top(beside ? std::min(upper.h - words - gap, upper.h * 0.46F)
                                         : upper.h - view_bar_height);
  draw_distances(ui, plots.column(0, 2, gap));
  draw_loss(ui, plots.column(1, 2, gap));
  upper.cut_top(gap);
  if (beside) {
    draw_explanation(ui, upper);
    return area.y - top;
  }
  area.cut_top(gap);
  return area.y + draw_explanation(ui, {area.x, area.y, area.w, 0}) - top;
}

float Flow2dLab::draw_narrow(Ui& ui, Box area) {
  const float top = area.y;
  for (int i = 0; i < sides(); ++i) {
    draw_picture(ui, area.cut_top(caption_height + area.w), i);
    if (i == 0) draw_view_bar(ui, area.cut_top(view_bar_height + 4));
    area.cut_top(8);
  }
  label(ui, ui.fonts.strong, area.cut_top(caption_height), ui.theme->text, words().panels_title);
  const int columns = 3;
  const float panel = (area.w - 20) / columns;
  draw_panels(ui, area, columns);
  area.cut_top(static_cast<float>(2 * sides()) * (panel + 28) + 4);
  area.h = 0;
  const float words = draw_explanation(ui, area);
  area.cut_top(words + gap);
  draw_distances(ui, {area.x, area.y, area.w, 230});
  area.cut_top(230 + gap);
  draw_loss(ui, {area.x, area.y, area.w, 200});
  area.cut_top(200 + gap);
  return area.y - top;
}

float Flow2dLab::draw_main(Ui& ui, Box area, bool narrow) {
  return narrow ? draw_narrow(ui, area) : draw_wide(ui, area);
}

}  // namespace rivulet::ui
