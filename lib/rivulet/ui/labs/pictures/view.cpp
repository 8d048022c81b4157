// The grid and the row of step counts, wide and on a phone, and the words below.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rivulet/ui/labs/pictures/lab.h"
#include "rivulet/words/formulas.h"

namespace rivulet::ui {
namespace {

constexpr float detail_width = 300;
constexpr float side_space = 18;  ///< between the models of a comparison
constexpr float view_bar_height = 50;
constexpr float cell_space = 6;
constexpr float largest_cell = 176;
constexpr int student_hue = 1;

struct Grid {
  int columns = 1;
  int rows = 1;
  float cell = 0;
};

/// The arrangement of `count` pictures with the largest crisp cells.
Grid arrange(int count, int least_columns, int side, float width, float height) {
  Grid best;
  for (int columns = least_columns; columns <= count; ++columns) {
    const int rows = (count + columns - 1) / columns;
    if (rows * columns != count) continue;
    const auto within = [&](float room, int n) {
      return (room - cell_space * static_cast<float>(n - 1)) / static_cast<float>(n);
    };
    const float room = std::min({within(width, columns), within(height, rows), largest_cell});
    const float cell = crisp_side(side, room);
    if (cell > best.cell && cell <= within(width, columns)) best = {columns, rows, cell};
  }
  return best;
}

/// How fast, as far as there is room to say so.
std::string batch_text(const Ui& ui, const pictures::Sheet& sheet, float room) {
  const words::Pictures& words = ui.words->pictures;
  if (sheet.ms <= 0) return {};
  const std::string ms = fmt::format("{:.{}f}", sheet.ms, sheet.ms < 10 ? 1 : 0);
  std::string full = fmt::format(fmt::runtime(words.batch_caption), sheet.batch, ms, sheet.gflops);
  if (text_size(ui.fonts.small, full).x <= room) return full;
  full = fmt::format(fmt::runtime(words.batch_short), sheet.batch, ms);
  return text_size(ui.fonts.small, full).x <= room ? full : std::string();
}

}  // namespace

ImU32 PicturesLab::side_color(const Ui& ui, int side) const {
  const std::array<ImU32, 4> colors = {ui.theme->accent, ui.theme->rival, ui.theme->data,
                                       category(*ui.theme, student_hue)};
  return colors[static_cast<size_t>(side) % colors.size()];
}

/// A picture that can be chosen; true when it was.
bool PicturesLab::draw_cell(Ui& ui, const std::string& name, int slot, Box box, bool chosen,
                            int side) {
  const Touch touched = touch(ui, name.c_str(), box, 4);
  const int number = std::stoi(name.substr(name.rfind('.') + 1));
  if (name.starts_with("steps.")) {
    describe(ui, {.role = Role::chip, .label = steps_text(ui, number), .on = chosen});
  } else {
    describe_picture(ui, number, chosen);
  }
  atlas_.draw(ui, slot, box);
  if (chosen || touched.hovered) {
    const Box ring = box.inset(-2.5F);
    ui.draw().AddRect(ring.min(), ring.max(), chosen ? side_color(ui, side) : ui.theme->faint, 3, 0,
                      chosen ? 2.5F : 1.5F);
  }
  return touched.pressed;
}

/// The model's name, and how fast it goes or how far its file has come.
void PicturesLab::draw_caption(Ui& ui, Box row, int side, const std::string& name) {
  ui.draw().AddCircleFilled({row.x + 6, row.centre().y}, 5, side_color(ui, side), 16);
  row.cut_left(18);
  label(ui, ui.fonts.strong, row, ui.theme->text, name);
  const float taken = text_size(ui.fonts.strong, name).x + 14;
  row.cut_left(std::min(taken, row.w));
  const ModelFile file = weights(side);
  if (!file.ready()) {
    if (!file.error.empty()) return;
    draw_loading(ui, row, frame.files.find(weights_name(side)), side_color(ui, side));
    return;
  }
  const pictures::Sheet& sheet = state_.view == pictures::View::grid    ? engine_->grid(side)
                                 : state_.view == pictures::View::morph ? engine_->morph(side)
                                                                        : engine_->steps(side);
  if (state_.view != pictures::View::steps) {
    label(ui, ui.fonts.small, row, ui.theme->muted, batch_text(ui, sheet, row.w), Align::right);
  }
}

/// Over pictures that cannot be shown: why, and another try.
void PicturesLab::draw_trouble(Ui& ui, Box box, int side) {
  const std::string wrong = weights(side).error;
  const std::string name = fmt::format("retry.{}", pictures::kind_of(side).name);
  if (draw_load_trouble(ui, box.inset(-6), wrong.empty() ? engine_->error() : wrong,
                        name.c_str())) {
    try_again(side);
    engine_->retry();
  }
}

// --- Grid ---

float PicturesLab::draw_grid(Ui& ui, Box box, int side, bool narrow) {
  const float top = box.y;
  const auto i = static_cast<size_t>(side);
  draw_caption(ui, box.cut_top(caption_height), side,
               fmt::format(fmt::runtime(common().caption), words().methods[i],
                           steps_text(ui, steps_of(state_, side))));
  const Grid grid = arrange(pictures::picture_count, narrow ? 4 : 3, pixel_side(), box.w, box.h);
  const float pitch = grid.cell + cell_space;
  const Box pictures{box.x, box.y + 4, pitch * static_cast<float>(grid.columns) - cell_space,
                     pitch * static_cast<float>(grid.rows) - cell_space};
  const pictures::Sheet& sheet = engine_->grid(side);
  for (int k = 0; k < pictures::picture_count; ++k) {
    const Box cell{pictures.x + pitch * static_cast<float>(k % grid.columns),
                   pictures.y + pitch * static_cast<float>(k / grid.columns), grid.cell, grid.cell};
    const bool chosen = side == state_.model && k == state_.chosen;
    const std::string name = fmt::format("grid.{}.{}", side, k);
    if (draw_cell(ui, name, pictures::grid_slot + side * pictures::picture_count + k, cell, chosen,
                  side)) {
      choose_picture(side, k);
    }
    const float part = sheet.run > 0 ? sheet.progress[static_cast<size_t>(k)] : 0;
    if (part <= 0 || part >= 1) continue;  // on its way: a thin line below
    ui.draw().AddRectFilled({cell.x, cell.y + cell.h + 1},
                            {cell.x + cell.w * part, cell.y + cell.h + 4}, side_color(ui, side),
                            1.5F);
  }
  ui.boxes.emplace_back(side == 0 ? "pictures" : "pictures.rival", pictures);
  draw_trouble(ui, pictures, side);
  return pictures.y + pictures.h - top;
}

float PicturesLab::draw_grids(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  Box detail = narrow ? Box{} : area.cut_right(detail_width);
  if (!narrow) area.cut_right(gap + 4);
  const std::vector<int> sides = shown_sides();
  const auto count = static_cast<int>(sides.size());
  float used = 0;
  for (int i = 0; i < count; ++i) {
    if (narrow) {
      used = draw_grid(ui, {area.x, area.y, area.w, 1e4F}, sides[static_cast<size_t>(i)], true);
      area.cut_top(used + 18);
    } else {
      used = std::max(used, draw_grid(ui, area.column(i, count, side_space),
                                      sides[static_cast<size_t>(i)], false));
    }
  }
  if (narrow) return area.y + draw_detail(ui, {area.x, area.y, area.w, 0}, false) - top;
  return std::max(used, draw_detail(ui, detail, false));
}

// --- The same noise by 1, 2, 4, ... steps ---

float PicturesLab::draw_step_row(Ui& ui, Box box, int side, bool narrow) {
  const float top = box.y;
  const int columns = narrow ? pictures::step_counts / 2 : pictures::step_counts;
  const float space = narrow ? 8.0F : 12.0F;
  draw_caption(ui, box.cut_top(caption_height), side, words().methods[static_cast<size_t>(side)]);
  const float room =
      (box.w - space * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const float cell = crisp_side(pixel_side(), std::min(room, largest_cell));
  const float pitch_x = room + space;
  const Box all = box;
  const int shown = pictures::columns_of(side);
  for (int k = 0; k < shown; ++k) {
    const int n = pictures::step_choices[static_cast<size_t>(k)];
    const Box place{box.x + pitch_x * static_cast<float>(k % columns),
                    box.y + 4 + static_cast<float>(k / columns) * (cell + 30), cell, cell};
    const bool chosen = side == state_.model && n == steps_of(state_, side);
    if (draw_cell(ui, fmt::format("steps.{}.{}", side, n),
                  pictures::steps_slot + side * pictures::step_counts + k, place, chosen, side)) {
      state_.model = side;
      if (shown > 1) state_.wish.steps = n;
    }
    label(ui, ui.fonts.small, {place.x - 8, place.y + cell + 4, cell + 16, 18},
          chosen ? side_color(ui, side) : ui.theme->muted, steps_text(ui, n), Align::centre);
  }
  box.cut_top(static_cast<float>((shown + columns - 1) / columns) * (cell + 30) + 2);
  draw_trouble(ui, {all.x, all.y, all.w, box.y - all.y}, side);
  return box.y - top;
}

float PicturesLab::draw_steps(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  for (const int side : shown_sides()) {
    area.cut_top(draw_step_row(ui, area, side, narrow) + 12);
  }
  return area.y + draw_detail(ui, {area.x, area.y, area.w, 0}, !narrow) - top;
}

// --- Words and formulas ---

std::vector<FormulaLine> PicturesLab::formulas() const {
  namespace f = words::formulas::pictures;
  const pictures::ModelKind& kind = pictures::kind_of(state_.model);
  const bool shortcut = kind.method == models::Method::shortcut;
  const FormulaLine sample{common().sample_label,
                           kind.one_step ? f::one_step : f::sample[shortcut ? 0 : 1]};
  if (state_.view == pictures::View::morph) {
    return {{words().morph_label, f::morph[static_cast<size_t>(state_.morph)]}, sample};
  }
  if (kind.one_step) return {sample};
  return {{words().noise_label, f::noise}, sample, {words().belief_label, f::belief}};
}

Explanation PicturesLab::explanation(std::span<const FormulaLine> lines) const {
  const bool blends =
      state_.view == pictures::View::morph && state_.morph == pictures::MorphKind::choice;
  return {.said = words().method_text[static_cast<size_t>(state_.model)],
          .seen = words().view_text[blends ? 3 : static_cast<size_t>(state_.view)],
          .formulas = lines};
}

// --- Layouts ---

void PicturesLab::draw_view_bar(Ui& ui, Box row) {
  const std::vector<std::string> names(words().views.begin(), words().views.end());
  int view = static_cast<int>(state_.view);
  const Box strip = row.cut_left(std::min(row.w, 330.0F));
  if (segments(ui, "view", {strip.x, strip.y, strip.w, 38}, names, &view)) {
    choose_view(static_cast<pictures::View>(view));
  }
  row.cut_left(18);
  if (row.w > 240 && state_.view == pictures::View::steps) {
    label(ui, ui.fonts.strong, {row.x, row.y, row.w, 38}, ui.theme->text, words().steps_title);
  }
}

/// Returns the height used.
float PicturesLab::draw_main(Ui& ui, Box area, bool narrow) {
  const float top = area.y;
  const std::vector<FormulaLine> lines = formulas();
  const float below = explanation_height(ui, explanation(lines), area.w);
  draw_view_bar(ui, area.cut_top(view_bar_height));
  Box canvas = area;
  canvas.h = std::max(340.0F, area.h - below - gap);
  const float used = state_.view == pictures::View::grid    ? draw_grids(ui, canvas, narrow)
                     : state_.view == pictures::View::steps ? draw_steps(ui, canvas, narrow)
                                                            : draw_morphs(ui, canvas, narrow);
  area.cut_top(used + gap);
  area.h = 0;
  return area.y + draw_explanation(ui, explanation(lines), area) - top;
}

}  // namespace rivulet::ui
