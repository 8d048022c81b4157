// "Argmax or sample?": walks in the plane by DDPM and by choices from a codebook, side by side.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

#include "rivulet/ui/labs/ddcm/lab.h"

namespace rivulet::ui {
namespace {

constexpr float largest_plane = 430;
constexpr float curves_share = 0.29F;
constexpr float names_width = 72;
constexpr int path_stride = 8;
constexpr float point_size = 4.5F;

/// Points between two frames.
std::vector<float> between(std::span<const float> frames, size_t size, int known, float at) {
  const int last = std::max(0, known - 1);
  const int k = std::min(static_cast<int>(at), last);
  const int next = std::min(k + 1, last);
  const float s = std::clamp(at - static_cast<float>(k), 0.0F, 1.0F);
  const auto from = frames.subspan(static_cast<size_t>(k) * size, size);
  const auto to = frames.subspan(static_cast<size_t>(next) * size, size);
  std::vector<float> out(size);
  for (size_t i = 0; i < size; ++i) out[i] = from[i] + s * (to[i] - from[i]);
  return out;
}

}  // namespace

void DdcmLab::draw_plane(Ui& ui, Box box, std::span<const float> frames, ImU32 color) {
  const ddcm::PlaneRun& run = engine_->plane();
  const Plane plane{.box = box};
  begin_plane(ui, plane, true);
  if (run.known > 0) {
    const auto size = static_cast<size_t>(run.points) * 2;
    const float at =
        std::min(state_.time * static_cast<float>(run.steps), static_cast<float>(run.known - 1));
    const float until = run.known > 1 ? at / static_cast<float>(run.known - 1) : 0;
    draw_points(ui, plane, run.data, point_size, faded(ui.theme->data, 0.55F));
    draw_paths(ui, plane, frames.first(static_cast<size_t>(run.known) * size), run.points,
               path_stride, until, faded(color, 0.8F));
    draw_points(ui, plane, between(frames, size, run.known, at), point_size, color);
  }
  end_plane(ui);
}

/// One curve a way to choose, over the size of the codebook.
void DdcmLab::draw_curves(Ui& ui, Box box) {
  const Theme& theme = *ui.theme;
  const ddcm::PlaneCurves& curves = engine_->curves();
  card(ui, box);
  ui.boxes.emplace_back("curves", box);
  Box inner = box.inset(14, 12);
  text(ui, ui.fonts.strong, inner.cut_top(22).min(), theme.text, words().curves, inner.w);
  const Box axis = inner.cut_bottom(38);
  inner.cut_right(names_width + 6);
  float most = std::max(0.1F, curves.ddpm);
  for (const auto& row : curves.distance) {
    for (const float value : row) most = std::max(most, value);
  }
  const auto x_of = [&](size_t i) {
    return inner.x + 4 + (inner.w - 8) * static_cast<float>(i) / (ddcm::plane_sizes.size() - 1);
  };
  const auto y_of = [&](float value) { return inner.y + inner.h * (1 - 0.94F * value / most); };
  for (size_t i = 0; i < ddcm::plane_sizes.size(); ++i) {
    const bool here = ddcm::plane_sizes[i] == state_.size;
    ui.draw().AddLine({x_of(i), inner.y}, {x_of(i), inner.y + inner.h},
                      here ? theme.accent : theme.grid, here ? 1.5F : 1.0F);
    if (i % 3 == 0) {
      label(ui, ui.fonts.small, {x_of(i) - 24, axis.y + 2, 48, 16}, theme.faint,
            fmt::format("{}", ddcm::plane_sizes[i]), Align::centre);
    }
  }
  label(ui, ui.fonts.small, {inner.x, axis.y + 19, inner.w, 18}, theme.faint, words().curves_axis,
        Align::centre);
  if (curves.ddpm > 0) {
    const float y = std::round(y_of(curves.ddpm));
    for (float x = inner.x; x < inner.x + inner.w; x += 8) {
      ui.draw().AddLine({x, y}, {std::min(x + 4, inner.x + inner.w), y}, theme.rival, 1.5F);
    }
    text(ui, ui.fonts.small, {inner.x + 4, y + 3}, theme.rival, words().ddpm_level);
  }
  struct Name {
    float y;
    int row;
  };
  std::vector<Name> names;
  for (int row = 0; row < ddcm::plane_choices; ++row) {
    const auto& values = curves.distance[static_cast<size_t>(row)];
    const bool chosen = static_cast<int>(state_.plane) == row;
    for (size_t i = 0; i < values.size() && curves.run > 0 && values[i] >= 0; ++i) {
      if (i == 0) names.push_back({0, row});
      names.back().y = y_of(values[i]);
      ui.draw().PathLineTo({x_of(i), y_of(values[i])});
    }
    ui.draw().PathStroke(chosen ? theme.accent : faded(theme.muted, 0.55F), 0,
                         chosen ? 2.5F : 1.3F);
  }
  std::ranges::sort(names, std::greater{}, &Name::y);  // from below, moved apart
  float limit = inner.y + inner.h;
  for (const Name& name : names) {
    const float y = std::min(name.y, limit);
    limit = y - 15;
    label(ui, ui.fonts.small, {inner.x + inner.w + 6, y - 8, names_width, 16},
          name.row == static_cast<int>(state_.plane) ? theme.accent : theme.muted,
          words().planes[static_cast<size_t>(name.row)]);
  }
}

/// Returns the height used.
float DdcmLab::draw_walks(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  const ddcm::PlaneRun& run = engine_->plane();
  const auto caption = [&](Box row, const char* said, const std::vector<float>& distances,
                           ImU32 color) {
    ui.draw().AddCircleFilled({row.x + 6, row.centre().y}, 5, color, 16);
    row.cut_left(18);
    label(ui, ui.fonts.strong, row, ui.theme->text, said);
    const float taken = text_size(ui.fonts.strong, said).x + 12;
    if (run.known == 0) return;
    row.cut_left(taken);
    float sum = 0;
    for (const float distance : std::span(distances).first(static_cast<size_t>(run.known))) {
      sum += distance / static_cast<float>(run.known);
    }
    label(ui, ui.fonts.small, row, ui.theme->muted,
          fmt::format(fmt::runtime(words().distance), sum), Align::right);
  };
  const std::string chosen =
      fmt::format(fmt::runtime(common().caption), words().planes[static_cast<size_t>(state_.plane)],
                  fmt::format("K = {}", state_.size));
  if (narrow) {
    const float size = std::min(area.w, largest_plane);
    for (const bool mine : {true, false}) {
      caption(area.cut_top(caption_height), mine ? chosen.c_str() : words().ddpm,
              mine ? run.chosen_distance : run.ddpm_distance,
              mine ? ui.theme->accent : ui.theme->rival);
      const Box box = area.cut_top(size);
      ui.boxes.emplace_back(mine ? "plane.chosen" : "plane.ddpm", box);
      draw_plane(ui, {box.x, box.y, size, size}, mine ? run.chosen : run.ddpm,
                 mine ? ui.theme->accent : ui.theme->rival);
      if (mine) draw_time(ui, area.cut_top(42).inset(0, 3));
    }
    area.cut_top(gap);
    draw_curves(ui, area.cut_top(260));
    return area.y - top;
  }
  const float curves = area.w * curves_share;
  const float size = std::min((area.w - curves - 2 * 18) / 2, largest_plane);
  for (const bool mine : {false, true}) {
    Box place{area.x + (mine ? size + 18 : 0), area.y, size, 0};
    caption(place.cut_top(caption_height), mine ? chosen.c_str() : words().ddpm,
            mine ? run.chosen_distance : run.ddpm_distance,
            mine ? ui.theme->accent : ui.theme->rival);
    const Box box{place.x, place.y + caption_height - 30, size, size};
    ui.boxes.emplace_back(mine ? "plane.chosen" : "plane.ddpm", box);
    draw_plane(ui, box, mine ? run.chosen : run.ddpm, mine ? ui.theme->accent : ui.theme->rival);
  }
  const float left = area.x + 2 * (size + 18);
  draw_curves(ui, {left, area.y + caption_height, std::min(area.x + area.w - left, 360.0F), size});
  area.cut_top(caption_height + size + 6);
  Box row = area.cut_top(36);
  row.w = 2 * size + 18;
  draw_time(ui, row);
  return area.y - top;
}

}  // namespace rivulet::ui
